"""The last run of each instance: ``tierdeps status --all``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.journal.instances import sources_of
from tierdeps.journal.status import LEAVE_RUNNING
from tierdeps.words.documents import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.journal import RunRecord
    from tierdeps.words.documents import Json


#: A longer title does not move what stands behind the others.
WIDEST = 40


def render_text(runs: Iterable[RunRecord], view: View) -> Iterator[str]:
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
    if run.info.mode == LEAVE_RUNNING and run.outcome and run.outcome.ok:
        return "left"
    return "ended" if run.outcome and run.outcome.ok else "failed"


def document(runs: Iterable[RunRecord]) -> Json:
    """Return the document as plain values."""
    return {"schema": "tierdeps/instances/1", "instances": [_instance(run) for run in runs]}


def _instance(run: RunRecord) -> Json:
    return {
        "title": run.info.title,
        "instance": list(sources_of(run.info.names.key)),
        "pid": run.info.pid,
        "mode": run.info.mode,
        "alive": run.alive,
        "killed": run.killed,
        "ok": run.outcome.ok if run.outcome else None,
    }


def render_json(runs: Iterable[RunRecord], view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    del view
    return lines(document(runs))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the formats of this document."""
    return (Format("instances", "json", render_json), Format("instances", "text", render_text))
