"""Processes watched by ``bpftrace``: one tracer for all, which prints the calls of what tierdeps has started.

Each process opens a file of its driver first, the mark, so that its calls and those of its children are known to be the
driver's. Of names that are sent, bpftrace shows nothing.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shlex
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import replace
from tierdeps.errors import RunError
from tierdeps.shake.watch.accesses import Access, Thing, counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tierdeps.model import Plan

#: Prints a line for each fork, and for each call that has ended: its process, time, result and arguments.
PROGRAM = """\
tracepoint:sched:sched_process_fork /pid == $1 || @mine[pid]/ {
    @mine[args->child_pid] = 1; printf("fork %d %d\\n", pid, args->child_pid);
}
tracepoint:syscalls:sys_enter_openat /@mine[pid]/ { @path[tid] = args->filename; @flags[tid] = args->flags; }
tracepoint:syscalls:sys_exit_openat /@path[tid]/ {
    printf("openat %d %llu %d %d %s\\n", pid, nsecs, args->ret, @flags[tid], str(@path[tid]));
    delete(@path[tid]); delete(@flags[tid]);
}
tracepoint:syscalls:sys_enter_rename /@mine[pid]/ { @to[tid] = args->newname; }
tracepoint:syscalls:sys_enter_renameat2 /@mine[pid]/ { @to[tid] = args->newname; }
tracepoint:syscalls:sys_exit_rename /@to[tid]/ {
    printf("rename %d %llu %d 0 %s\\n", pid, nsecs, args->ret, str(@to[tid])); delete(@to[tid]);
}
tracepoint:syscalls:sys_exit_renameat2 /@to[tid]/ {
    printf("rename %d %llu %d 0 %s\\n", pid, nsecs, args->ret, str(@to[tid])); delete(@to[tid]);
}
tracepoint:syscalls:sys_enter_bind /@mine[pid]/ { @bound[tid] = args->umyaddr; @size[tid] = args->addrlen; }
tracepoint:syscalls:sys_exit_bind /@bound[tid]/ {
    printf("bind %d %llu %d %d %r\\n", pid, nsecs, args->ret, @size[tid], buf(@bound[tid], 110)); delete(@bound[tid]);
}
tracepoint:syscalls:sys_enter_connect /@mine[pid]/ { @peer[tid] = args->uservaddr; @size[tid] = args->addrlen; }
tracepoint:syscalls:sys_exit_connect /@peer[tid]/ {
    printf("connect %d %llu %d %d %r\\n", pid, nsecs, args->ret, @size[tid], buf(@peer[tid], 110)); delete(@peer[tid]);
}
END { clear(@mine); clear(@path); clear(@flags); clear(@to); clear(@bound); clear(@peer); clear(@size); }
"""
#: How long bpftrace may take until it prints the first call, in seconds.
PATIENCE = 30.0
_UNIX, _INET, _INET6, _EINPROGRESS = 1, 2, 10, -115
_FORK = re.compile(r"fork (\d+) (\d+)$")
_LINE = re.compile(r"(\w+) (\d+) (\d+) (-?\d+) (-?\d+) (.*)$")
_ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")


class Bpftrace:
    """Watches all processes of a run with one bpftrace."""

    def traced(self, plan: Plan, folder: Path) -> Plan:
        """Return a plan in which each process opens its mark first."""
        folder.chmod(0o711)
        drivers = dict(plan.drivers)
        for number, driver in enumerate(plan):
            if driver.process is not None:
                _mark(folder, number).touch(0o644)
                script = f': < {shlex.quote(str(_mark(folder, number)))}; exec "$@"'
                command = ("/bin/sh", "-c", script, "sh", *driver.process.command)
                drivers[driver.name] = replace(driver, process=replace(driver.process, command=command))
        return replace(plan, drivers=drivers)

    @contextmanager
    def active(self, folder: Path) -> Iterator[None]:
        """Watch in the meantime. Raises RunError if bpftrace cannot."""
        environment = {**os.environ, "BPFTRACE_STRLEN": "200"}
        command = ("bpftrace", "-e", PROGRAM, str(os.getpid()))
        with _output(folder).open("wb") as output, (folder / "errors").open("wb") as errors:
            tracer = subprocess.Popen(command, stdout=output, stderr=errors, env=environment)  # noqa: S603
        try:
            _wait_for_events(tracer, folder)
            yield
        finally:
            tracer.terminate()
            tracer.wait()

    def accesses(self, plan: Plan, folder: Path, start: float) -> Iterator[Access]:
        """Yield what the processes did."""
        marks = {str(_mark(folder, number)): driver.name for number, driver in enumerate(plan)}
        folders = {driver.name: driver.process.cwd or "." for driver in plan if driver.process is not None}
        booted_at = time.time() - time.monotonic()
        with _output(folder).open(errors="surrogateescape") as lines:
            yield from parse(lines, start - booted_at, marks, folders)


def _mark(folder: Path, number: int) -> Path:
    return folder / f"{number}.mark"


def _output(folder: Path) -> Path:
    return folder / "bpftrace"


def _wait_for_events(tracer: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + PATIENCE
    while b"fork " not in _output(folder).read_bytes():
        if tracer.poll() is not None or time.monotonic() > until:
            said = (folder / "errors").read_text(errors="replace").strip().rpartition("\n")[2]
            raise RunError(f"--watch: bpftrace cannot trace here: {said or 'it prints nothing'}; install strace")
        subprocess.run(("/bin/true",), check=False)  # it is to see this
        time.sleep(0.1)


def parse(lines: Iterable[str], start: float, marks: Mapping[str, str], folders: Mapping[str, str]) -> Iterator[Access]:
    """Yield what drivers did; ``start`` is when the run started, in seconds since the system was booted."""
    owners: dict[str, str] = {}
    for line in lines:
        if fork := _FORK.match(line):
            if fork[1] in owners:
                owners[fork[2]] = owners[fork[1]]
        elif matched := _LINE.match(line):
            name, pid, at, result, number, text = matched.groups()
            if text in marks:
                owners[pid] = marks[text]
            elif pid in owners and (int(result) >= 0 or (name == "connect" and int(result) == _EINPROGRESS)):
                call = _Call(name, int(at) / 1e9 - start, int(number), text)
                yield from _accesses(owners[pid], call, folders[owners[pid]])


class _Call(NamedTuple):
    """A call that succeeded: its time, its flags or the size of its address, and its path or address."""

    name: str
    at: float
    number: int
    text: str


def _accesses(driver: str, call: _Call, folder: str) -> Iterator[Access]:
    makes = call.name in {"bind", "rename"}
    if call.name in {"bind", "connect"}:
        if place := _address(_bytes(call.text)[: call.number]):
            yield Access(driver, call.at, *place, call.name, makes)
        return
    path, mode = os.path.realpath(Path(folder, call.text)), call.number & os.O_ACCMODE
    if counts(path):
        if makes or mode != os.O_RDONLY:
            yield Access(driver, call.at, Thing.FILE, path, call.name, makes=True)
        if not makes and mode != os.O_WRONLY:
            yield Access(driver, call.at, Thing.FILE, path, call.name, makes=False)


def _bytes(text: str) -> bytes:
    """Return what bpftrace wrote with escapes; a backslash may also be just that."""
    return _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode()), os.fsencode(text))


def _address(raw: bytes) -> tuple[Thing, str] | None:
    """Return what a socket address in memory stands for."""
    family = int.from_bytes(raw[:2], "little")
    if family == _UNIX and len(raw) > 2:  # noqa: PLR2004  more than the family
        path = raw[2:]
        name = b"@" + path[1:] if path.startswith(b"\0") else path.partition(b"\0")[0]
        return Thing.SOCKET, os.fsdecode(name)
    port = int.from_bytes(raw[2:4], "big")
    if family == _INET and port:
        return Thing.PORT, f"{ipaddress.IPv4Address(raw[4:8])}:{port}"
    if family == _INET6 and port:
        return Thing.PORT, f"{ipaddress.IPv6Address(raw[8:24])}:{port}"
    return None
