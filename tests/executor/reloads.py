"""Reloads, from a start to a stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from tierdeps.clock import run_virtually
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.executor.conftest import World
    from tierdeps.executor import Executor, ReloadResult
    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan, Report


def told(**drivers: Any) -> Settings:
    return Settings(drivers=drivers)


async def fail(context: Context) -> NoReturn:
    raise ValueError("no")


def change(
    world: World, old: Plan, new: Plan, then: Callable[[Executor], Awaitable[None]] | None = None, **options: Any
) -> tuple[ReloadResult, Report]:
    """Start a plan, go over to another one, and stop it; the log and the events are those from the reload on."""
    given = options.pop("settings", None)

    async def main() -> tuple[ReloadResult, Report]:
        executor = world.executor(old, **options)
        await executor.start()
        world.log.append("reload")
        reloaded = await executor.reload(new, given)
        world.log.append("reloaded")
        if then is not None:
            await then(executor)
        return reloaded, await executor.stop()

    return run_virtually(main())


def log_of_reload(world: World) -> list[str]:
    begin, end = world.log.index("reload"), world.log.index("reloaded")
    return [entry for entry in world.log[begin + 1 : end] if not entry.endswith(" done")]
