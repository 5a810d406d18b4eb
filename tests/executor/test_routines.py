"""Routines are advanced whatever others of them raise, an interrupt included."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tierdeps.executor.scheduler import Routines

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tierdeps.executor.driver import DriverRun
    from tierdeps.executor.scheduler import Wait


async def raising(error: BaseException) -> None:
    raise error


async def quiet() -> None:
    pass


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_every_routine_ends_once_whatever_one_of_them_raises(error: BaseException) -> None:
    loop = asyncio.new_event_loop()
    ended: list[str] = []
    broken: list[BaseException] = []

    def broke(raised: BaseException, driver: DriverRun | None) -> None:
        broken.append(raised)
        if isinstance(raised, KeyboardInterrupt):
            raise raised

    def note(name: str, driver: DriverRun | None) -> None:
        ended.append(name)

    routines = Routines(loop, broke)
    way: dict[str, Coroutine[Wait, None, None]] = {"a": raising(error), "b": quiet()}
    for name, coroutine in way.items():
        routines.start(coroutine, None, partial(note, name))
    for _ in range(3):
        try:
            loop.run_until_complete(asyncio.sleep(0))
        except KeyboardInterrupt:
            continue
    loop.close()
    assert ended == ["a", "b"]
    assert broken == [error]
