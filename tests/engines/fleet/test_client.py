"""What the connection to one host reports when it cannot be made."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tierdeps.engines.fleet.client import HostLink
from tierdeps.engines.fleet.dial import DaskDialer
from tierdeps.engines.fleet.directory import addresses
from tierdeps.engines.fleet.messages import Hello
from tierdeps.engines.fleet.security import security_of
from tierdeps.errors import RemoteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tierdeps.engines.fleet.messages import ToEngine, Welcome

HELLO = Hello("s", "i", (), (), 1.0)


class Heard:
    """Keeps the reason of a loss."""

    def __init__(self) -> None:
        self.reason: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def opened(self, host: str, welcome: Welcome) -> None:
        """Do nothing."""

    def received(self, host: str, messages: Sequence[ToEngine]) -> None:
        """Do nothing."""

    def lost(self, host: str, reason: str, *, ended: bool = False) -> None:
        """Keep it."""
        self.ended = ended
        self.reason.set_result(reason)


@pytest.fixture
def port() -> Iterator[int]:
    """Return a port at which connections are accepted, and nothing answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def link_to(address: object, heard: Heard) -> HostLink:
    async def find(host: str) -> str:
        if isinstance(address, Exception):
            raise address
        return str(address)

    return HostLink("kvm1", HELLO, find, DaskDialer(security_of(None)), heard)


@pytest.mark.parametrize("error", [ValueError("embedded null byte"), KeyError("workers"), RemoteError("gone")])
def test_a_host_is_lost_whatever_keeps_it_from_being_reached(error: Exception) -> None:
    async def main() -> str:
        heard = Heard()
        link_to(error, heard)
        return await asyncio.wait_for(heard.reason, 10)

    assert str(error.args[0]) in asyncio.run(main())


def test_a_worker_that_has_ended_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_connection(*arguments: Any, **options: Any) -> NoReturn:
        raise AssertionError

    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        heard = Heard()
        link = link_to(RemoteError("gone"), heard)
        await heard.reason
        await link._connect_again(address, 60)

    monkeypatch.setattr("tierdeps.engines.fleet.dial.connect", no_connection)
    with pytest.raises(RemoteError, match="the worker on kvm1 has ended"):
        asyncio.run(main())


def test_what_never_answers_is_no_scheduler(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierdeps.engines.fleet.directory.ANSWER_S", 0.1)

    async def main() -> BaseException | None:
        found = asyncio.ensure_future(addresses(f"tcp://127.0.0.1:{port}", security_of(None)))
        done, _ = await asyncio.wait((found,), timeout=10)
        return found.exception() if done else None

    assert isinstance(asyncio.run(main()), TimeoutError)
