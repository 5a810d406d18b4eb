"""Classes without a method for any phase, and methods that nothing calls."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from typing import TYPE_CHECKING, Any

import click  # noqa: TC002  as in a module that is not typed: it is there when it runs
import pytest
from click import Context as ClickContext  # noqa: TC002  likewise

from tests.conformance.misfit_helpers import method, problems
from tierdeps import Context, Lifecycle
from tierdeps import Context as GivenContext
from tierdeps import lifecycle as life
from tierdeps.conformance import misfits

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def test_a_class_without_a_method_for_any_phase() -> None:
    class Empty(Lifecycle):
        pass

    (misfit,) = misfits(Empty, ("start",))
    assert misfit.problem == "Empty has no method for its only phase (start), so starting it does nothing"
    assert misfit.idle
    assert misfit.advice[0] == "write def start(self, context)"


def test_a_class_whose_methods_are_all_something_else() -> None:
    class Odd(Lifecycle):
        def dial_out(self, number: int) -> None: ...

    assert problems(Odd, "initialize", "autostart") == [
        "Odd has no method for any of its phases (initialize, autostart), so starting it does nothing"
    ]


def test_a_class_whose_only_method_has_another_name_than_the_only_phase() -> None:
    class Other(Lifecycle):
        def commence(self, context: Context) -> None: ...

    (misfit,) = misfits(Other, ("start",))
    assert misfit.problem.endswith("so starting it does nothing; nothing calls commence")
    assert 'or declare what it has: phases=("commence",)' in misfit.advice
    assert not misfit.idle


def test_a_class_whose_constructor_does_the_work_fits() -> None:
    class Made(Lifecycle):
        def __init__(self) -> None:
            self.numbers: list[int] = []

        def note(self, number: int) -> None:
            self.numbers.append(number)

    class Derived(Made):
        pass

    assert problems(Made) == problems(Derived) == []


def test_a_constructor_excuses_no_method_that_nothing_calls() -> None:
    class Made(Lifecycle):
        def __init__(self) -> None: ...
        def commence_now(self, context: Context) -> None: ...

    assert len(problems(Made)) == 1


@pytest.mark.parametrize("value", [None, False])
def test_a_phase_that_is_set_to_nothing_has_no_method(value: object) -> None:
    found = problems(type("Off", (Lifecycle,), {"start": value}))
    assert len(found) == 1


def test_a_public_method_with_a_context_that_nothing_calls() -> None:
    class Forgotten(Lifecycle):
        def initialize(self, context: Context) -> None: ...
        def bring_online(self, context: Context) -> None: ...

    (misfit,) = misfits(Forgotten, ("initialize",))
    assert misfit.problem == (
        "Forgotten.bring_online takes a context, but nothing calls it: bring_online is neither a phase (initialize)"
        " nor one of probe, adopt, check, recover, reload, stop, cleanup"
    )
    assert misfit.advice[0] == 'add "bring_online" to the phases'
    assert 'helpers = ("bring_online",) in Forgotten' in misfit.advice[-1]


def _unannotated(self, context): ...  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
def _short(self, ctx): ...  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
def _unused_argument(self, _context): ...  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
def _other_name(self: Lifecycle, given: Context) -> None: ...
def _awaitable(self: Lifecycle, context: Context) -> Awaitable[None]:
    return asyncio.sleep(0)


async def _async(self: Lifecycle, context: Context) -> None:
    if context.cancelled:
        return
    with contextlib.suppress(OSError):
        await asyncio.sleep(0)


@functools.wraps(_async)
def _decorated(*arguments: Any, **options: Any) -> Any: ...


@pytest.mark.parametrize(
    "written",
    [_unannotated, _short, _unused_argument, _other_name, _awaitable, _async, _decorated],
    ids=lambda written: written.__name__,
)
def test_it_may_be_written_in_many_ways(written: Callable[..., Any]) -> None:
    kind = type("Written", (Lifecycle,), {"start": method(), "bring_it_online": written})
    assert len(problems(kind)) == 1


def test_a_context_may_have_another_name_where_it_is_imported() -> None:
    class Renamed(Lifecycle):
        def start(self, context: Context) -> None: ...
        def bring_it_up(self, given: GivenContext) -> None: ...
        def bring_it_down(self, given: life.Context) -> None: ...

    assert len(problems(Renamed)) == 2


def test_another_context_is_none() -> None:
    class Foreign(Lifecycle):
        def start(self, context: Context) -> None: ...
        def invoke_it(self, context: click.Context) -> None: ...
        def invoke_that(self, context: ClickContext) -> None: ...

    assert problems(Foreign) == []


def test_it_may_be_static_or_a_class_method() -> None:
    class Apart(Lifecycle):
        def start(self, context: Context) -> None: ...

        @staticmethod
        def first_thing(context: Context) -> None: ...

        @classmethod
        def last_thing(cls, context: Context) -> None: ...

    assert len(problems(Apart)) == 2


def test_that_it_calls_itself_or_its_base_does_not_count() -> None:
    class Base(Lifecycle):
        def start(self, context: Context) -> None: ...
        def go_online(self, context: Context) -> None: ...

    class Derived(Base):
        def go_online(self, context: Context) -> None:
            super().go_online(context)
            self.go_online(context)

    assert len(problems(Derived)) == 1
