"""Which messages to the notify socket are accepted, and from which senders."""

from __future__ import annotations

import asyncio
import os
import pwd
import socket

import pytest

from tests.processes.conftest import PYTHON, start, until
from tierdeps.model import Process
from tierdeps.processes.notify import NotifySocket


def told(*messages: bytes, users: frozenset[int] | None = None) -> tuple[bool, list[str]]:
    """Send messages; return whether it is ready then, and what it is busy with."""

    async def main() -> tuple[bool, list[str]]:
        status: list[str] = []
        listening = NotifySocket(frozenset({os.geteuid()}) if users is None else users, status.append)
        last = NotifySocket(frozenset({os.geteuid()}), lambda _: None)
        for message in (*messages, None):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.connect((listening if message is not None else last).address.replace("@", "\0", 1))
                sender.send(message if message is not None else b"READY=1")
        await until(last.ready.done)
        await asyncio.sleep(0)
        found = listening.ready.done(), status
        listening.close()
        last.close()
        return found

    return asyncio.run(main())


def test_it_is_ready_once_any_line_matches() -> None:
    assert told(b"READY=1") == (True, [])
    assert told(b"MAINPID=7\nREADY=1\nX") == (True, [])
    assert told(b"READY=1", b"READY=1") == (True, [])


@pytest.mark.parametrize("message", [b"", b"READY", b"READY=0", b"READY=1 ", b"ready=1", b"X=READY=1", b"\n\n"])
def test_nothing_else_is_that_it_is_ready(message: bytes) -> None:
    assert told(message) == (False, [])


def test_what_it_is_busy_with_is_all_behind_the_first_sign() -> None:
    assert told(b"STATUS=loading a=1, b=2\nSTATUS=", b"STATUS=\xff") == (False, ["loading a=1, b=2", "", "\\xff"])


def test_other_users_are_not_listened_to() -> None:
    assert told(b"READY=1\nSTATUS=x", users=frozenset({os.geteuid() + 1})) == (False, [])
    assert told(b"READY=1\nSTATUS=x", users=frozenset()) == (False, [])


OTHERS = [one.pw_name for one in pwd.getpwall() if one.pw_uid not in (0, one.pw_gid)][:1]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs anything as somebody else")
@pytest.mark.parametrize("user", ["nobody", *OTHERS])
def test_the_user_of_the_process_is_listened_to(user: str) -> None:
    program = (
        "import os, signal, socket\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
        "s.connect(os.environ['NOTIFY_SOCKET'].replace('@', chr(0), 1)); s.send(b'READY=1'); signal.pause()"
    )
    assert start(Process(("/usr/bin/env", "python3", *PYTHON[1:], program), "notify", user=user, cwd="/")) == ""


def test_what_it_is_busy_with_is_shown_among_its_lines(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "tierdeps.output")
    program = (
        "import os, signal, socket\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
        "s.connect(os.environ['NOTIFY_SOCKET'].replace('@', chr(0), 1)); s.send(b'STATUS=a\\x1bb=c')\n"
        "s.send(b'READY=1'); signal.pause()"
    )
    assert start(Process((*PYTHON, program), "notify")) == ""
    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        ("tierdeps.output.web", "status: a\\x1bb=c")
    ]


def test_a_missing_user_is_reported_as_without_a_socket() -> None:
    process = Process(("true",), "notify", user="nonesuch")
    assert start(process) == "the process cannot be started: there is no user 'nonesuch'"
