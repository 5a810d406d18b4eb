"""Drivers that are processes: the command, and the check whether it is ready."""

from __future__ import annotations

import re

from tierdeps._util.frozen import Value, force_setattr
from tierdeps._util.seconds import is_seconds, range_text
from tierdeps.errors import DeclarationError
from tierdeps.model.alive import Alive, is_probe

#: When a process that was ready is started again: never, where it fails, or whenever it ends.
RESTARTS = ("no", "on-failure", "always")
#: How a process runs: it is the command itself, or a daemon that the command starts, and that outlives it.
TYPES = ("simple", "forking")
#: The kinds of ``ready`` that a daemon cannot report itself, as it left the command.
_OF_THE_COMMAND = ("notify", "exit", "fd:")
#: For how many seconds a process without ``settle`` must keep running before it counts as up.
DEFAULT_SETTLE_S = 0.25
#: Variables that identify processes: declarations may not set them, nor any that starts with the last one.
RESERVED_VARIABLES, GUARD_PREFIX = ("TIERDEPS_RUN", "TIERDEPS_INSTANCE", "TIERDEPS_DRIVER"), "TIERDEPS_GUARD"
_READY = '"notify", "exit", "fd:N", "tcp:HOST:PORT", "exec:COMMAND", "http://...", "https://..." or "log:REGEX"'
_FD = re.compile(r"fd:([1-9]\d{0,2})")
#: The descriptors that a process can report on: the first three are its input and output.
_FDS = range(3, 256)


class Process(Value):
    """What a process driver runs.

    ``ready`` is ``"notify"``, ``"exit"``, or begins with ``fd:``, ``tcp:``, ``exec:``, ``http://``, ``https://`` or
    ``log:``; with ``"fd:3"`` the process is ready once it has written a line to its descriptor 3, which it inherits;
    without it, running is being ready. ``settle`` is how long it has to go on running, in seconds, before it counts as
    ready: from its start where there is no ``ready``, and 0.25 where it is None; else from when it seems ready, and 0
    where it is None. For one that is to end, with ``ready="exit"``, there is no such time.
    ``alive`` says how it is checked while it is up.
    ``env`` adds to the environment, as pairs sorted by name. ``restart`` is ``"no"``, ``"on-failure"`` or ``"always"``:
    then a process that was ready and fails, or ends, is started again, so many times in a row, after a pause in seconds
    that doubles each time. ``stop_command`` stops it, before it gets ``stop_signal``; ``reload_command`` makes it
    reload. With ``type="forking"`` the command ends once it has started a daemon, whose process id is in ``pid_file``.
    ``env_file`` names files with variables for the environment, which ``env`` overrides; one with a ``-`` before its
    name may be missing. With ``substitute``, ``${NAME}`` and ``${NAME:-default}`` in the texts of the process stand for
    variables, except in ``user``. Both are resolved at each start, and kept as they are in plans and locks.
    Raises DeclarationError for a value that cannot be.
    """

    command: tuple[str, ...]
    ready: str | None = None
    env: tuple[tuple[str, str], ...] = ()
    cwd: str | None = None
    user: str | None = None
    stop_signal: str = "SIGTERM"
    restart: str = "no"
    restart_limit: int = 5
    restart_backoff: float = 1.0
    settle: float | None = None
    alive: Alive | None = None
    env_file: tuple[str, ...] = ()
    substitute: bool = False
    stop_command: tuple[str, ...] = ()
    reload_command: tuple[str, ...] = ()
    type: str = "simple"
    pid_file: str | None = None

    def __post_init__(self) -> None:
        from signal import Signals

        _check_command("command", self.command)
        force_setattr(self, "command", tuple(self.command))
        for what, command in (("stop_command", self.stop_command), ("reload_command", self.reload_command)):
            if command != ():
                _check_command(what, command)
                force_setattr(self, what, tuple(command))
        force_setattr(self, "env", tuple(sorted(self.env)))
        _check_env(self.env)
        for what, text in (("cwd", self.cwd), ("user", self.user), ("pid_file", self.pid_file)):
            if text is not None and (not text.strip() or "\0" in text):
                raise DeclarationError(f"{what} of a process", "a name without null bytes", text)
        force_setattr(self, "env_file", _checked_files(self.env_file))
        if self.ready is not None and not _can_be_ready(self._sample(self.ready)):
            raise DeclarationError("ready of a process", _READY, self.ready)
        if self.stop_signal not in Signals.__members__:
            raise DeclarationError(
                "stop_signal of a process", 'the name of a signal, such as "SIGTERM"', self.stop_signal
            )
        _check_restart(self.restart, self.restart_limit, self.restart_backoff)
        _check_settle(self.settle, self.ready)
        if self.alive is not None and self.ready == "exit":
            raise DeclarationError(
                "alive of a process", 'none beside ready = "exit": that process is to end', self.alive.probe
            )
        if self.restart != "no" and self.ready == "exit":
            raise DeclarationError(
                "restart of a process",
                'none beside ready = "exit": that process is to end; retries tries one that fails again',
                self.restart,
            )
        _check_type(self.type, self.pid_file, self.ready)

    def _sample(self, text: str) -> str:
        """Return what a text might be once its variables have values."""
        if not self.substitute:
            return text
        from tierdeps.model.variables import sample

        return sample(text)

    @property
    def settle_time(self) -> float:
        """For how many seconds it must keep running before it counts as ready."""
        if self.settle is not None:
            return self.settle
        return DEFAULT_SETTLE_S if self.ready is None else 0.0

    @property
    def watch_time(self) -> float:
        """For how many seconds it must stay up after it is ready before the start is reported as successful.

        A process that ends right after its check succeeded was not really up. This time is no part of being ready:
        dependents do not wait for it, and all processes of a start are watched at the same time.
        """
        return DEFAULT_SETTLE_S if self.settle is None and self.ready not in (None, "exit") else 0.0


