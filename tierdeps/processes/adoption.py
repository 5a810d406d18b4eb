"""Adopt a process that an earlier run left running: compare it with the graph, and replace it."""

from __future__ import annotations

from hashlib import sha256
from signal import SIGTERM, Signals
from typing import TYPE_CHECKING

from tierdeps.processes.child import end_all
from tierdeps.processes.errors import LeftoverError, ProcessError
from tierdeps.processes.leftovers import env_tags_of, has_env_tags_of
from tierdeps.processes.proc import ProcessMatcher

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tierdeps.lifecycle import Context
    from tierdeps.model import Process
    from tierdeps.processes.registry import ProcessRecord

#: The keys of a process that take effect at its start: if one of them has changed, it must be started again.
START_KEYS = ("command", "cwd", "env", "user")
#: The shares of the remaining time after which a process is killed, and after which it is reported as still running.
GRACE_SHARE, TIMEOUT_SHARE = 0.5, 0.9


def start_digests(process: Process) -> Mapping[str, str]:
    """Return a digest of each value that a process is started with, by key; the values may be secrets."""
    return {key: sha256(repr(getattr(process, key)).encode()).hexdigest()[:16] for key in START_KEYS}


def changed_keys(record: ProcessRecord, process: Process) -> tuple[str, ...]:
    """Return the keys whose values changed since a process was recorded; none if its record has no digests."""
    return tuple(key for key, trait in start_digests(process).items() if record.traits.get(key, trait) != trait)


async def end_left_process(record: ProcessRecord, folder: Path, context: Context) -> None:
    """End a process that was left running. Raises ProcessError if it is not ours, or does not end."""
    if not has_env_tags_of(record.pid, record.driver, folder):
        raise ProcessError(
            f"process {record.pid}, which an earlier run left running, has no mark of tierdeps any more, and is not"
            " replaced; end it, and start again"
        )
    matcher = ProcessMatcher((env_tags_of(record.driver, folder),), {record.pid: record.started})
    number = Signals.__members__.get(record.stop_signal, SIGTERM)
    left = await end_all(
        matcher, number, lambda: context.remaining * GRACE_SHARE, lambda: context.remaining * TIMEOUT_SHARE
    )
    if left:
        raise LeftoverError([info.pid for info in left])
