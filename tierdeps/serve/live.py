"""The state of the instance as the journal has it, and what of it has changed since a page received it last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tierdeps._util.frozen import Value
from tierdeps.formats.status import document
from tierdeps.journal import Journal
from tierdeps.journal.status import status_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.journal import Instance, RunRecord
    from tierdeps.words.documents import Json

#: What changes all the time without anything having happened; a page counts the seconds by itself.
_TIMES = frozenset({"seconds", "deadline_in", "failed_seconds", "restarted_seconds"})


class LiveState(Value):
    """The last run of the instance: ``run`` is the document of ``status`` without its drivers, empty if there is none.

    ``plan`` identifies the run and its current plan: when it changes, the graph may have changed too.
    """

    run: Mapping[str, Json]
    drivers: Mapping[str, Mapping[str, Json]]
    plan: str = ""


#: Nothing has been started yet.
NO_RUN = LiveState({}, {})


def read_state(instance: Instance) -> LiveState:
    """Read the state of the last run of an instance. Raises JournalError."""
    with Journal.open(readonly=True) as journal:
        run = last_run(journal, instance)
        if run is None:
            return NO_RUN
        found = cast("dict[str, Any]", document(status_of(run, every=True)))
        drivers = {one["driver"]: one for one in found.pop("drivers")}
        return LiveState(found, drivers, f"{run.number} {run.source.keys.plan}")


def last_run(journal: Journal, instance: Instance) -> RunRecord | None:
    """Return the last run of an instance, one that goes on first."""
    found = journal.known_as(instance)
    return next((run for run in found if run.alive), found[0] if found else None)


class Changes:
    """What has changed for one page: it receives everything once, and then only what differs."""

    def __init__(self) -> None:
        self._sent: LiveState | None = None

    def until(self, state: LiveState) -> dict[str, Json] | None:
        """Return what a page needs to show a state, None if it shows it already."""
        before, self._sent = self._sent, state
        whole = before is None or before.plan != state.plan
        known = {} if before is None or whole else before.drivers
        changed = [one for name, one in state.drivers.items() if _lasting(one) != _lasting(known.get(name, {}))]
        if before is not None and not whole and not changed and _lasting(before.run) == _lasting(state.run):
            self._sent = before
            return None
        return {"run": dict(state.run) or None, "plan": state.plan, "whole": whole, "drivers": list(map(dict, changed))}


def _lasting(values: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in values.items() if key not in _TIMES}
