"""The difference between two graphs as Markdown for a comment on a pull request; empty if nothing differs."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.analysis.diff.text import sections
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.diff import Difference
    from tierdeps.analysis.diff.text import Entry, Section

#: The number of entries above which a section is folded, and above which entries are omitted unless all are requested.
UNFOLDED, FOLDED = 10, 200
#: The words for the marks, for readers who do not see the colours of a diff.
SIGNS = {"+": "added", "-": "removed", "~": "changed"}


def render(difference: Difference, view: View) -> Iterator[str]:
    """Yield a summary, then a list for each section; names and texts of others are in code spans."""
    found = sections(difference)
    if not found:
        return
    yield f"**{code(difference.old)} -> {code(difference.new)}**: {'; '.join(section.summary for section in found)}"
    for section in found:
        yield ""
        yield from _section(section, view)


def code(text: str) -> str:
    """Return text in a code span whose fence is longer than any sequence of backticks in it."""
    shown = printable(text)
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    space = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{space}{shown}{space}{fence}"


def _section(section: Section, view: View) -> Iterator[str]:
    lines = list(chain.from_iterable(_entry(entry) for entry in section.entries))
    if len(lines) <= UNFOLDED:
        yield f"**{section.title}**"
        yield ""
        yield from lines
        return
    yield f"<details><summary><b>{section.title}</b>: {section.summary}</summary>"
    yield ""
    shown = lines if view.limit is None else lines[:FOLDED]
    yield from shown
    if len(lines) > len(shown):
        yield f"- and {len(lines) - len(shown)} more lines: `--all`"
    yield ""
    yield "</details>"


def _entry(entry: Entry) -> Iterator[str]:
    because = f", because {code(entry.reason)}" if entry.reason else ""
    yield f"- {SIGNS[entry.mark]}: {code(entry.text)}{because}"
    for detail in entry.details:
        yield f"  - {code(detail)}"


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("diff", "markdown", render),)
