"""Methods that an engine would call and cannot; and the cache of results."""

from __future__ import annotations

import functools
import types
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.misfit_helpers import method, problems
from tierdeps import Context, Lifecycle
from tierdeps.conformance import misfits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


def _nothing_at_all() -> None: ...
def _no_context(self: Lifecycle) -> None: ...
def _nothing_of_a_class(cls: type) -> None: ...
def _too_much(self: Lifecycle, context: Context, speed: int) -> None: ...
def _by_keyword(self: Lifecycle, *, context: Context) -> None: ...
def _needs_keyword(self: Lifecycle, context: Context, *, speed: int) -> None: ...


@pytest.mark.parametrize(
    ("given", "signature"),
    [
        (_nothing_at_all, "start()"),
        (_no_context, "start(self)"),
        (_too_much, "start(self, context, speed)"),
        (_by_keyword, "start(self, *, context)"),
        (_needs_keyword, "start(self, context, *, speed)"),
        (staticmethod(_too_much), "start(self, context, speed)"),
        (staticmethod(_nothing_at_all), "start()"),
        (classmethod(_nothing_of_a_class), "start(cls)"),
        (functools.partialmethod(_too_much, 1, 2), "start"),
        (dict, None),
    ],
)
@pytest.mark.parametrize("name", ["start", "stop"])
def test_a_method_that_cannot_be_called_with_a_context(name: str, given: Any, signature: str | None) -> None:
    found = problems(type("Wrong", (Lifecycle,), {"prepare": method(), name: given}), "prepare", "start")
    if signature is None:  # what cannot be told is taken to be right
        assert found == []
    else:
        shown = signature.replace("start", name)
        assert found == [f"Wrong.{shown} cannot be called with one argument, a context"]


def _with_default(self: Lifecycle, context: Context, speed: int = 1, *, loud: bool = False) -> None: ...
def _of_a_context(context: Context) -> None: ...
def _anything(*arguments: object, **options: object) -> None: ...


class _Called:
    def __call__(self, context: Context) -> None: ...


@pytest.mark.parametrize(
    "given",
    [
        _with_default,
        _anything,
        staticmethod(_of_a_context),
        staticmethod(print),
        functools.partialmethod(_too_much, speed=2),
        functools.partial(_too_much, Lifecycle(), speed=2),
        _Called(),
    ],
)
def test_a_method_that_can_be_called_with_a_context(given: Any) -> None:
    assert problems(type("Right", (Lifecycle,), {"start": given})) == []


def test_a_decorator_that_adds_an_argument_is_trusted() -> None:
    def with_speed(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def wrapper(self: Lifecycle, context: Context) -> None:
            function(self, context, 1)

        return wrapper

    class Decorated(Lifecycle):
        @with_speed
        def start(self, context: Context, speed: int) -> None: ...

    assert problems(Decorated) == []


def test_a_generator_never_runs() -> None:
    class Generating(Lifecycle):
        def initialize(self, context: Context) -> Iterator[None]:
            yield

        async def autostart(self, context: Context) -> AsyncIterator[None]:
            yield

        def stop(self, context: Context) -> Iterator[None]:  # type: ignore[override]
            yield from ()

    assert problems(Generating, "initialize", "autostart") == [
        "Generating.initialize is a generator: it contains a yield, so calling it runs none of its code",
        "Generating.autostart is an async generator: it contains a yield, so calling it runs none of its code",
        "Generating.stop is a generator: it contains a yield, so calling it runs none of its code",
    ]


def test_a_coroutine_of_the_old_kind_is_no_generator() -> None:
    class Old(Lifecycle):
        @types.coroutine
        def start(self, context: Context) -> Iterator[None]:
            yield

    assert problems(Old) == []


def test_a_decorator_may_run_a_generator() -> None:
    def run(function: Callable[..., Iterator[None]]) -> Callable[..., None]:
        @functools.wraps(function)
        def wrapper(self: Lifecycle, context: Context) -> None:
            for _ in function(self, context):
                pass

        return wrapper

    class Run(Lifecycle):
        @run
        def start(self, context: Context) -> Iterator[None]:
            yield

    assert problems(Run) == []


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (5, "an int"),
        ("now", "a str"),
        (property(_no_context), "a property"),
        (functools.cached_property(len), "a cached_property"),
    ],
)
def test_what_is_no_method(value: object, kind: str) -> None:
    assert problems(type("Wrong", (Lifecycle,), {"start": value})) == [f"Wrong.start is {kind}, not a method"]


def test_what_is_wrong_with_several_methods_is_all_reported() -> None:
    class Bad(Lifecycle):
        def initialize(self) -> None: ...
        def auto_start(self, context: Context) -> None: ...
        def stop(self, context: Context, hard: bool) -> None: ...  # type: ignore[override]

    assert len(problems(Bad, "initialize", "autostart")) == 3


class _Unready:
    def __get__(self, instance: object, owner: type) -> object:
        if instance is None:
            raise RuntimeError("only in instances")
        return print


def test_what_can_be_looked_up_in_instances_alone_is_no_method() -> None:
    assert problems(type("Wrong", (Lifecycle,), {"start": _Unready()})) == ["Wrong.start is a _Unready, not a method"]


def test_a_class_is_looked_at_once() -> None:
    class Looked(Lifecycle):
        pass

    assert misfits(Looked, ("start",)) is misfits(Looked, ("start",))


def test_an_abstract_base_fits_by_what_it_has() -> None:
    class Abstract(Lifecycle, ABC):
        def start(self, context: Context) -> None: ...

        @abstractmethod
        def look_for(self, context: Context) -> None: ...

    assert problems(Abstract) == []
