"""The guard of a run: a process that waits until the run's is gone, or hands over what it could not stop, and stops it.

What it is told
---------------

Its standard input is a socket of packets (``SOCK_SEQPACKET``). A packet has one or more lines, in ASCII, and one line
at most that begins with a plus: with that comes the reading end of the pipe of that session, where there is one. KEY
is a word that stands for a driver.

``+ KEY SIGNAL DRIVER``
    A session is about to start. It is stopped with the number SIGNAL; DRIVER is its driver's name, in hexadecimal.
    A KEY that comes again replaces its session.
``~ KEY TIER SECONDS``
    When and how it is stopped: the sessions of a higher TIER are stopped before those of a lower one. It has SECONDS:
    its leader is asked first, and all that is left of it is killed 2 seconds before they are over, or after half of
    them where that is later.
``< KEY NEEDED...``
    Within its tier it is stopped before these, which it needs; several such lines add up. Those that are gone count
    too, for what they need in turn. Sessions that need each other are stopped in the reverse of the order in which
    they started. A ``~`` line begins a new list.
``= KEY PID``
    The session has started, and PID leads it. This may come some time after that, or never.
``- KEY``
    Nothing is left of it, or it is to run on.
``% PATH``
    The run's processes are in this cgroup, each driver's in one of its own below it; PATH is in hexadecimal.
``.``
    Only the sessions told of are to be stopped; what else there is of the run is to run on.

At the end of the input all can be seen: a session that is only just being started holds the input open until it is a
program of its own. Descriptor 3 is a pidfd of the run's process.

What it does then
-----------------

All sessions that no order forbids are stopped side by side. Then it looks for what is left of the run, by the marks in
the environment, sessions, pipes and descent, until several looks in a row find nothing. At last it kills what is left
in the cgroup, and removes it.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from _thread import start_new_thread

from tierdeps.processes.cgroup import Cgroup, end
from tierdeps.processes.orphan_guard_state import GuardState
from tierdeps.processes.orphan_guard_stop import GuardStop, sweep
from tierdeps.processes.process_table import UNKNOWN_SESSION, ProcessTable

#: The descriptors of what it is told, and of the run's process.
INPUT_FD, RUN_PIDFD = 0, 3
#: How long it dozes when it is told something, in seconds: much comes at once, and most of it is never needed.
BATCH_PAUSE_S = 0.05
#: How long the input may stay open when the run's process is gone: somebody else may have inherited it.
INPUT_CLOSE_S = 1.0
#: So many looks in a row, with pauses between, have to find nothing: what starts just then is not to be seen at once.
CLEAN_SCANS, SCAN_PAUSE_S = 3, 0.02
#: After how long it gives up, in seconds, where not even SIGKILL ends what is left.
SWEEP_TIMEOUT_S = 60.0
#: The longest packet; the run sends none that is longer.
MAX_PACKET_BYTES = 65536


def wait_for_end_of_run(state: GuardState) -> None:
    """Keep track of the sessions until the run's process is gone, or has no more to tell."""
    messages = socket.socket(fileno=INPUT_FD)
    messages.setblocking(False)
    poll = select.poll()
    poll.register(RUN_PIDFD, select.POLLIN)
    while True:
        poll.register(INPUT_FD, select.POLLIN)
        gone = any(number == RUN_PIDFD for number, _ in poll.poll())
        # Whoever tells something is not to wait for this process to be woken by each word of it.
        poll.register(INPUT_FD, 0)
        gone = gone or any(number == RUN_PIDFD for number, _ in poll.poll(BATCH_PAUSE_S * 1000))
        if gone:
            poll.unregister(RUN_PIDFD)
            poll.poll(INPUT_CLOSE_S * 1000)
        if not receive(messages, state) or gone:
            return


def receive(messages: socket.socket, state: GuardState) -> bool:
    """Record what was told until now; return whether there may be more."""
    while True:
        try:
            packet, outputs, _, _ = socket.recv_fds(messages, MAX_PACKET_BYTES, 1)
        except BlockingIOError:
            return True
        if not packet:
            return False
        state.apply(packet, outputs)


def discard_output(outputs: list[int]) -> None:
    """Read what the sessions say, and forget it: who cannot say his last words may not come to his end in order."""
    poll = select.poll()
    for output in outputs:
        poll.register(output, select.POLLIN)
    while outputs:
        for output, _ in poll.poll():
            if not os.read(output, 65536):
                poll.unregister(output)
                outputs.remove(output)


def end_leftovers(run: str, state: GuardState) -> None:
    """End what is of the run still, or again; each look begins from nothing, for no number of a process is for ever."""
    clean, latest = 0, time.monotonic() + SWEEP_TIMEOUT_S
    while clean < CLEAN_SCANS and time.monotonic() < latest:
        census = ProcessTable(run, state)
        census.scan()
        left = [key for key in census.owners() if state.stop_all or key != UNKNOWN_SESSION]
        sweep(census, left)
        clean = 0 if left else clean + 1
        time.sleep(SCAN_PAUSE_S)


def end_cgroups(cgroup: Cgroup, state: GuardState) -> None:
    """Kill what is left in the run's cgroup, and remove it; where all else is to run on, only those told of."""
    if state.stop_all:
        end(cgroup.path)
        return
    for session in state.sessions.values():
        end(cgroup.folder(os.fsdecode(session.driver)))
    cgroup.release()


def main(run: str) -> None:
    """Guard a run to its end, and beyond."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    state = GuardState()
    wait_for_end_of_run(state)
    outputs = [session.output for session in state.sessions.values() if session.output >= 0]
    start_new_thread(discard_output, (outputs,))
    GuardStop(ProcessTable(run, state), state).run()
    end_leftovers(run, state)
    if state.cgroup is not None:
        end_cgroups(state.cgroup, state)
