"""Methods that block the event loop, at each place of a call, and drivers that run them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tierdeps.clock import VirtualLoop
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.executor.conftest import World


REASON = "a:start blocked the event loop for 3.0 s; use a plain method or a thread"


def block(seconds: float) -> None:
    """Block the event loop, as ``time.sleep`` does a real one."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.block(seconds)


async def first(context: Context, seconds: float = 3.0) -> None:
    block(seconds)


async def then_waits(context: Context, seconds: float = 3.0) -> None:
    block(seconds)
    await asyncio.sleep(0)


async def later(context: Context, seconds: float = 3.0) -> None:
    await asyncio.sleep(0.1)
    block(seconds)


async def in_the_middle(context: Context, seconds: float = 3.0) -> None:
    await asyncio.sleep(0.1)
    block(seconds)
    await asyncio.sleep(0.1)


async def when_cancelled(context: Context, seconds: float = 3.0) -> None:
    try:
        await asyncio.sleep(1000)
    finally:
        block(seconds)


STEPS = (first, then_waits, later, in_the_middle)


class Swift(Lifecycle):
    """Has nothing but a phase: the executor awaits it without asking the engine."""

    deed: Callable[..., Awaitable[None]] = first

    async def start(self, context: Context) -> None:
        await type(self).deed(context)


def swift(deed: Callable[..., Awaitable[None]], **more: Any) -> Driver:
    return Driver("a", lifecycle=type("Blocking", (Swift,), {"deed": staticmethod(deed)}), **more)


def driver(world: World, deed: Callable[..., Awaitable[None]], how: str, **more: Any) -> Driver:
    """Return a driver ``a`` that does this in ``start``, run in one of the two ways in which async methods are."""
    world.deeds["a:start"] = deed
    if how == "swift":
        return swift(deed, **more)
    world.deeds["a:probe"] = lambda _: asyncio.sleep(0)
    return world.driver("a", **more)
