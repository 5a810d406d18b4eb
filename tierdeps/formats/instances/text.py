"""The instances as text: the last run of each, in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.journal import RunRecord


def render(runs: Iterable[RunRecord], view: View) -> Iterator[str]:
    """Yield a line for each, and what it was started from."""
    del view
    rows = list(runs)
    if not rows:
        yield "nothing has run yet"
    width = max((len(printable(run.info.title)) for run in rows), default=0)
    for run in rows:
        yield f"{printable(run.info.title):{width}}  {_word(run):7}  {run.info.pid}"
        yield from (printable(f"    {name}") for name in run.info.instance.split("\n") if name != run.info.title)


def _word(run: RunRecord) -> str:
    if run.alive:
        return "runs"
    if run.killed:
        return "killed"
    return "ended" if run.ending and run.ending.ok else "failed"


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Offer it."""
    return (Format("instances", "text", render),)
