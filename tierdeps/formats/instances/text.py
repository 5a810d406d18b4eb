"""The instances as text: the last run of each, in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.journal.instances import sources_of
from tierdeps.journal.status import LEAVE_RUNNING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.journal import RunRecord

#: A longer title does not move what stands behind the others.
WIDEST = 40


def render(runs: Iterable[RunRecord], view: View) -> Iterator[str]:
    """Yield a line for each, and what it was started from."""
    del view
    rows = list(runs)
    if not rows:
        yield "nothing has run yet"
    titles = [printable(run.info.title) for run in rows]
    width = max((len(title) for title in titles if len(title) <= WIDEST), default=0)
    for title, run in zip(titles, rows, strict=True):
        yield f"{title:{width}}  {_word(run):7}  {run.info.pid}"
        sources = map(printable, sources_of(run.info.names.key))
        yield from (f"    {name}" for name in sources if name != title)


def _word(run: RunRecord) -> str:
    if run.alive:
        return "runs"
    if run.killed:
        return "killed"
    if run.info.mode == LEAVE_RUNNING and run.ending and run.ending.ok:
        return "left"
    return "ended" if run.ending and run.ending.ok else "failed"


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Offer it."""
    return (Format("instances", "text", render),)
