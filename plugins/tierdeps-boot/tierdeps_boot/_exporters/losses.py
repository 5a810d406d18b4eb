"""What other systems cannot express, collected while a plan is written: each message once, with all its drivers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps import InputError, Loss, OnFailure, replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps import Plan, Process
    from tierdeps_boot._exporters.units import Unit


class Losses:
    """Messages with the drivers of which they are true, in the order in which they were added."""

    def __init__(self) -> None:
        self._drivers: dict[str, dict[str, None]] = {}

    def add(self, message: str, *drivers: str) -> None:
        """Add a loss; the same one of another driver joins it."""
        self._drivers.setdefault(message, {}).update(dict.fromkeys(drivers))

    def add_if(self, condition: object, message: str, unit: Unit) -> None:
        """Add a loss of a unit's driver if the condition holds."""
        if condition and unit.driver is not None:
            self.add(message, unit.driver.name)

    @property
    def found(self) -> tuple[Loss, ...]:
        """All losses."""
        return tuple(Loss(message, tuple(drivers)) for message, drivers in self._drivers.items())


def add_couplings(losses: Losses, unit: Unit, *, stops: bool, restarts: bool) -> None:
    """Add the couplings of a unit that are lost: where it ``stops``, or ``restarts``, with another one and cannot."""
    losses.add_if(stops, 'on_loss = "stop" is omitted: it keeps running when what it depends on is lost', unit)
    losses.add_if(
        restarts, 'on_restart = "restart" is omitted: it keeps running when what it depends on starts again', unit
    )


def add_readiness(losses: Losses, unit: Unit, process: Process, *, awaited: Iterable[str]) -> None:
    """Add what is lost of how a process gets ready; ``awaited`` are the readiness checks that the system knows."""
    check = (process.ready or "").partition(":")[0]
    polled = process.ready is not None and check not in awaited
    losses.add_if(polled, f"readiness by {check}: cannot be awaited; dependents start once the process runs", unit)
    losses.add_if(process.settle, "no time that a process has to keep running can be set; settle is omitted", unit)


def add_commands(losses: Losses, unit: Unit, process: Process, *, stops: bool = False, forks: bool = False) -> None:
    """Add what is lost of the commands about a process; the system may have one that ``stops``, or one that forks."""
    omitted = process.stop_command and not stops
    losses.add_if(omitted, "no command can stop a process; stop_command is omitted, and its signal stops it", unit)
    losses.add_if(process.reload_command, "no command can make a process reload; reload_command is omitted", unit)
    unseen = process.type == "forking" and not forks
    losses.add_if(unseen, "no daemon that leaves its command can be watched; it is not seen", unit)


def refuse_line_breaks(unit: Unit, system: str, **values: str | None) -> None:
    """Raise InputError if one of some settings of a unit's process has a line break, for which a system has no sign."""
    for key, value in values.items():
        if value is not None and "\n" in value and unit.driver is not None:
            problem = f"{key} of the driver {unit.driver.name!r} has a line break, which {system} cannot express"
            raise InputError(
                "", f"{problem}; {'put it into a script' if key == 'command' else 'use a name without one'}"
            )


def with_absolute_paths(units: Iterable[Unit], losses: Losses) -> tuple[Unit, ...]:
    """Return units whose programs and folders do not depend on where another system runs them.

    A start resolves relative ones in the folder where it runs, so this one is taken; with a loss, for it is a path of
    this machine. A program without ``/`` is searched for on PATH there and here.
    """
    found = []
    for unit in units:
        process = unit.process
        if process is not None:
            program, *rest = process.command
            changed = replace(
                process,
                command=(_absolute(program) if "/" in program else program, *rest),
                cwd=None if process.cwd is None else _absolute(process.cwd),
            )
            losses.add_if(changed != process, "a relative path is made absolute, from the current folder", unit)
            found.append(replace(unit, process=changed))
        else:
            found.append(unit)
    return tuple(found)


def _absolute(path: str) -> str:
    return str(Path.cwd() / path)


def add_common(losses: Losses, plan: Plan, units: Iterable[Unit]) -> None:
    """Add what none of the systems can express: lifecycles, retries, undoing a failed start, hosts and quorums."""
    for unit in units:
        driver = unit.driver
        if driver is None:
            continue
        losses.add_if(
            driver.lifecycle is not None and not driver.disabled,
            "a lifecycle in Python cannot be run; a milestone takes its place",
            unit,
        )
        losses.add_if(unit.process and driver.policy.retries, "a start that failed is not tried again", unit)
        losses.add_if(driver.host is not None, "its host is omitted: all drivers are exported for one machine", unit)
        quorum = any(wait.of for waits in driver.waits for wait in waits)
        losses.add_if(quorum, "a quorum is omitted: it starts however many of the drivers became ready", unit)
    undone = [driver.name for driver in plan if driver.process and driver.policy.on_failure in (None, OnFailure.ABORT)]
    if len(undone) > 1:
        losses.add("what has started keeps running when another one fails to start", *undone)
