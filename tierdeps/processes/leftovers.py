"""Processes that an earlier run left: found again, and ended where they are known to be ours.

``tierdeps status`` imports it, so it imports little.
"""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from tierdeps._util.state_dir import reason_of
from tierdeps.errors import RunError
from tierdeps.journal.orphaned import LeftProcess
from tierdeps.processes.proc import (
    DRIVER,
    INSTANCE,
    ProcessMatcher,
    environment_of,
    find_processes,
    has_env_tags,
    is_alive,
    output_of,
    signal_group,
    signal_process,
)
from tierdeps.processes.registry import ProcessRecord, forget_records, open_folder, output_path, read_records, runs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: How often it is looked whether a process has ended, in seconds.
LOOK_S = 0.02
#: How long what has left its session has from being asked to being killed, and then to end, in seconds.
STRAY_GRACE_S, INSIST_S = 1.0, 10.0


def left_processes(instance: str, *, search: bool = False) -> tuple[LeftProcess, ...]:
    """Return the processes of an instance that were left, in the order in which they began. Raises RunError.

    ``search`` looks for its marks too: a run that was killed may not have come to write down what it had started.
    """
    try:
        with open_folder(instance, make=False) as folder:
            found = {record.driver: _left(record, folder.path) for record in read_records(folder)}
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise RunError(f"what was left running cannot be looked up: {reason_of(error)}") from None
    if search:
        for info in _marked(folder.path):
            found.setdefault(info.driver, info)
    return tuple(found.values())


def _left(record: ProcessRecord, folder: Path) -> LeftProcess:
    alive = runs(record)
    ours = alive and has_env_tags_of(record.pid, record.driver, folder)
    return LeftProcess(record.driver, record.pid, record.began, record.stop_signal, record.left, alive, ours)


def has_env_tags_of(pid: int, driver: str, folder: Path) -> bool:
    """Return whether a process has our marks in its environment, or writes to the file that was opened for it.

    Some programs write their titles over their environments.
    """
    return has_env_tags(pid, env_tags_of(driver, folder)) or output_of(pid) == str(output_path(folder, driver))


def env_tags_of(driver: str, folder: Path) -> frozenset[bytes]:
    """Return what processes of a driver have in their environment; ``folder`` is where their records are."""
    return frozenset((os.fsencode(f"{DRIVER}={driver}"), os.fsencode(f"{INSTANCE}={folder}")))


def _marked(folder: Path) -> Iterable[LeftProcess]:
    """Find the leaders of sessions that bear the instance's mark."""
    prefix = f"{DRIVER}=".encode()
    for info in find_processes(ProcessMatcher((frozenset((os.fsencode(f"{INSTANCE}={folder}"),)),))):
        for entry in environment_of(info.pid):
            if info.pid == info.session and entry.startswith(prefix):
                driver = os.fsdecode(entry.removeprefix(prefix))
                yield LeftProcess(driver, info.pid, info.began, "SIGTERM", ready=False, alive=True, ours=True)


def end(instance: str, left: LeftProcess, seconds: float) -> str:
    """End a process, and all that it began, as its driver would have been; return what keeps it from that, or nothing.

    It gets its signal, and is killed when its time is over. What does not bear our marks is left alone.
    """
    with open_folder(instance, make=False) as opened:
        folder = opened.path
    if left.alive and not left.ours:
        return (
            f"process {left.pid} does not bear the marks of this instance, and was left alone;"
            f" if it is to end: kill {left.pid}"
        )
    sessions = {left.pid: left.began} if left.alive else {}
    matcher = ProcessMatcher((env_tags_of(left.driver, folder),), sessions)
    if left.alive and is_alive(left.pid, left.began):
        signal_group(left.pid, signal.Signals.__members__.get(left.stop_signal, signal.SIGTERM))
        until = time.monotonic() + seconds
        while is_alive(left.pid, left.began) and time.monotonic() < until:
            time.sleep(LOOK_S)
    insists = is_alive(left.pid, left.began) and left.alive
    _finish(matcher, signal.SIGKILL if insists else signal.SIGTERM)
    remain = ", ".join(str(info.pid) for info in find_processes(matcher))
    return f"it was killed, and still runs: {remain}" if remain else ""


def _finish(matcher: ProcessMatcher, number: int) -> None:
    """End whatever bears the signs: ask once, then insist; what not even that ends is left."""
    asked = set()
    insist = time.monotonic() + STRAY_GRACE_S
    while (members := find_processes(matcher)) and time.monotonic() < insist + INSIST_S:
        late = time.monotonic() > insist
        for info in members:
            if late or info not in asked:
                signal_process(info, signal.SIGKILL if late else number)
        asked.update(members)
        time.sleep(LOOK_S)


def forget(instance: str, drivers: Iterable[str]) -> None:
    """Remove the records of processes that have ended."""
    with open_folder(instance, make=False) as folder:
        forget_records(folder, drivers)
