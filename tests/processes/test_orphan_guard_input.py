"""The parts of the guard that need no guard process: its messages, and the output that it reads."""

from __future__ import annotations

import os
import socket
from threading import Thread

from tierdeps.processes.orphan_guard import discard_output, receive
from tierdeps.processes.orphan_guard_state import GuardState


def test_the_output_of_sessions_is_read_to_the_end() -> None:
    """More than a pipe holds: who cannot say it would wait."""
    pipes = [os.pipe() for _ in range(3)]
    outputs = [reader for reader, _ in pipes]

    def say(writer: int, size: int) -> None:
        with os.fdopen(writer, "wb") as file:
            file.write(b"x" * size)

    threads = [
        Thread(target=say, args=(writer, size), daemon=True)
        for (_, writer), size in zip(pipes, (0, 1, 1_000_000), strict=True)
    ]
    for thread in threads:
        thread.start()
    discard_output(outputs)
    for thread in threads:
        thread.join()
    assert outputs == []
    for reader, _ in pipes:
        os.close(reader)


def test_all_messages_are_applied_and_the_end_is_seen() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.setblocking(False)
    pipes = [os.pipe(), os.pipe()]
    readers = [reader for reader, _ in pipes]
    state = GuardState()
    with ours, theirs:
        assert receive(theirs, state)
        socket.send_fds(ours, [b"+ 0 15 61\n~ 0 1 3"], readers)
        ours.send(b"+ 1 9 62")
        assert receive(theirs, state)
        assert [(one.signal, one.driver) for one in state.sessions.values()] == [(15, b"a"), (9, b"b")]
        assert [os.fstat(one).st_ino for one in state.sessions["0"].outputs] == [
            os.fstat(one).st_ino for one in readers
        ]
        assert state.sessions["1"].outputs == ()
        ours.send(b"- 0")
        ours.close()
        assert not receive(theirs, state)
    assert list(state.sessions) == ["1"]
    for number in (number for pipe in pipes for number in pipe):
        os.close(number)
