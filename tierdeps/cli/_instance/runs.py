"""Which run a command is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tierdeps.cli._session import Session
    from tierdeps.journal import Journal, RunRecord


def chosen_run(session: Session, journal: Journal, graphs: tuple[str, ...]) -> RunRecord:
    """Return the last run of the GRAPHs; without one, of whatever goes on, else of whatever ran last.

    Raises NothingRan where there is none.
    """
    from tierdeps.journal import NothingRan, instance_of

    if graphs:
        instance = instance_of(graphs)
        found = journal.known_as(instance)
        if not found:
            from shlex import join

            raise NothingRan(instance.title, join(graphs))
        alive = tuple(run for run in found if run.alive)
        if len(alive) > 1:
            from tierdeps.cli._instance.asking import only_one

            return only_one(instance, alive)
        return (alive or found)[0]
    alive = journal.alive()
    if len(alive) > 1:
        session.talk(f"note: {len(alive)} instances run, and this is one; name a GRAPH, or see tierdeps status --list")
    run = alive[0] if alive else journal.last()
    if run is None:
        raise NothingRan
    return run
