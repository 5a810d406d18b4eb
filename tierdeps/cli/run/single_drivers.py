"""Requests about single drivers, for what shows an instance in a browser or a terminal: the replies are collected."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps.control.client import Conversation, require_version
from tierdeps.control.messages import PERFORM_VERSION, Exit, Notice, Output
from tierdeps.errors import DeadlineExceeded, RunError

if TYPE_CHECKING:
    from tierdeps.control.messages import Perform
    from tierdeps.journal import RunRecord

#: How long a request may take until its result is no longer waited for, in seconds.
TIMEOUT_S = 300.0


def perform_quietly(run: RunRecord, request: Perform) -> tuple[bool, tuple[str, ...]]:
    """Send a request to an instance; return whether it succeeded, and the lines that were reported.

    Raises RunError.
    """
    pid, socket = run.info.pid, Path(run.info.socket)
    require_version(pid, socket, PERFORM_VERSION, f"{request.action} single drivers")
    lines, code = list[str](), None
    try:
        with Conversation(pid, socket, request, TIMEOUT_S) as conversation:
            for reply in conversation.replies():
                if isinstance(reply, (Output, Notice)):
                    lines.append(reply.text)
                elif isinstance(reply, Exit):
                    code = reply.code
    except DeadlineExceeded:
        drivers = ", ".join(request.drivers)
        raise RunError(f"{drivers} did not {request.action} within {TIMEOUT_S:g} s, and goes on with it") from None
    if code is None:
        raise RunError(f"process {pid} ended before it reported the result; see tierdeps status")
    return code == 0, tuple(lines)
