"""Find and end processes that an earlier run of an instance left running.

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
    has_env_tags,
    is_alive,
    output_of,
    read_process,
    signal_group,
    signal_process,
)
from tierdeps.processes.registry import ProcessRecord, forget_records, open_folder, output_path, read_records, runs
from tierdeps.processes.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: The pause between two checks for a process's end, in seconds.
LOOK_S = 0.02
#: The time before processes outside of a session are killed, and the time that killing may take, in seconds.
STRAY_GRACE_S, INSIST_S = 1.0, 10.0


def left_processes(instance: str, *, search: bool = False) -> tuple[LeftProcess, ...]:
    """Return the processes of an instance that were left, in the order of their start. Raises RunError.

    ``search`` scans for its tags too: a killed run may not have recorded what it had started.
    """
    try:
        with open_folder(instance, make=False) as folder:
            found = {record.driver: _left(record, folder.path) for record in read_records(folder)}
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise RunError(f"processes that were left running cannot be looked up: {reason_of(error)}") from None
    if search:
        for info in _marked(folder.path):
            found.setdefault(info.driver, info)
    return tuple(found.values())


def _left(record: ProcessRecord, folder: Path) -> LeftProcess:
    alive = runs(record)
    ours = alive and has_env_tags_of(record.pid, record.driver, folder)
    return LeftProcess(record.driver, record.pid, record.started, record.stop_signal, record.left, alive, ours)


def has_env_tags_of(pid: int, driver: str, folder: Path) -> bool:
    """Return whether a process has the driver's tags in its environment, or writes to the driver's log file.

    Some programs overwrite their environment with a title.
    """
    return has_env_tags(pid, env_tags_of(driver, folder)) or output_of(pid) == str(output_path(folder, driver))


def env_tags_of(driver: str, folder: Path) -> frozenset[bytes]:
    """Return the environment entries that identify a driver's processes; ``folder`` is the registry's."""
    return frozenset((os.fsencode(f"{DRIVER}={driver}"), os.fsencode(f"{INSTANCE}={folder}")))


def _marked(folder: Path) -> Iterable[LeftProcess]:
    """Find the leaders of sessions that have the instance's tag."""
    prefix = f"{DRIVER}=".encode()
    for info in Scan().find(ProcessMatcher((frozenset((os.fsencode(f"{INSTANCE}={folder}"),)),))):
        for entry in environment_of(info.pid):
            if info.pid == info.session and entry.startswith(prefix):
                driver = os.fsdecode(entry.removeprefix(prefix))
                yield LeftProcess(driver, info.pid, info.started, "SIGTERM", ready=False, alive=True, ours=True)


def end(instance: str, left: LeftProcess, seconds: float) -> str:
    """Stop a process, and all that it started, as its driver would be stopped; return why that failed, or nothing.

    It gets its stop signal, and is killed when its time is over. A process without our tags is left alone.
    """
    with open_folder(instance, make=False) as opened:
        folder = opened.path
    if left.alive and not left.ours:
        return (
            f"process {left.pid} does not bear the marks of this instance, and was left alone;"
            f" if it is to end: kill {left.pid}"
        )
    sessions = {left.pid: left.started} if left.alive else {}
    matcher = ProcessMatcher((env_tags_of(left.driver, folder),), sessions)
    if left.alive and is_alive(left.pid, left.started):
        _signal(left.pid, signal.Signals.__members__.get(left.stop_signal, signal.SIGTERM))
        until = time.monotonic() + seconds
        while is_alive(left.pid, left.started) and time.monotonic() < until:
            time.sleep(LOOK_S)
    insists = is_alive(left.pid, left.started) and left.alive
    _finish(matcher, signal.SIGKILL if insists else signal.SIGTERM)
    remain = ", ".join(str(info.pid) for info in Scan().find(matcher))
    return f"it was killed, but is still running: {remain}" if remain else ""


def _signal(pid: int, number: int) -> None:
    """Signal the group that a process leads; a daemon may lead none, and is signalled alone."""
    info = read_process(pid)
    if info is not None and info.session != pid:
        signal_process(info, number)
    else:
        signal_group(pid, number)


def _finish(matcher: ProcessMatcher, number: int) -> None:
    """Signal all matching processes once, then kill them; those that survive are left."""
    asked = set()
    insist = time.monotonic() + STRAY_GRACE_S
    while (members := Scan().find(matcher)) and time.monotonic() < insist + INSIST_S:
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
