"""Start programs, by posix_spawn where possible: a fork costs more the larger this process is."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.processes.cgroup import enter
from tierdeps.processes.errors import ProcessError
from tierdeps.processes.open_files import restore_limit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tierdeps.processes.cgroup import CgroupEntry

    #: The descriptors of the standard output and of the standard error.
    Outputs = tuple[int, int]

#: Signals that Python ignores, or a shell for its background jobs, and that programs expect to have their default
#: action: a shell cannot even trap a signal that was ignored when it started.
_TO_DEFAULT = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


class Spawned(NamedTuple):
    """A started process; ``reap`` waits for its exit and returns its exit code, negative for a signal."""

    pid: int
    reap: Callable[[], int]


class SpawnOptions(NamedTuple):
    """Where, as whom and with which environment a program runs; None means as this process does."""

    environment: Mapping[str, str]
    cwd: str | None = None
    user: str | None = None
    #: A descriptor of this process that the program inherits, and the number that it has there.
    inherited: tuple[int, int] | None = None


def spawn_options(
    environment: Mapping[str, str], cwd: str | None, user: str | None, own: Mapping[str, str]
) -> SpawnOptions:
    """Return a place; ``own`` is what the driver adds to the environment. Raises ProcessError."""
    if any("\0" in text for text in own.values()):
        raise ProcessError("the process cannot be started: its driver has a null byte in its name; rename it")
    if cwd is not None and not Path(cwd).is_dir():
        raise ProcessError(f"the process cannot be started: the folder {cwd!r} does not exist; correct its cwd")
    if user is None:
        return SpawnOptions({**environment, **own}, cwd)
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise ProcessError(f"the process cannot be started: there is no user {user!r}") from None
    theirs = {"HOME": entry.pw_dir, "USER": user, "LOGNAME": user}
    if entry.pw_uid == os.geteuid():
        return SpawnOptions({**environment, **theirs, **own}, cwd)
    if os.geteuid() != 0:
        raise ProcessError(f"the process cannot be started as the user {user!r}: only root may do that")
    return SpawnOptions({**environment, **theirs, **own}, cwd, user)


def spawn(
    command: Sequence[str],
    options: SpawnOptions,
    output: int,
    entry: CgroupEntry | None = None,
    *,
    errors: int | None = None,
) -> Spawned:
    """Start a program in a session of its own, its output going to a descriptor. Raises ProcessError.

    ``errors`` is the descriptor of its standard error; without one, that is ``output`` too. ``entry`` is the cgroup
    that it runs in, if there is one.
    """
    program = _find_program(command[0], options)
    outputs = (output, output if errors is None else errors)
    try:
        spawned = _spawn(program, command, options, outputs, entry)
    except NotImplementedError:  # a C library without POSIX_SPAWN_SETSID
        spawned = _spawn_with_popen(program, command, options, outputs)
    except OSError as error:
        raise ProcessError(f"the process cannot be started: {_start_problem(command[0], options, error)}") from None
    restore_limit(spawned.pid)
    return spawned


def _spawn(
    program: str, command: Sequence[str], options: SpawnOptions, outputs: Outputs, entry: CgroupEntry | None
) -> Spawned:
    # The first of two dup2 would replace the source of the second.
    if options.user is None and (outputs[1] != 1 or outputs[0] == 1):
        if options.cwd is None and entry is None:
            return _posix_spawn(program, command, options, outputs)
        returns = entry is None or entry.home >= 0
        if returns and (spawned := _spawn_by_libc(program, command, options, outputs, entry)):
            return spawned
    if entry is not None:
        return _spawn_in_cgroup(program, command, options, outputs, entry.procs)
    return _spawn_with_popen(program, command, options, outputs)


def _spawn_by_libc(
    program: str, command: Sequence[str], options: SpawnOptions, outputs: Outputs, entry: CgroupEntry | None
) -> Spawned | None:
    """Start a program in a folder or a cgroup; return None if this C library or this Python cannot."""
    try:
        from tierdeps.processes import libc_spawn
    except ImportError:  # a Python that was built without ctypes
        return None
    if not libc_spawn.is_available() or (entry is not None and not libc_spawn.has_interpreter_lock()):
        return None
    duplicates = [(outputs[0], 1), (outputs[1], 2)]
    if options.inherited is not None:
        duplicates.append(options.inherited)
    request = libc_spawn.SpawnRequest(program, command, options.environment, options.cwd, duplicates, _TO_DEFAULT)
    pid = libc_spawn.spawn(request, entry)
    return Spawned(pid, lambda: _reap(pid))


def _posix_spawn(program: str, command: Sequence[str], options: SpawnOptions, outputs: Outputs) -> Spawned:
    inherited = [] if options.inherited is None else [(os.POSIX_SPAWN_DUP2, *options.inherited)]
    pid = os.posix_spawn(
        program,
        list(command),
        options.environment,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, outputs[0], 1),
            (os.POSIX_SPAWN_DUP2, outputs[1], 2),
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            *inherited,
        ],
        setsid=True,
        setsigmask=(),
        setsigdef=_TO_DEFAULT,
    )
    return Spawned(pid, lambda: _reap(pid))


def _reap(pid: int) -> int:
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except ChildProcessError:  # other code in this process reaped it
        return 255


def _spawn_in_cgroup(
    program: str, command: Sequence[str], options: SpawnOptions, outputs: Outputs, procs: int
) -> Spawned:
    """Start a program that enters a cgroup before its first instruction, so that it can start nothing outside."""
    with warnings.catch_warnings():
        # A fork with threads is dangerous if the child takes locks; this one only makes system calls.
        warnings.simplefilter("ignore", DeprecationWarning)
        return _spawn_with_popen(program, command, options, outputs, partial(_enter_cgroup, procs))


def _enter_cgroup(procs: int) -> None:
    """In the child: reset the signals, as posix_spawn would, and enter the cgroup."""
    for number in _TO_DEFAULT:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    enter(procs)


def _spawn_with_popen(
    program: str,
    command: Sequence[str],
    options: SpawnOptions,
    outputs: Outputs,
    in_child: Callable[[], object] | None = None,
) -> Spawned:
    """Start a program with what posix_spawn cannot do: another folder or user, or a call ``in_child``."""
    entry = pwd.getpwnam(options.user) if options.user is not None else None
    if options.inherited is not None:
        return _spawn_with_inherited(program, command, options, outputs, in_child)
    process = subprocess.Popen(  # noqa: S603  that is what it is for
        command,
        executable=program,
        cwd=options.cwd,
        env=options.environment,
        stdin=subprocess.DEVNULL,
        stdout=outputs[0],
        stderr=outputs[1],
        close_fds=False,  # as with posix_spawn: Python's descriptors are close-on-exec anyway
        start_new_session=True,
        preexec_fn=in_child,  # noqa: PLW1509  see _spawn_in_cgroup
        user=None if entry is None else entry.pw_uid,
        group=None if entry is None else entry.pw_gid,
        extra_groups=None if entry is None else os.getgrouplist(entry.pw_name, entry.pw_gid),
    )
    pid = process.pid
    process.returncode = 0  # reaped here: without this, Popen warns of a process that still runs
    return Spawned(pid, lambda: _reap(pid))


def _spawn_with_inherited(
    program: str,
    command: Sequence[str],
    options: SpawnOptions,
    outputs: Outputs,
    in_child: Callable[[], object] | None,
) -> Spawned:
    """Start a program with a descriptor that it inherits under a number of its own.

    That number is taken in this process meanwhile, so that none of Popen's own descriptors can have it.
    """
    own, number = options.inherited or (-1, -1)
    taken = fcntl.fcntl(own, fcntl.F_DUPFD_CLOEXEC, number)
    try:
        plain = options._replace(inherited=None)
        with warnings.catch_warnings():
            # A fork with threads is dangerous if the child takes locks; this one only makes system calls.
            warnings.simplefilter("ignore", DeprecationWarning)
            return _spawn_with_popen(program, command, plain, outputs, partial(_inherit, own, number, in_child))
    finally:
        os.close(taken)


def _inherit(own: int, number: int, then: Callable[[], object] | None) -> None:
    """In the child: do what else is to be done there, and take the descriptor under its number."""
    if then is not None:
        then()
    os.dup2(own, number)


def _find_program(name: str, options: SpawnOptions) -> str:
    """Find a program on the PATH of its environment, or relative to its folder if its name has a slash.

    A file that does not exist is only reported by the start.
    """
    if "/" not in name:
        path = options.environment.get("PATH", os.defpath)
        found = shutil.which(name, path=path)
        if found is None:
            raise ProcessError(
                f"the process cannot be started: the program {name!r} is not on the PATH; install it, or write its path"
            )
        return found
    # resolve() would follow links, and some programs go by their name
    return name if name.startswith("/") else os.path.abspath(os.path.join(options.cwd or "", name))  # noqa: PTH100, PTH118


def _start_problem(name: str, options: SpawnOptions, error: OSError) -> str:
    """Return why a program could not be started."""
    if "/" in name:
        file = Path(options.cwd or ".", name)
        if file.is_dir():
            return f"{str(file)!r} is a folder, not a program"
        if not file.is_file():
            return f"there is no file {str(file)!r}"
    return f"{_find_program(name, options)}: {error.strerror}"
