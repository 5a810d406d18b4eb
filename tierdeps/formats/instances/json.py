"""The instances as JSON: the last run of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.journal.instances import sources_of
from tierdeps.words.documents import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.journal import RunRecord
    from tierdeps.words.documents import Json


def document(runs: Iterable[RunRecord]) -> Json:
    """Return the whole document."""
    return {"schema": "tierdeps/instances/1", "instances": [_instance(run) for run in runs]}


def _instance(run: RunRecord) -> Json:
    return {
        "title": run.info.title,
        "instance": list(sources_of(run.info.names.key)),
        "pid": run.info.pid,
        "mode": run.info.mode,
        "alive": run.alive,
        "killed": run.killed,
        "ok": run.ending.ok if run.ending else None,
    }


def render(runs: Iterable[RunRecord], view: View) -> Iterator[str]:
    """Yield its lines."""
    del view
    return lines(document(runs))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Offer it."""
    return (Format("instances", "json", render),)
