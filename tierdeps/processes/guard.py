"""The guard of a run: a process that does nothing, until the run's is gone without having stopped what it began.

It is told of each session over its standard input: ``+ KEY SIGNAL`` before one begins, together with the end of the
pipe that its output is read from; ``= KEY PID`` some time after that; ``- KEY`` when nothing is left of it. These
are lines, and a packet has one or more of them, one that begins with a plus at most.
Descriptor 3 tells when the run's process ends. A session that is only just being begun holds the input open until it is
a program of its own, so at the end of the input all can be seen.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from _thread import start_new_thread

from tierdeps.processes.proc import GONE, RUN, Seen, Signs, ask, find, lives, look, pipes, send

#: The descriptors of what it is told, and of the run's process.
INPUT, PROCESS = 0, 3
#: How long a session has to stop, in seconds.
GRACE = 10.0
#: How long it dozes when it is told something, in seconds: much comes at once, and most of it is never needed.
NAP = 0.05
#: How long what left its session has, once the rest of it is gone.
STRAY_GRACE = 1.0
#: How long the input may stay open when the run's process is gone: somebody else may have inherited it.
LATE = 1.0
#: So many looks in a row, with pauses between, have to find nothing: what begins just then is not to be seen at once.
LOOKS, PAUSE = 3, 0.02


class Session:
    """A session, from before it begins; ``output`` is the reading end of what it says."""

    __slots__ = ("began", "output", "pid", "signal")

    def __init__(self, number: int, output: int) -> None:
        self.signal = number
        self.output = output
        self.pid = self.began = 0

    def take(self, pid: int) -> None:
        """Take note that it has begun."""
        leader = look(pid)
        self.pid, self.began = pid, leader.began if leader is not None else GONE

    def signs(self) -> Signs:
        """By what the processes in it are known."""
        return Signs((), {self.pid: self.began} if self.pid else {}, pipes(self.output))

    def end(self) -> None:
        """Stop it, as its driver would have been stopped."""
        leader = self._leader()
        if leader is None:
            finish(self.signs(), self.signal)
            return
        self.pid, self.began = leader.pid, leader.began
        ask(self.pid, self.signal)  # it takes along itself what is in sessions of its own
        latest = time.monotonic() + GRACE
        while lives(self.pid, self.began) and time.monotonic() < latest:
            time.sleep(PAUSE / 4)
        finish(self.signs(), signal.SIGKILL if lives(self.pid, self.began) else signal.SIGTERM)

    def _leader(self) -> Seen | None:
        """Find who leads it; where it was not told yet who that is, the first one of it that leads a session."""
        leaders = [one for one in find(self.signs()) if one.pid == one.session]
        if not self.pid:
            return min(leaders, key=lambda one: one.began, default=None)
        return next((one for one in leaders if one.pid == self.pid and one.began == self.began), None)


def finish(signs: Signs, number: int) -> None:
    """End whatever bears the signs: ask once, then insist; what not even that ends is left."""
    asked = set()
    latest = time.monotonic() + STRAY_GRACE
    while (members := find(signs)) and time.monotonic() < latest + GRACE:
        late = time.monotonic() > latest
        for one in members:
            if late or one not in asked:
                send(one, signal.SIGKILL if late else number)
        asked.update(members)
        time.sleep(PAUSE)


def watch(sessions: dict[str, Session]) -> None:
    """Keep track of the sessions until the run's process is gone."""
    told = socket.socket(fileno=INPUT)
    told.setblocking(False)
    poll = select.poll()
    poll.register(PROCESS, select.POLLIN)
    while True:
        poll.register(INPUT, select.POLLIN)
        gone = any(number == PROCESS for number, _ in poll.poll())
        # Whoever tells something is not to wait for this process to be woken by each word of it.
        poll.register(INPUT, 0)
        gone = gone or any(number == PROCESS for number, _ in poll.poll(NAP * 1000))
        if gone:
            poll.unregister(PROCESS)
            poll.poll(LATE * 1000)
        if not listen(told, sessions) or gone:
            return


def listen(told: socket.socket, sessions: dict[str, Session]) -> bool:
    """Take note of what was told until now; tell whether there may be more."""
    while True:
        try:
            packet, outputs, _, _ = socket.recv_fds(told, 4096, 1)
        except BlockingIOError:
            return True
        if not packet:
            return False
        for line in packet.decode().splitlines():
            note(sessions, line.split(), outputs)


def note(sessions: dict[str, Session], words: list[str], outputs: list[int]) -> None:
    """Take note of a line; a key that comes again keeps its place in the order."""
    verb, key = words[:2]
    if verb == "=":
        sessions[key].take(int(words[2]))
        return
    old = sessions.get(key)
    if old is not None and old.output >= 0:
        os.close(old.output)
    if verb == "+":
        sessions[key] = Session(int(words[2]), outputs[0] if outputs else -1)
    else:
        sessions.pop(key, None)


def drain(outputs: list[int]) -> None:
    """Read what the sessions say, and forget it: who cannot say his last words may not come to his end in order."""
    poll = select.poll()
    for output in outputs:
        poll.register(output, select.POLLIN)
    while outputs:
        for output, _ in poll.poll():
            if not os.read(output, 65536):
                poll.unregister(output)
                outputs.remove(output)


def everything(run: str, sessions: dict[str, Session]) -> Signs:
    """By what all of a run is known."""
    return Signs(
        (frozenset({f"{RUN}={run}".encode()}),),
        {session.pid: session.began for session in sessions.values() if session.pid},
        pipes(*(session.output for session in sessions.values())),
    )


def main(run: str) -> None:
    """Guard a run to its end, and beyond."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    sessions: dict[str, Session] = {}
    watch(sessions)
    start_new_thread(drain, ([session.output for session in sessions.values() if session.output >= 0],))
    for session in reversed(sessions.values()):
        session.end()
    for _ in range(LOOKS):
        finish(everything(run, sessions), signal.SIGTERM)
        time.sleep(PAUSE)
