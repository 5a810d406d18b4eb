"""Where the units of a source are: a tree, this host, one folder, or one file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from tierdeps_boot.systemd.detect import SYSTEM_FOLDERS, is_tree
from tierdeps_boot.systemd.root import Root, Spot

if TYPE_CHECKING:
    from tierdeps import Source


class Place(NamedTuple):
    """The folders of units, in the order of their precedence.

    With ``is_whole`` they have all that boots; without it, the units that systemd brings along need not be there. Of
    ``only`` some units, only these and what they refer to are read.
    """

    folders: tuple[Spot, ...]
    is_whole: bool = True
    only: tuple[str, ...] = ()


def place_of(source: Source) -> Place:
    """Return where the units of a source are; a folder of units of a tree stands for the tree.

    The root of the source, if it has one, has the units that another folder or file does not have.
    """
    base = _tree(_root(source.root)) if source.root is not None else ()
    if source.path is None:
        return Place(base or _tree(Root("", "")))
    path, name = os.path.abspath(source.path), source.name.rstrip("/")  # noqa: PTH100  links stay as they are named
    only: tuple[str, ...] = ()
    if source.content is not None:
        path, file = os.path.split(path)
        name, only = os.path.dirname(name) or ".", (file,)  # noqa: PTH120  as it was given
    elif is_tree(source.path):
        return Place(_tree(Root("" if path == "/" else path, name)) + base)
    if (tree := _tree_around(path, name)) is not None:
        return Place(_tree(tree) + base, only=only)
    return Place((Spot(Root(path, name, confined=True), "/"), *base), bool(base), only)


def _tree_around(path: str, name: str) -> Root | None:
    """Return the root of the tree that a folder of units is part of."""
    for folder in SYSTEM_FOLDERS:
        if path.endswith(f"/{folder}"):
            top = path.removesuffix(f"/{folder}")
            if not name.endswith(folder):
                return Root(top, top)
            return Root(top, name.removesuffix(folder).rstrip("/") or ("" if name.startswith("/") else "."))
    return None


def _root(path: os.PathLike[str]) -> Root:
    top = str(path).rstrip("/")
    return Root(os.path.abspath(top) if top else "", top)  # noqa: PTH100  as above


def _tree(root: Root) -> tuple[Spot, ...]:
    """Return the folders of a tree."""
    return tuple(Spot(root, f"/{folder}") for folder in SYSTEM_FOLDERS)
