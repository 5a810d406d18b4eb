"""A driver's process in a chaos test; run as a script, and it imports little: ``worker.py FOLDER NAME BEHAVIOUR...``.

It writes down each process of the driver before that does anything else: ``PID STARTED ROLE RUN`` a line in the file
``records/NAME``. Where an earlier process of the driver still runs when the driver is started, it says so in ``twice``.

``crash=S``, ``die=S``
    After S seconds it exits with 1, or is killed.
``fail=N``
    The first N starts exit with 3 before they are ready.
``flood``
    It writes as much as it can for a while.
``deaf``
    It ignores SIGTERM, and so do its children.
``child``, ``leaver``, ``daemon``
    It has a child in its session, in a session of its own, or in one of its own and without a parent.
``mute``
    It closes its output once it is ready, and so do its children at once.
``hydra``
    When it is asked to end, it starts another daemon, and ends.
``slow``
    It takes its time to end.
``once``
    It ends by itself as soon as it is ready.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress

MUCH = 256 * 1024
LINE = b"water, water everywhere, nor any drop to drink\n" * 20


def started(pid: int) -> int:
    """Return when a process started, in ticks; 0 where it does not run."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] in (b"Z", b"X") else int(fields[19])


def append(path: str, text: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(file, text.encode())
    os.close(file)


class Worker:
    def __init__(self, folder: str, name: str, *behaviours: str) -> None:
        self.folder = folder
        self.name = name
        self.record = f"{folder}/records/{name}"
        self.does = {word: float(value or 0) for word, _, value in (one.partition("=") for one in behaviours)}
        self.calm = os.path.exists(f"{folder}/calm")  # noqa: PTH110

    def earlier(self) -> list[tuple[int, int, str]]:
        """Return the processes of the driver that were started before: number, start and role."""
        try:
            with open(self.record) as file:  # noqa: PTH123
                lines = [line.split() for line in file]
        except OSError:
            return []
        return [(int(pid), int(began), role) for pid, began, role, _ in lines]

    def write_down(self, role: str) -> None:
        pid = os.getpid()
        append(self.record, f"{pid} {started(pid)} {role} {os.environ.get('TIERDEPS_RUN', '-')}\n")

    def start_child(self, role: str) -> None:
        """Start a child that stays until it is made to end."""
        if os.fork():
            return
        if role in ("leaver", "daemon"):
            os.setsid()
        if role == "daemon" and os.fork():
            os._exit(0)
        self.write_down(role)
        if "deaf" not in self.does:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if "mute" in self.does:
            self.hush()
        while True:
            signal.pause()

    @staticmethod
    def hush() -> None:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)

    def asked(self, number: int, frame: object) -> None:
        del number, frame
        if "hydra" in self.does:
            self.start_child("daemon")
        if "slow" in self.does:
            time.sleep(0.3)
        os._exit(0)

    def run(self) -> None:
        before = self.earlier()
        for pid, began, role in before:
            if started(pid) == began:
                append(f"{self.folder}/twice", f"{self.name}: {role} {pid} still ran when {os.getpid()} started\n")
        signal.signal(signal.SIGTERM, signal.SIG_IGN if "deaf" in self.does else self.asked)
        self.write_down("leader")
        leaders = sum(role == "leader" for _, _, role in before)
        if not self.calm and leaders < self.does.get("fail", 0):
            os._exit(3)
        for role in ("child", "leaver", "daemon"):
            if role in self.does:
                self.start_child(role)
        os.write(1, b"up\n")
        if "once" in self.does:
            os._exit(0)
        if "mute" in self.does:
            self.hush()
        self.stay()

    def stay(self) -> None:
        until = time.monotonic() + self.does.get("crash", self.does.get("die", 1e9))
        written = 0
        while self.calm or time.monotonic() < until:
            if "flood" in self.does and written < MUCH:
                written += os.write(1, LINE)
            else:
                time.sleep(max(0.0, min(until - time.monotonic(), 1000)))
        if "die" in self.does:
            os.kill(os.getpid(), signal.SIGKILL)
        os._exit(1)


if __name__ == "__main__":
    with suppress(OSError):
        Worker(*sys.argv[1:]).run()
