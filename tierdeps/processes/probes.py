"""Probes of whether a process is ready: each attempt returns a problem, or an empty string."""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from tierdeps.processes.child import Child
from tierdeps.processes.errors import exit_text
from tierdeps.processes.fd_poller import FdPoller
from tierdeps.processes.output import PipedOutput, ignore_output
from tierdeps.processes.spawn import spawn

if TYPE_CHECKING:
    from ssl import SSLContext

    from tierdeps.processes.spawn import SpawnOptions

#: The timeout of one attempt, in seconds.
ATTEMPT_TIMEOUT_S = 5.0

#: The HTTP statuses of a success or a redirection.
SUCCESS_STATUSES = range(200, 400)
#: The digits of a status; int() raises for thousands of them.
STATUS_DIGITS = 3


class Probe(Protocol):
    """One way of probing."""

    async def attempt(self) -> str:
        """Return what the problem is, or an empty string."""
        ...


class TcpProbe:
    """Ready when a connection is accepted."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._host, self._port = host.removeprefix("[").removesuffix("]"), int(port)

    async def attempt(self) -> str:
        """Connect."""
        try:
            async with asyncio.timeout(ATTEMPT_TIMEOUT_S):
                _, writer = await asyncio.open_connection(self._host, self._port)
        except TimeoutError:
            return f"no answer within {ATTEMPT_TIMEOUT_S:g} s"
        except OSError as error:
            return _reason(error)
        writer.transport.abort()
        return ""


class HttpProbe:
    """Ready when the answer is a success or a redirection; certificates are not verified."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._secure = parts.scheme == "https"
        self._port = parts.port or (443 if self._secure else 80)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = (
            f"GET {path} HTTP/1.1",
            f"Host: {parts.netloc.rpartition('@')[2]}",
            "User-Agent: tierdeps",
            "Accept: */*",
        )
        self._request = "\r\n".join((*lines, "Connection: close", "", "")).encode(errors="replace")

    async def attempt(self) -> str:
        """Request the page, and read only the status line."""
        try:
            async with asyncio.timeout(ATTEMPT_TIMEOUT_S):
                status = await self._status()
        except TimeoutError:
            return f"no answer within {ATTEMPT_TIMEOUT_S:g} s"
        except (OSError, ValueError) as error:
            return _reason(error)
        code = status.split(maxsplit=2)[1:2]
        if not status.startswith(b"HTTP/") or not code or not code[0].isdigit() or len(code[0]) != STATUS_DIGITS:
            return "the answer is not HTTP"
        return "" if int(code[0]) in SUCCESS_STATUSES else f"the answer is {int(code[0])}"

    async def _status(self) -> bytes:
        secure = _unverified() if self._secure else None
        reader, writer = await asyncio.open_connection(self._host, self._port, ssl=secure)
        try:
            writer.write(self._request)
            return await reader.readline()
        finally:
            writer.transport.abort()


def _unverified() -> SSLContext:
    """Return a context that accepts any certificate, since local processes mostly have self-signed ones."""
    import ssl

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class ExecProbe:
    """Ready when a command exits with 0."""

    def __init__(self, command: str, options: SpawnOptions) -> None:
        self._words = shlex.split(command)
        self._options = options

    async def attempt(self) -> str:
        """Run the command. Raises ProcessError where it cannot be run at all."""
        fd_poller = FdPoller()
        output = PipedOutput(ignore_output, fd_poller)
        try:
            child = self._start(output, fd_poller)
        except BaseException:
            output.close()
            raise
        try:
            async with asyncio.timeout(ATTEMPT_TIMEOUT_S):
                code = await child.exited()
        except TimeoutError:
            return f"{self._words[0]} did not end within {ATTEMPT_TIMEOUT_S:g} s"
        finally:
            child.kill()
            output.close()
        said = next((line for line in reversed(output.tail()) if line), "")
        return f"{self._words[0]} {exit_text(code)}{f': {said}' if said else ''}" if code else ""

    def _start(self, output: PipedOutput, fd_poller: FdPoller) -> Child:
        try:
            spawned = spawn(self._words, self._options, output.fd, errors=output.error_fd)
        finally:
            output.release_fd()
        return Child.of(spawned, output, fd_poller)


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError) or "Connect call failed" in str(error):
        return "connection refused"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
