"""Tables and inline text for pages that are made as the documentation is built."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_PARTS = re.compile(r"``(.+?)``|:(ref|doc):`(.+?)`")


def inline(text: str) -> Iterator[nodes.Node]:
    """Yield a text in which parts between double backquotes are literal, and ``:ref:`` and ``:doc:`` are links."""
    end = 0
    for part in _PARTS.finditer(text):
        if part.start() > end:
            yield nodes.Text(text[end : part.start()])
        end = part.end()
        literal, role, target = part.groups()
        yield nodes.literal("", literal) if literal else _link(role, target)
    if end < len(text):
        yield nodes.Text(text[end:])


def _link(role: str, target: str) -> nodes.Node:
    """Return a link to a label, or to a page, whose title is its text; Sphinx resolves it."""
    shown = nodes.inline("", target, classes=["std", f"std-{role}"])
    options = {"refdomain": "std", "reftype": role, "reftarget": target, "refexplicit": False, "refwarn": True}
    return addnodes.pending_xref("", shown, **options)


def paragraph(text: str) -> nodes.paragraph:
    """Return a paragraph of a text, in which double backquotes count."""
    return nodes.paragraph("", "", *inline(text))


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int] = (), style: str = "keys"
) -> nodes.table:
    """Return a table; without widths, columns are as wide as their longest cell."""
    body = [tuple(row) for row in rows]
    sizes = widths or [max(map(len, column)) for column in zip(head, *body, strict=True)]
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=size) for size in sizes]
    group += nodes.thead("", _row(head))
    group += nodes.tbody("", *map(_row, body))
    return nodes.table("", group, classes=["tierdeps-table", f"tierdeps-{style}"])


def _row(cells: Iterable[str]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", paragraph(cell)) for cell in cells))


def write_pages(pages: dict[str, str], folder: Path) -> None:
    """Write pages that are generated into a folder, only where they change, and remove what is there no longer."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.rst"):
        if old.stem not in pages:
            old.unlink()
    for name, text in pages.items():
        page = folder / f"{name}.rst"
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
