"""What changed between two graphs, as text; nothing where nothing did."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.analysis.diff.text import sections
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tierdeps.analysis.diff import Difference
    from tierdeps.analysis.diff.text import Entry, Section


def render(difference: Difference, view: View) -> Iterator[str]:
    """Yield a summary, then section by section at most ``view.limit`` entries."""
    told = sections(difference)
    if not told:
        return
    yield printable(f"{difference.old} -> {difference.new}: {'; '.join(section.summary for section in told)}")
    for section in told:
        yield ""
        yield view.palette("title", section.title)
        for entry in islice(section.entries, view.limit):
            yield from _entry(entry, section, view)
        yield from _rest(len(section.entries), view, "  ")


def _entry(entry: Entry, section: Section, view: View) -> Iterator[str]:
    yield f"  {_mark(entry.mark, section, view)} {view.palette.sentence(printable(entry.text))}"
    if entry.reason:
        yield f"        because {printable(entry.reason)}"
    yield from (f"      {printable(detail)}" for detail in _first(entry.details, view))
    yield from _rest(len(entry.details), view, "      ")


def _first(details: Sequence[str], view: View) -> Sequence[str]:
    return details[: view.limit]


def _rest(number: int, view: View, lead: str) -> Iterator[str]:
    if view.limit is not None and number > view.limit:
        yield f"{lead}and {number - view.limit} more: --all"


def _mark(mark: str, section: Section, view: View) -> str:
    good, bad = ("-", "+") if section.alarming else ("+", "-")
    return view.palette({good: "added", bad: "removed"}.get(mark, "changed"), mark)


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("diff", "text", render, prose=True),)
