"""The last run of each instance: ``tierdeps status --list``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.journal.instances import sources_of
from tierdeps.journal.status import LEAVE_RUNNING
from tierdeps.words.documents import lines
from tierdeps.words.layout import table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.journal import RunRecord
    from tierdeps.words.documents import Json


_KINDS = {"running": "good", "killed": "error", "failed": "error"}


def render_text(runs: Iterable[RunRecord], view: View) -> Iterator[str]:
    """Yield a row for each, and what it was started from."""
    found, palette = list(runs), view.palette
    if not found:
        yield "nothing has been started yet"
        return
    rows = [[palette("title", title) for title in ("INSTANCE", "RUN", "PROCESS")]]
    for run in found:
        word = _word(run)
        rows.append([printable(run.info.title), palette(_KINDS.get(word, "dim"), word), str(run.info.pid)])
    header, *shown = table(rows)
    yield header
    for line, run in zip(shown, found, strict=True):
        yield line
        sources = sources_of(run.info.names.key)
        yield from (f"    {printable(name)}" for name in sources if name != run.info.title)


def _word(run: RunRecord) -> str:
    if run.alive:
        return "running"
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
    return (Format("instances", "json", render_json), Format("instances", "text", render_text, prose=True))
