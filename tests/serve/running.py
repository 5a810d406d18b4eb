"""A server in a thread, which shows what a test gives it, and clients that send it bytes."""

from __future__ import annotations

import asyncio
import socket
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

from tests.page.documents import checked, hostile
from tierdeps.errors import UnknownNameError
from tierdeps.serve.connections import Limits
from tierdeps.serve.live import LiveState
from tierdeps.serve.server import Server, listen
from tierdeps.serve.source import Restarted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tierdeps.serve.access import Access
    from tierdeps.words.documents import Json

TOKEN = "right-token"  # noqa: S105
#: Less patience than a server has for people.
QUICK = Limits(request_s=0.5, reader_s=0.2, max_connections=20, max_head_bytes=4096, max_body_bytes=100, max_streams=2)


def state(ready: Sequence[str] = ("a",), *, plan: str = "1 x", pid: int = 7, reason: str = "") -> LiveState:
    """Return the state of a run in which some drivers are ready."""
    run: dict[str, Json] = {
        "pid": pid,
        "alive": True,
        "killed": False,
        "failed": False,
        "began_at": "2026-01-02T03:04:05.000Z",
        "ready_at": "2026-01-02T03:04:06.000Z",
        "ended_at": None,
        "seconds": 1.0,
        "problem": "",
        "counts": {"ready": len(ready)},
    }
    return LiveState(run, {name: driver(name, reason=reason) for name in ready}, plan)


def driver(name: str, state: str = "ready", reason: str = "") -> dict[str, Json]:
    """Return the state of a driver."""
    return {
        "driver": name,
        "tier": "default",
        "state": state,
        "doing": "nothing",
        "step": None,
        "waits_for": [],
        "seconds": 1.5,
        "deadline_in": None,
        "reason": reason,
        "degraded": "",
        "failure": "",
    }


class FakeSource:
    """Shows what a test sets, and records what is restarted."""

    def __init__(self) -> None:
        self.document: dict[str, Json] = {**checked(hostile()), "kind": "live", "title": "shop.toml"}
        self.now = state()
        self.chart: dict[str, Json] | None = None
        self.logs: dict[str, list[str]] = {"a": ["one", "two"]}
        self.restarted: list[str] = []

    def page(self) -> dict[str, Json]:
        return self.document

    def state(self) -> LiveState:
        return self.now

    def start(self) -> dict[str, Json] | None:
        return self.chart

    def log(self, driver: str) -> Sequence[str]:
        if driver not in self.logs:
            raise UnknownNameError("driver", driver, self.logs)
        return self.logs[driver]

    def restart(self, driver: str) -> Restarted:
        self.restarted.append(driver)
        return Restarted(ok=True, lines=(f"{driver} is ready",))


class Answer(NamedTuple):
    """What a server answered: its status, 0 for nothing, the headers in lower case, and the body."""

    status: int
    head: str
    body: str


class Running(NamedTuple):
    """A server that runs."""

    access: Access
    source: FakeSource
    server: Server

    def connect(self) -> socket.socket:
        """Return a new connection."""
        return socket.create_connection(("127.0.0.1", self.access.port), timeout=20)

    def send(self, request: bytes) -> Answer:
        """Send bytes and return what the server answers until it closes the connection."""
        with self.connect() as client:
            client.sendall(request)
            return answer_of(client)

    def stream(self, host: str = "127.0.0.1") -> socket.socket:
        """Return a connection that has requested the events."""
        client = self.connect()
        lines = ("GET /api/events HTTP/1.1", f"Host: {host}:{self.access.port}", f"Authorization: bearer {TOKEN}")
        client.sendall("\r\n".join((*lines, "", "")).encode())
        return client

    def request(
        self, path: str, *more: str, method: str = "GET", host: str = "", token: str | None = TOKEN, body: bytes = b""
    ) -> Answer:
        """Send a request, by default one that is allowed."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{self.access.port}'}", *more]
        lines += [f"Authorization: Bearer {token}"] if token is not None else []
        lines += [f"Content-Length: {len(body)}"] if body else []
        return self.send("\r\n".join((*lines, "", "")).encode("latin-1") + body)


def answer_of(client: socket.socket) -> Answer:
    """Read an answer up to the end of the connection."""
    received = bytearray()
    try:
        while part := client.recv(1 << 16):
            received += part
    except ConnectionResetError:
        pass
    head, _, body = received.decode("latin-1").partition("\r\n\r\n")
    status = int(head.split()[1]) if head else 0
    return Answer(status, head.lower(), body)


@contextmanager
def running(*, control: bool = False, limits: Limits = QUICK, port: int = 0) -> Iterator[Running]:
    """Run a server until the end of the block."""
    source = FakeSource()
    with listen(port) as listener:
        server = Server(TOKEN, listener, source, control=control, limits=limits)
        thread = Thread(target=lambda: asyncio.run(server.run_until_stopped()))
        thread.start()
        try:
            yield Running(server.access, source, server)
        finally:
            server.stop()
            thread.join(20)
        assert not thread.is_alive()
