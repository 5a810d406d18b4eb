"""The socket file: private, at a path of any length, and never in the place of another file."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from typing import TYPE_CHECKING

import pytest

from tests.control.conftest import answer, ask, serve
from tests.obstacles import IN_PLACE_OF_A_FILE, IN_PLACE_OF_A_FOLDER, Obstacle, each
from tierdeps._util.state_dir import NotOursError
from tierdeps.control.messages import (
    Exit,
    Ping,
)
from tierdeps.control.server import Server
from tierdeps.control.sockets import own_socket

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_socket_and_its_folder_are_private(path: Path) -> None:
    path.parent.mkdir(mode=0o755)

    async def body() -> None:
        modes = await asyncio.to_thread(lambda: [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent)])
        assert modes == [0o600, 0o700]

    serve(path, body)


def test_a_path_longer_than_a_socket_address_works(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 120) / "1.sock"

    async def body() -> None:
        assert (await asyncio.to_thread(ask, path, Ping()))[-1] == Exit(7)

    serve(path, body)


def test_stale_sockets_are_removed_and_others_are_kept(path: Path) -> None:
    left, other = path.with_name("2.sock"), path.with_name("3.sock")

    async def body() -> None:
        with socket.socket(socket.AF_UNIX) as killed:
            killed.bind(str(left))
            killed.listen()
        server = Server(other, answer)
        await server.open()
        names = await asyncio.to_thread(lambda: sorted(one.name for one in path.parent.iterdir()))
        assert names == [path.name, other.name]
        await server.close()

    serve(path, body)


@each(IN_PLACE_OF_A_FOLDER)
def test_a_folder_that_is_not_private_is_refused(path: Path, kind: str, make: Callable[[Path], None]) -> None:
    obstacle = Obstacle(path.parent, kind, make)

    with pytest.raises(NotOursError, match=rf"^{path.parent} {obstacle.words}"):
        asyncio.run(Server(path, answer).open())
    assert obstacle.is_untouched()


@pytest.mark.parametrize("name", ["1.sock", "1.sock.part", "2.sock"])
@each({kind: make for kind, make in IN_PLACE_OF_A_FILE.items() if kind != "is a socket"})
def test_a_file_that_is_no_socket_of_this_user_is_not_replaced(
    path: Path, name: str, kind: str, make: Callable[[Path], None]
) -> None:
    obstacle = Obstacle(path.with_name(name), kind, make)

    async def main() -> None:
        server = Server(path, answer)
        await server.open()
        await server.close()

    if name == "2.sock":  # none of our business
        asyncio.run(main())
    else:
        with pytest.raises(NotOursError, match=rf"^{path.with_name(name)} "):
            asyncio.run(main())
    assert obstacle.is_untouched()
    assert [one.name for one in path.parent.iterdir()] == [name]


def test_the_socket_is_in_the_runtime_folder_or_else_beside_the_journal(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{os.getpid()}.sock"
    assert own_socket() == state / "tierdeps" / "run" / name
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert own_socket() == tmp_path / "tierdeps" / name
    for useless in ("relative", str(tmp_path / "missing")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", useless)
        assert own_socket() == state / "tierdeps" / "run" / name
