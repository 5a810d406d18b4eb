"""Await a coroutine, and report each of its steps that held the event loop for long."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator

    from tierdeps.lifecycle import Context

#: A step of a coroutine that holds the event loop for longer is reported.
LONG_STEP_S = 0.05


@types.coroutine
def timed(
    coroutine: Coroutine[Any, Any, Any], subject: Context, clock: Callable[[], float]
) -> Generator[Any, Any, Any]:
    """Await a coroutine, and report each step that held the loop for long to the context of its call.

    So is a last step that began too late: a task or a callback of its own may have held the loop until then. A step is
    reported before anything else goes on, and before the end of the call is: what others are charged with depends on
    it.
    """
    thrown: BaseException | None = None
    while True:
        started, ended = clock(), True
        try:
            awaited = coroutine.send(None) if thrown is None else coroutine.throw(thrown)
            ended = False
        except StopIteration as stop:
            return stop.value
        finally:
            thrown = None  # it knows this frame, which knows it
            held = clock() - started
            if held > LONG_STEP_S or (ended and started > subject.deadline):
                subject.held(held, ended=ended)
        try:
            yield awaited
        except BaseException as raised:  # noqa: BLE001  it is for the coroutine
            thrown = raised