def _check_command(what: str, command: object) -> None:
    if isinstance(command, str) or not isinstance(command, (tuple, list)):
        raise DeclarationError(f"{what} of a process", "a tuple of text", command)
    if not command or not command[0]:
        raise DeclarationError(f"{what} of a process", "a program to run", command)
    if any("\0" in word for word in command):
        raise DeclarationError(f"{what} of a process", "text without null bytes", command)


def _check_type(kind: object, pid_file: str | None, ready: str | None) -> None:
    if kind not in TYPES:
        raise DeclarationError("type of a process", '"simple" or "forking"', kind)
    if kind == "simple":
        if pid_file is not None:
            raise DeclarationError("pid_file of a process", 'none, unless type = "forking" is beside it', pid_file)
        return
    if pid_file is None:
        raise DeclarationError("pid_file of a process", 'the path of a file beside type = "forking"', pid_file)
    if ready is not None and ready.startswith(_OF_THE_COMMAND):
        raise DeclarationError(
            "ready of a process", 'tcp:, exec:, http://, https:// or log: beside type = "forking"', ready
        )


def _checked_files(names: object) -> tuple[str, ...]:
    if isinstance(names, str) or not isinstance(names, (tuple, list)):
        raise DeclarationError("env_file of a process", "a tuple of text", names)
    for name in names:
        if not isinstance(name, str) or not name.removeprefix("-").strip() or "\0" in name:
            raise DeclarationError("env_file of a process", "names of files without null bytes", name)
    return tuple(names)


def _check_env(env: tuple[tuple[str, str], ...]) -> None:
    for name, value in env:
        if not name or "=" in name or "\0" in name + value:
            raise DeclarationError("env of a process", "names without '=' and text without null bytes", name)
        if name in RESERVED_VARIABLES or name.startswith(GUARD_PREFIX):
            raise DeclarationError(
                "env of a process", f"names other than {', '.join(RESERVED_VARIABLES)} and {GUARD_PREFIX}*", name
            )


def _check_restart(restart: object, limit: object, backoff: object) -> None:
    if restart not in RESTARTS:
        raise DeclarationError("restart of a process", '"no", "on-failure" or "always"', restart)
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise DeclarationError("restart_limit of a process", "a whole number, 1 or more", limit)
    if not is_seconds(backoff, zero=True):
        raise DeclarationError("restart_backoff of a process", range_text(zero=True), backoff)


def _check_settle(settle: object, ready: str | None) -> None:
    if settle is None:
        return
    if not is_seconds(settle, zero=True):
        raise DeclarationError("settle of a process", range_text(zero=True), settle)
    if ready == "exit":
        raise DeclarationError(
            "settle of a process", 'none beside ready = "exit": that process is to end, and its end is awaited', settle
        )


def _can_be_ready(ready: str) -> bool:
    """Return whether a value of ``ready`` is valid. Raises DeclarationError for an invalid ``log:``."""
    if "\0" in ready:
        return False
    if ready.startswith("log:"):
        from tierdeps.model.log_pattern import line_matcher  # RE2 is for log: alone

        return ready != "log:" and line_matcher(ready) is not None
    if ready.startswith("fd:"):
        return ready_fd(ready) is not None
    return ready in ("notify", "exit") or is_probe(ready)


def ready_fd(ready: str | None) -> int | None:
    """Return the descriptor on which a process reports that it is ready; None if it is to report otherwise."""
    found = _FD.fullmatch(ready or "")
    return int(found[1]) if found and int(found[1]) in _FDS else None
