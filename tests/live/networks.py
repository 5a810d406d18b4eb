"""Hosts as network namespaces: each has one veth pair to the namespace that the test is in, which is private too.

Nothing of this machine's network is changed. The namespaces and all that is in them end with the processes that hold
them, and these end with the test's process.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

CLONE_NEWNET = 0x40000000
#: The address of the test, on the loopback of its namespace.
HERE = "10.213.0.1"
PROGRAMS = ("ip", "tc", "nsenter", "unshare")
_libc = ctypes.CDLL(None, use_errno=True)


def refusal() -> str | None:
    """Return why no networks are made here, if none are."""
    asked = os.environ.get("TIERDEPS_LIVE") or ("1" if os.environ.get("CI") == "true" else "0")
    if asked != "1":
        return "networks of hosts are made only where CI=true or TIERDEPS_LIVE=1 asks for it"
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"not installed: {', '.join(missing)}" if missing else None


class Network:
    """The namespace of the test, which the calling thread enters, and those of hosts."""

    def __init__(self) -> None:
        self._hosts: dict[str, subprocess.Popen[bytes]] = {}
        self._numbers: dict[str, int] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self._stack.callback(os.close, before)
        _call("unshare", CLONE_NEWNET)
        self._stack.callback(_call, "setns", before, CLONE_NEWNET)
        _run("ip", "link", "set", "lo", "up")
        _run("ip", "address", "add", f"{HERE}/32", "dev", "lo")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def add(self, host: str) -> str:
        """Make a host; return its address."""
        number = self._numbers[host] = len(self._numbers) + 1
        # It ends when its input does, as that of this process at the latest; the namespace ends with it.
        command = ("unshare", "--net", "cat")
        held = self._hosts[host] = subprocess.Popen(command, stdin=subprocess.PIPE)
        self._stack.callback(held.communicate)
        while _name_of(held.pid) != "cat":  # by then it is in the namespace
            pass
        _run("ip", "link", "add", f"v{number}", "type", "veth", "peer", "name", "eth0", "netns", str(held.pid))
        _run("ip", "address", "add", f"10.213.{number}.1/30", "dev", f"v{number}")
        _run("ip", "link", "set", f"v{number}", "up")
        _run(*self.inside(host), "ip", "link", "set", "lo", "up")
        _run(*self.inside(host), "ip", "address", "add", f"10.213.{number}.2/30", "dev", "eth0")
        self.join(host)
        return f"10.213.{number}.2"

    def inside(self, host: str) -> tuple[str, ...]:
        """Return the command that starts a command on a host."""
        return ("nsenter", f"--target={self._hosts[host].pid}", "--net")

    def cut(self, host: str) -> None:
        """Cut a host off: what is sent to it or by it is lost, without an answer."""
        _run(*self.inside(host), "ip", "link", "set", "eth0", "down")

    def join(self, host: str) -> None:
        """Connect a host, again if it was cut off."""
        _run(*self.inside(host), "ip", "link", "set", "eth0", "up")
        _run(*self.inside(host), "ip", "route", "add", "default", "via", f"10.213.{self._numbers[host]}.1")

    def disturb(self, host: str, *how: str) -> bool:
        """Delay, reorder, repeat or lose packets to a host; return whether this kernel can."""
        rule = ("tc", "qdisc", "add", "dev", f"v{self._numbers[host]}", "root", "netem", *how)
        return subprocess.run(rule, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _name_of(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def _call(name: str, *arguments: int) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"{name} failed")
