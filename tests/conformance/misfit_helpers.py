"""The problems of a class, and methods that differ from each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps.conformance import misfits

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps import Context, Lifecycle


def problems(lifecycle: type[Lifecycle], *phases: str, shared: tuple[str, ...] = ()) -> list[str]:
    return [misfit.problem for misfit in misfits(lifecycle, phases or ("start",), frozenset(shared))]


def method() -> Callable[..., Any]:
    """Return a method of its own: one function under two names would be one method that is used."""

    async def given(self: Lifecycle, context: Context) -> None: ...

    return given
