"""posix_spawn with what ``os.posix_spawn`` lacks: a folder for the program, and a cgroup that it starts in.

``subprocess`` can do both, but for a cgroup it forks, which copies the page tables of this process, and runs Python
code in the child: with many processes that takes much longer than all the rest of their start.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from functools import cache, lru_cache, partial
from operator import call
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.processes.cgroup import MOVING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tierdeps.processes.cgroup import CgroupEntry

#: Flags of ``spawn.h``.
_SETSIGDEF, _SETSIGMASK, _SETSID = 0x04, 0x08, 0x80
#: More than a C library for Linux takes for any of the structures whose fields are private; the largest takes 336.
_STRUCTURE_BYTES = 1024
#: How often this process tries to return to its cgroup, and the pause between the attempts, in seconds.
_RETURNS, _RETURN_PAUSE_S = 10, 0.01


class SpawnRequest(NamedTuple):
    """A program to start: ``duplicates`` are pairs of a descriptor here and its number there, in their order."""

    program: str
    command: Sequence[str]
    environment: Mapping[str, str]
    cwd: str | None
    duplicates: Sequence[tuple[int, int]]
    default_signals: Sequence[int]


def is_available() -> bool:
    """Return whether the C library has what this module calls."""
    return hasattr(_libc(), "posix_spawn_file_actions_addchdir_np")


def has_interpreter_lock() -> bool:
    """Return whether only one thread runs Python code at a time."""
    enabled: Callable[[], bool] = getattr(sys, "_is_gil_enabled", lambda: True)
    return enabled()


def spawn(request: SpawnRequest, entry: CgroupEntry | None = None) -> int:
    """Start a program in a session of its own; return its process id. Raises OSError.

    A process starts in the cgroup of its parent. So this process enters the cgroup, starts the program, and returns:
    the program is there from its first instruction on, and so is all that it starts.
    """
    libc, pid = _libc(), ctypes.c_int(-1)
    actions, attributes = (ctypes.create_string_buffer(_STRUCTURE_BYTES) for _ in range(2))
    _check(libc.posix_spawn_file_actions_init(actions))
    _check(libc.posix_spawnattr_init(attributes))
    try:
        _set_actions(actions, request)
        _set_attributes(attributes, request.default_signals)
        program, command, environment = os.fsencode(request.program), *_vectors(request)
        start = partial(libc.posix_spawn, ctypes.byref(pid), program, actions, attributes, command, environment)
        _check(start() if entry is None else _start_in(entry, start))
    finally:
        libc.posix_spawnattr_destroy(attributes)
        libc.posix_spawn_file_actions_destroy(actions)
    return pid.value


def _start_in(entry: CgroupEntry, start: Callable[[], int]) -> int:
    """Enter a cgroup, call ``start``, and return; return what ``start`` returns.

    ``map`` makes the calls without Python code in between, and none of them releases the interpreter lock, so that
    other threads hardly ever start a program while this process is in the cgroup; what they do start is moved out by
    ``Containment.check``. One that waits for a system call has released that lock, so reading where this process is
    takes ``MOVING`` too.
    """
    write: Callable[[int, bytes, int], int] = _libc().write
    run: Callable[[Callable[[], int]], int] = call
    steps: tuple[Callable[[], int], ...] = (
        partial(write, entry.procs, b"0", 1),
        start,
        partial(write, entry.home, b"0", 1),
    )
    with MOVING:
        _, code, returned = map(run, steps)
        attempts = 0
        while returned != 1 and attempts < _RETURNS:
            time.sleep(_RETURN_PAUSE_S)
            returned, attempts = write(entry.home, b"0", 1), attempts + 1
    return code


def _set_actions(actions: ctypes.Array[ctypes.c_char], request: SpawnRequest) -> None:
    libc = _libc()
    for source, number in request.duplicates:
        _check(libc.posix_spawn_file_actions_adddup2(actions, source, number))
    _check(libc.posix_spawn_file_actions_addopen(actions, 0, os.fsencode(os.devnull), os.O_RDONLY, 0))
    if request.cwd is not None:
        _check(libc.posix_spawn_file_actions_addchdir_np(actions, os.fsencode(request.cwd)))


def _set_attributes(attributes: ctypes.Array[ctypes.c_char], default_signals: Sequence[int]) -> None:
    """Have it lead a session, block no signals, and handle some as a program expects it."""
    libc = _libc()
    signals = ctypes.create_string_buffer(_STRUCTURE_BYTES)
    libc.sigemptyset(signals)
    _check(libc.posix_spawnattr_setsigmask(attributes, signals))
    for number in default_signals:
        libc.sigaddset(signals, int(number))
    _check(libc.posix_spawnattr_setsigdefault(attributes, signals))
    _check(libc.posix_spawnattr_setflags(attributes, ctypes.c_short(_SETSIGDEF | _SETSIGMASK | _SETSID)))


def _vectors(request: SpawnRequest) -> tuple[ctypes.Array[ctypes.c_char_p], ctypes.Array[ctypes.c_char_p]]:
    """Return the arguments and the environment as C has them. Raises ValueError for a null byte in one."""
    words = [_encoded(word) for word in request.command]
    entries = [_entry(name, value) for name, value in request.environment.items()]
    return _vector(words), _vector(entries)


@lru_cache(maxsize=256)  # the programs of a run have most of their environment in common
def _entry(name: str, value: str) -> bytes:
    return _encoded(f"{name}={value}")


def _encoded(text: str) -> bytes:
    encoded = os.fsencode(text)
    if b"\0" in encoded:
        raise ValueError("embedded null byte")
    return encoded


def _vector(texts: Sequence[bytes]) -> ctypes.Array[ctypes.c_char_p]:
    return (ctypes.c_char_p * (len(texts) + 1))(*texts, None)


def _check(code: int) -> None:
    if code:
        raise OSError(code, os.strerror(code))


@cache
def _libc() -> ctypes.PyDLL:
    """Return the C library; its functions are called without releasing the interpreter lock."""
    return ctypes.PyDLL(None)
