"""What a driver needs, or what needs it, as a tree: ``tierdeps why --tree`` and ``--dependents``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.tree import tree_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.words.tree import Tree


def render(tree: Tree, view: View) -> Iterator[str]:
    """Yield the lines."""
    return tree_lines(tree, view.palette)


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this document."""
    return (Format("tree", "text", render),)
