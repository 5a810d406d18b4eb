"""Processes under ``strace``: the plan in which they run under it, and what its output says.

The tracer is a grandchild (``-D``), so that the process itself stays the child that is signalled and waited for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import replace
from tierdeps.shake.watch.accesses import Access, Thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tierdeps.model import Plan

CALLS = "trace=open,openat,openat2,creat,rename,renameat,renameat2,bind,connect"
#: Where nothing is of one driver alone.
SHARED = ("/dev/", "/proc/", "/sys/")
_LINE = re.compile(r"(\d+) +(\d+\.\d+) (.*)")
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(.*)")
_CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+)(?:<(.*)>)?(?: (E[A-Z]+) .*)?$")
_UNIX = re.compile(r"sun_path=(@?)\"([^\"]*)\"")
_PORT = re.compile(r"sin6?_port=htons\((\d+)\)")
_ADDRESS = re.compile(r"(?:inet_addr\(|inet_pton\(AF_INET6, )\"([^\"]+)\"")
_PLACE = re.compile(r"(?:<([^>]*)>, )?\"([^\"]*)\"")


def traced(plan: Plan, folder: Path) -> Plan:
    """Return a plan in which each process runs under strace, which writes to a file in the folder."""
    drivers = dict(plan.drivers)
    for number, driver in enumerate(plan):
        if driver.process is not None:
            tracer = ("strace", "-D", "-f", "-qq", "-y", "-ttt", "-s", "4096", "-e", CALLS, "-e", "signal=none")
            command = (*tracer, "-o", str(trace_of(folder, number)), "--", *driver.process.command)
            drivers[driver.name] = replace(driver, process=replace(driver.process, command=command))
    return replace(plan, drivers=drivers)


def trace_of(folder: Path, number: int) -> Path:
    """Return the file for the trace of the driver at a place of the plan."""
    return folder / f"{number}.strace"


def parse(driver: str, lines: Iterable[str], start: float) -> Iterator[Access]:
    """Yield what a driver's processes did; ``start`` is when the run started, in seconds since the epoch."""
    open_calls: dict[str, str] = {}
    for line in lines:
        matched = _LINE.match(line)
        if matched is None:
            continue
        pid, time, text = matched.groups()
        if text.endswith("<unfinished ...>"):
            open_calls[pid] = text.removesuffix("<unfinished ...>").rstrip()
            continue
        if resumed := _RESUMED.match(text):
            text = open_calls.pop(pid, "") + resumed[1]
        if call := _CALL.match(text):
            yield from _accesses(driver, float(time) - start, _Call(*call.groups()))


class _Call(NamedTuple):
    """A system call: its result, the path of the descriptor that it returned, and the error."""

    name: str
    arguments: str
    result: str
    path: str | None
    error: str | None


def _accesses(driver: str, at: float, call: _Call) -> Iterator[Access]:
    """Yield what one call that succeeded did; a connection may be made while the process goes on."""
    name, arguments, path = call.name, call.arguments, call.path
    if name in {"bind", "connect"}:
        if call.result == "0" or (name == "connect" and call.error == "EINPROGRESS"):
            yield from _sockets(driver, at, name, arguments)
    elif call.result.startswith("-"):
        return
    elif name.startswith("rename"):
        target = [_joined(*each) for each in _PLACE.findall(arguments)][-1:]
        yield from (_file(driver, at, name, each, makes=True) for each in target if _counts(each))
    elif path is not None and _counts(path):
        if name == "creat" or "O_WRONLY" in arguments or "O_RDWR" in arguments:
            yield _file(driver, at, name, path, makes=True)
        if "O_WRONLY" not in arguments and name != "creat":
            yield _file(driver, at, name, path, makes=False)


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and not name.startswith("/") else name


def _counts(path: str) -> bool:
    return path.startswith("/") and not path.startswith(SHARED) and not path.endswith((".pyc", "/__pycache__"))


def _file(driver: str, at: float, call: str, path: str, *, makes: bool) -> Access:
    return Access(driver, at, Thing.FILE, path, call, makes)


def _sockets(driver: str, at: float, call: str, arguments: str) -> Iterator[Access]:
    makes = call == "bind"
    if unix := _UNIX.search(arguments):
        yield Access(driver, at, Thing.SOCKET, unix[1] + unix[2], call, makes)
    elif (port := _PORT.search(arguments)) and (address := _ADDRESS.search(arguments)) and port[1] != "0":
        yield Access(driver, at, Thing.PORT, f"{address[1]}:{port[1]}", call, makes)
