"""The orphan guard: a process that waits for the end of the run's process and stops what that left running.

The messages
------------

Its standard input is a socket of packets (``SOCK_SEQPACKET``). A packet has one or more lines of ASCII, at most
one of which starts with a plus: it comes with the reading ends of that session's output pipes, if there are any. KEY
is a word that stands for a driver.

``+ KEY SIGNAL DRIVER``
    A session is about to start. It is stopped with the number SIGNAL; DRIVER is its driver's name, in hexadecimal.
    A KEY that comes again replaces its session.
``~ KEY TIER SECONDS``
    When and how it is stopped: the sessions of a higher TIER are stopped before those of a lower one. It has SECONDS:
    its leader is signalled first, and is killed 2 seconds before they are over, or after half of them if that is
    later.
``< KEY NEEDED...``
    Within its tier it is stopped before these, which it needs; several such lines add up. Those that are gone count
    too, for what they need in turn. Sessions that need each other are stopped in the reverse order of their start. A
    ``~`` line starts a new list.
``= KEY PID``
    The session has started, and PID leads it. This may come some time after that, or never.
``- KEY``
    Nothing is left of it, or it is meant to run on.
``% PATH``
    The run's processes are in this cgroup, each driver's in one of its own below it; PATH is in hexadecimal.
``.``
    Only the announced sessions are stopped; everything else of the run is meant to run on.

After the end of the input no start is in progress: a process that is being started holds the input open until its exec.
Descriptor 3 is a pidfd of the run's process.

The stop
--------

Sessions are stopped concurrently where their order allows it. Then the guard scans for processes of the run, by the
tags in the environment, sessions, pipes and ancestors, until several scans in a row find nothing. Finally it kills what
is left in the cgroup, and removes it.
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

#: The descriptors of the messages, and of the pidfd of the run's process.
INPUT_FD, RUN_PIDFD = 0, 3
#: How long it waits before it reads messages, in seconds: many come at once, and most are never needed.
BATCH_PAUSE_S = 0.05
#: How long the input may stay open after the run's process is gone, in seconds: another process may hold it.
INPUT_CLOSE_S = 1.0
#: How many scans in a row must find nothing, and the pause between them: a scan can miss a process that starts.
CLEAN_SCANS, SCAN_PAUSE_S = 3, 0.02
#: After how long it ends, in seconds, if not even SIGKILL ends what is left.
SWEEP_TIMEOUT_S = 60.0
#: The size of the receive buffer; GuardClient sends no longer packet.
MAX_PACKET_BYTES = 65536
#: The most descriptors that come with a packet: the standard output and the standard error of a process.
MAX_OUTPUTS = 2


def wait_for_end_of_run(messages: socket.socket, run_pidfd: int, state: GuardState) -> None:
    """Receive messages until the run's process is gone, or closes the input."""
    messages.setblocking(False)
    poll = select.poll()
    poll.register(run_pidfd, select.POLLIN)
    while True:
        poll.register(messages, select.POLLIN)
        gone = any(number == run_pidfd for number, _ in poll.poll())
        # Not woken by each message: that would slow down the sender.
        poll.register(messages, 0)
        gone = gone or any(number == run_pidfd for number, _ in poll.poll(BATCH_PAUSE_S * 1000))
        if gone:
            poll.unregister(run_pidfd)
            poll.poll(INPUT_CLOSE_S * 1000)
        if not receive(messages, state) or gone:
            return


def receive(messages: socket.socket, state: GuardState) -> bool:
    """Apply all messages that can be read now; return whether there may be more."""
    while True:
        try:
            packet, outputs, _, _ = socket.recv_fds(messages, MAX_PACKET_BYTES, MAX_OUTPUTS)
        except BlockingIOError:
            return True
        if not packet:
            return False
        state.apply(packet, outputs)


def discard_output(outputs: list[int]) -> None:
    """Read and discard the output of sessions: a process that blocks on a full pipe could not end in order."""
    poll = select.poll()
    for output in outputs:
        poll.register(output, select.POLLIN)
    while outputs:
        for output, _ in poll.poll():
            if not os.read(output, 65536):
                poll.unregister(output)
                outputs.remove(output)


def end_leftovers(run: str, state: GuardState) -> None:
    """End what is left of the run; each scan uses a new table, since process ids are reused."""
    clean, latest = 0, time.monotonic() + SWEEP_TIMEOUT_S
    while clean < CLEAN_SCANS and time.monotonic() < latest:
        table = ProcessTable(run, state)
        table.scan()
        left = [key for key in table.owners() if state.stop_all or key != UNKNOWN_SESSION]
        sweep(table, left)
        clean = 0 if left else clean + 1
        time.sleep(SCAN_PAUSE_S)


def end_cgroups(cgroup: Cgroup, state: GuardState) -> None:
    """Kill what is left in the run's cgroup, and remove it; without ``stop_all`` only that of announced sessions."""
    if state.stop_all:
        end(cgroup.path)
        return
    for session in state.sessions.values():
        end(cgroup.folder(os.fsdecode(session.driver)))
    cgroup.release()


def main(run: str) -> None:
    """Wait for the end of a run, and stop what it left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    state = GuardState()
    wait_for_end_of_run(socket.socket(fileno=INPUT_FD), RUN_PIDFD, state)
    outputs = [output for session in state.sessions.values() for output in session.outputs]
    start_new_thread(discard_output, (outputs,))
    GuardStop(ProcessTable(run, state), state).run()
    end_leftovers(run, state)
    if state.cgroup is not None:
        end_cgroups(state.cgroup, state)
