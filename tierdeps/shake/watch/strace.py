"""Processes under ``strace``: the plan in which they run under it, and what its output says.

The tracer is a grandchild (``-D``), so that the process itself stays the child that is signalled and waited for.
"""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import replace
from tierdeps.shake.watch.accesses import Access, Thing, counts
from tierdeps.shake.watch.names import bus_names, queried_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tierdeps.model import Plan

CALLS = "trace=open,openat,openat2,creat,rename,renameat,renameat2,link,linkat,bind,connect,sendto,sendmsg,sendmmsg"
#: So much of what is sent has the names of a D-Bus message or a DNS query; paths are printed whole.
SENT = "512"
SENDS, NAMES_A_FILE = frozenset({"sendto", "sendmsg", "sendmmsg"}), ("rename", "link")
_LINE = re.compile(r"(\d+) +(\d+\.\d+) (.*)")
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(.*)")
_CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+)(?:<(.*)>)?(?: (E[A-Z]+) .*)?$")
_UNIX = re.compile(r"sun_path=(@?)\"([^\"]*)\"")
_PORT = re.compile(r"sin6?_port=htons\((\d+)\)")
_ADDRESS = re.compile(r"(?:inet_addr\(|inet_pton\(AF_INET6, )\"([^\"]+)\"")
_DATAGRAM = re.compile(r"\d+<UDP(?:v6)?:\[")
_PEER = re.compile(r"->(?:\[([^\]]+)\]|([^:\]]+)):(\d+)\]>")
_TEXT = re.compile(r"\"((?:[^\"\\]|\\.)*)\"")
_PLACE = re.compile(r"(?:<([^>]*)>, )?\"([^\"]*)\"")


class Strace:
    """Watches each process with an strace of its own."""

    def traced(self, plan: Plan, folder: Path) -> Plan:
        """Return a plan in which each process runs under strace, which writes to a file in the folder."""
        drivers = dict(plan.drivers)
        for number, driver in enumerate(plan):
            if driver.process is not None:
                tracer = ("strace", "-D", "-f", "-qq", "-yy", "-ttt", "-s", SENT, "-e", CALLS, "-e", "signal=none")
                file = _trace(folder, number)
                if driver.process.user is not None:  # strace runs as that user too
                    folder.chmod(0o711)
                    file.touch()
                    shutil.chown(file, driver.process.user)
                command = (*tracer, "-o", str(file), "--", *driver.process.command)
                drivers[driver.name] = replace(driver, process=replace(driver.process, command=command))
        return replace(plan, drivers=drivers)

    @contextmanager
    def active(self, folder: Path) -> Iterator[None]:
        """Watch in the meantime: each strace does."""
        del folder
        yield

    def accesses(self, plan: Plan, folder: Path, start: float) -> Iterator[Access]:
        """Yield what the processes did."""
        for number, driver in enumerate(plan):
            file = _trace(folder, number)
            if driver.process is not None and file.exists():
                with file.open(errors="surrogateescape") as lines:
                    yield from parse(driver.name, lines, start)


def _trace(folder: Path, number: int) -> Path:
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
    if call.result.startswith("-") and (name, call.error) != ("connect", "EINPROGRESS"):
        return
    if name in SENDS:
        yield from _sent(driver, at, name, arguments)
    elif name in {"bind", "connect"}:
        yield from _sockets(driver, at, name, arguments)
    elif name.startswith(NAMES_A_FILE):
        target = [_joined(*each) for each in _PLACE.findall(arguments)][-1:]
        yield from (_file(driver, at, name, each, makes=True) for each in target if counts(each))
    elif path is not None and counts(path):
        if name == "creat" or "O_WRONLY" in arguments or "O_RDWR" in arguments:
            yield _file(driver, at, name, path, makes=True)
        if "O_WRONLY" not in arguments and name != "creat":
            yield _file(driver, at, name, path, makes=False)


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and not name.startswith("/") else name


def _file(driver: str, at: float, call: str, path: str, *, makes: bool) -> Access:
    return Access(driver, at, Thing.FILE, path, call, makes)


def _sockets(driver: str, at: float, call: str, arguments: str) -> Iterator[Access]:
    makes = call == "bind"
    if not makes and _DATAGRAM.match(arguments):
        return  # of a datagram socket: nothing is sent by that
    if unix := _UNIX.search(arguments):
        yield Access(driver, at, Thing.SOCKET, unix[1] + unix[2], call, makes)
    elif (port := _PORT.search(arguments)) and (address := _ADDRESS.search(arguments)) and port[1] != "0":
        yield Access(driver, at, Thing.PORT, f"{address[1]}:{port[1]}", call, makes)


def _sent(driver: str, at: float, call: str, arguments: str) -> Iterator[Access]:
    """Yield the ports to which datagrams were sent, and the names of a bus in messages."""
    texts = [_bytes(text) for text in _TEXT.findall(_without_addresses(arguments))]
    if _DATAGRAM.match(arguments):
        port, address, peer = _PORT.search(arguments), _ADDRESS.search(arguments), _PEER.search(arguments)
        place = f"{peer[1] or peer[2]}:{peer[3]}" if peer else f"{address[1]}:{port[1]}" if port and address else ""
        names = sorted({name for name in map(queried_name, texts) if name})
        query = f", a query for {', '.join(names)}" if names else ""
        if place:
            yield Access(driver, at, Thing.PORT, place, f"{call}{query}", makes=False)
        return
    for found in bus_names(b"".join(texts)):
        yield Access(driver, at, Thing.BUS_NAME, found.name, found.call, found.makes)


def _without_addresses(arguments: str) -> str:
    return _ADDRESS.sub("", arguments)


def _bytes(text: str) -> bytes:
    """Return what strace wrote with escapes."""
    return text.encode("latin-1", "replace").decode("unicode_escape").encode("latin-1", "replace")
