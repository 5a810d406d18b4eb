"""Lifecycles in this process: the audit events of files and sockets, and the environment variables that are read.

Steps run one at a time, so what happens belongs to the driver of the step that runs.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tierdeps.shake.watch.accesses import Access, Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_WRITING = os.O_WRONLY | os.O_RDWR
_LIBRARIES = (sys.prefix, sys.base_prefix, "/dev/", "/proc/", "/sys/")


class Auditor:
    """Collects accesses while it is active; ``driver`` returns the driver whose step runs, or an empty text."""

    def __init__(self, driver: Callable[[], str], clock: Callable[[], float]) -> None:
        self._driver = driver
        self._clock = clock
        self.accesses: list[Access] = []

    @contextmanager
    def active(self) -> Iterator[None]:
        """Collect; an audit hook cannot be removed, so one is shared by all."""
        _install()
        plain = os.environ.__class__
        _ACTIVE.append(self)
        os.environ.__class__ = _Environment
        try:
            yield
        finally:
            os.environ.__class__ = plain
            _ACTIVE.remove(self)

    def note(self, thing: Thing, name: str, call: str, *, makes: bool) -> None:
        """Record an access of the driver whose step runs."""
        if driver := self._driver():
            self.accesses.append(Access(driver, self._clock(), thing, name, call, makes))


class _Environment(os._Environ[str]):  # noqa: SLF001  it has no public name
    def __getitem__(self, key: str) -> str:
        value = super().__getitem__(key)
        _note(Thing.VARIABLE, key, "getenv", makes=False)
        return value

    def __setitem__(self, key: str, value: str) -> None:
        super().__setitem__(key, value)
        _note(Thing.VARIABLE, key, "putenv", makes=True)


_ACTIVE: list[Auditor] = []
_installed = False


def _install() -> None:
    global _installed  # noqa: PLW0603
    if not _installed:
        _installed = True
        sys.addaudithook(_on_event)


def _note(thing: Thing, name: str, call: str, *, makes: bool) -> None:
    for auditor in _ACTIVE:
        auditor.note(thing, name, call, makes=makes)


def _on_event(event: str, arguments: tuple[Any, ...]) -> None:
    if not _ACTIVE:
        return
    if event == "open":
        _opened(*arguments)
    elif event in {"socket.bind", "socket.connect", "socket.sendto", "socket.sendmsg"}:
        _addressed(event, arguments[1])
    elif event in {"os.rename", "os.link"}:
        _file(os.fsdecode(arguments[1]), event.removeprefix("os."), makes=True)


def _opened(path: object, mode: object, flags: object) -> None:
    if not isinstance(path, (str, bytes, os.PathLike)):
        return
    name = os.fsdecode(path)
    text = mode if isinstance(mode, str) else ""
    number = flags if isinstance(flags, int) else 0
    writes = bool(number & _WRITING) or any(letter in text for letter in "wax+")
    if writes:
        _file(name, "open", makes=True)
    if not number & os.O_WRONLY:
        _file(name, "open", makes=False)


def _file(name: str, call: str, *, makes: bool) -> None:
    path = os.path.realpath(name)
    if not path.startswith(_LIBRARIES) and not path.endswith((".py", ".pyc")):
        _note(Thing.FILE, path, call, makes=makes)


def _addressed(event: str, address: object) -> None:
    makes, call = event == "socket.bind", event.removeprefix("socket.")
    if isinstance(address, (str, bytes)):
        name = os.fsdecode(address)
        _note(Thing.SOCKET, f"@{name[1:]}" if name.startswith("\0") else name, call, makes=makes)
    elif isinstance(address, tuple) and len(address) > 1 and address[1]:
        host = {"": "0.0.0.0", "localhost": "127.0.0.1"}.get(str(address[0]), str(address[0]))  # noqa: S104
        _note(Thing.PORT, f"{host}:{address[1]}", call, makes=makes)
