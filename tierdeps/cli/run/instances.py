"""Which run a command is about: the journal's runs, selected by the GRAPHs that they were started from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.cli._session import Session
    from tierdeps.journal import Instance, Journal, RunRecord


def chosen_run(session: Session, journal: Journal, graphs: tuple[str, ...]) -> RunRecord:
    """Return the last run of the GRAPHs; without one, a run that goes on, or else the last one.

    Raises NothingRan if there is none. ``status`` calls it often, so it imports only the journal.
    """
    from tierdeps.journal import NothingRan, instance_of

    if graphs:
        instance = instance_of(graphs)
        found = journal.known_as(instance)
        if not found:
            from shlex import join

            raise NothingRan(instance.title, join(graphs))
        alive = tuple(run for run in found if run.alive)
        return single_run(instance, alive) if len(alive) > 1 else (alive or found)[0]
    alive = journal.alive()
    if len(alive) > 1:
        session.info(f"note: {len(alive)} instances are running; this is the latest (others: tierdeps status --list)")
    run = alive[0] if alive else journal.last()
    if run is None:
        raise NothingRan
    return run


def earlier_run(journal: Journal, latest: RunRecord, number: int) -> RunRecord:
    """Return the run of an instance with a number, counted back from its ``latest``, which is 1.

    Raises UsageError if the journal does not have so many.
    """
    import click

    from tierdeps.words.sentences import counted

    runs = journal.runs(latest.info.instance)
    if number > len(runs):
        kept = counted(len(runs), "start")
        raise click.UsageError(f"there is no start {number} of {latest.info.title}: the journal has its last {kept}")
    return runs[number - 1]


def running_instance(graphs: tuple[str, ...]) -> RunRecord:
    """Return the run of these GRAPHs that goes on; without a GRAPH, the only one.

    Raises RunError if none does, and UsageError if several do.
    """
    import click

    from tierdeps.cli.run.leftovers import leftovers, leftovers_text
    from tierdeps.errors import RunError
    from tierdeps.journal import Journal, instance_of
    from tierdeps.journal.text import held_by_workers

    with Journal.open(readonly=True) as journal:
        alive = journal.alive()
        instance = instance_of(graphs)
        chosen = tuple(run for run in alive if not graphs or run.info.goes_by(instance))
        left = "" if chosen else leftovers_text(leftovers(journal, graphs))
        if not (chosen or left):
            left = held_by_workers(journal.known_as(instance)[:1] if graphs else journal.instances())
    if graphs and not chosen:
        others = f"; running: {_titles(alive)}" if alive else "; nothing is running"
        raise RunError(f"{instance.title} is not running{left or others}")
    if graphs:
        return single_run(instance, chosen)
    if not alive:
        raise RunError(f"nothing is running{left or '; tierdeps status shows what ran last'}")
    if len(alive) > 1:
        raise click.UsageError(f"several instances are running; name the GRAPHs of one of them: {_titles(alive)}")
    return alive[0]


def single_run(instance: Instance, runs: Sequence[RunRecord]) -> RunRecord:
    """Return the only run. Raises UsageError for two: one was started by this name, to which another now resolves."""
    from shlex import join

    import click

    from tierdeps.journal.instances import sources_of

    if len(runs) > 1:
        listed = "; ".join(
            f"process {run.info.pid} was started from {join(sources_of(run.info.names.real))}" for run in runs
        )
        raise click.UsageError(
            f"{instance.title} named the graph of one instance when it was started, and names that of another one now:"
            f" {listed}; name the file that yours was started from"
        )
    return runs[0]


def _titles(runs: Sequence[RunRecord]) -> str:
    return ", ".join(f"{run.info.title} (process {run.info.pid})" for run in runs)
