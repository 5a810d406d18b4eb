"""Random disturbances of a run."""

from __future__ import annotations

import signal
from time import sleep
from typing import TYPE_CHECKING

from tests.hostile.chaos.processes import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hostile.chaos.stage import Stage


def stop(stage: Stage) -> None:
    stage.command("stop", "graph.json")


def stop_fast(stage: Stage) -> None:
    stage.command("stop", "--fast", "graph.json")


def reload(stage: Stage) -> None:
    stage.graph.change()
    stage.graph.write()
    stage.command("reload", "graph.json")


def hang_up(stage: Stage) -> None:
    stage.graph.change()
    stage.graph.write()
    stage.signal(signal.SIGHUP)


def terminate(stage: Stage) -> None:
    stage.signal(signal.SIGTERM)


def interrupt(stage: Stage) -> None:
    stage.signal(signal.SIGINT)


def kill(stage: Stage) -> None:
    stage.signal(signal.SIGKILL)


def kill_guard(stage: Stage) -> None:
    for pid in stage.guards():
        send(pid, signal.SIGKILL)


def kill_both(stage: Stage) -> None:
    """Kill a run and its guard; the run is stopped (SIGSTOP) first, so that it starts no other guard."""
    stage.signal(signal.SIGSTOP)
    kill_guard(stage)
    stage.signal(signal.SIGKILL)


def lock(stage: Stage) -> None:
    stage.lock_journal()


def unlock(stage: Stage) -> None:
    stage.unlock_journal()


def look(stage: Stage) -> None:
    stage.command(stage.random.choice(["status", "timeline"]), "graph.json")


def start_again(stage: Stage) -> None:
    stage.command("start", "graph.json")


def kill_driver(stage: Stage) -> None:
    found = stage.processes
    if found:
        stage.random.choice(found).kill()


def freeze_driver(stage: Stage) -> None:
    found = stage.processes
    if found:
        stage.random.choice(found).kill(signal.SIGSTOP)


#: The disturbances during a run, each with its weight.
AMID: dict[Callable[[Stage], None], int] = {
    reload: 4,
    hang_up: 2,
    kill_guard: 3,
    lock: 3,
    unlock: 2,
    look: 3,
    start_again: 2,
    kill_driver: 3,
    freeze_driver: 2,
    stop: 1,
    terminate: 1,
}
#: The disturbances that end a run.
ENDS: dict[Callable[[Stage], None], int] = {
    stop: 4,
    stop_fast: 3,
    terminate: 3,
    interrupt: 2,
    kill: 4,
    kill_both: 5,
}


def act(stage: Stage, among: dict[Callable[[Stage], None], int], longest: float) -> None:
    """Disturb the run in one of these ways, after a random pause."""
    sleep(stage.random.uniform(0, longest))
    (chosen,) = stage.random.choices(list(among), list(among.values()))
    stage.history.append(chosen.__name__)
    chosen(stage)
