"""Classes that fit their phases, though some look like a mistake."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from tests.conformance.misfit_helpers import method, problems
from tierdeps import Context, Lifecycle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Complete(Lifecycle):
    async def initialize(self, context: Context) -> None: ...
    def auto_start(self, context: Context) -> None: ...
    async def stop(self, context: Context) -> None: ...


def test_a_class_with_a_method_for_each_phase_fits() -> None:
    assert problems(Complete, "initialize", "auto-start") == []


def test_a_phase_without_a_method_has_nothing_to_do() -> None:
    assert problems(Complete, "initialize", "auto-start", "announce") == []


def test_lifecycle_itself_fits_any_phases() -> None:
    assert problems(Lifecycle, "start") == problems(Lifecycle, "initialize", "autostart") == []


@pytest.mark.parametrize("verb", ["probe", "adopt", "reload", "stop", "cleanup"])
def test_a_class_with_nothing_but_a_verb_fits(verb: str) -> None:
    assert problems(type("OnlyVerb", (Lifecycle,), {verb: method()})) == []


def test_methods_may_be_inherited() -> None:
    class Derived(Complete):
        def initialize(self, context: Context) -> Any:
            return super().initialize(context)

    assert problems(Derived, "initialize", "auto-start") == []


def test_what_a_base_has_for_other_subclasses_fits() -> None:
    class Derived(Complete):
        pass

    assert problems(Derived, "initialize") == []


def test_what_other_drivers_of_the_class_have_as_a_phase_fits() -> None:
    class Both(Lifecycle):
        def initialize(self, context: Context) -> None: ...
        def autostart(self, context: Context) -> None: ...

    assert problems(Both, "initialize", shared=("initialize", "autostart")) == []
    assert problems(Both, "start", shared=("start", "initialize", "autostart")) == []


class Helpful(Lifecycle):
    """One of each kind of public helper with a context."""

    table: ClassVar[dict[str, str]] = {"reset": "named_in_a_table"}
    helpers: ClassVar[tuple[str, ...]] = ("for_others",)

    def start(self, context: Context) -> None:
        self.called(context)
        asyncio.get_running_loop().call_later(1, self.passed_on, context)
        getattr(self, "looked_" + "up" if context else "named_by_text")(context)
        any(self.called_in_a_generator(context) for _ in "once")  # type: ignore[func-returns-value]

    @property
    def shown(self) -> object:
        return self.called_by_a_property(Context)  # type: ignore[arg-type,func-returns-value]

    @staticmethod
    def plain(name: str) -> None: ...
    def called(self, context: Context) -> None: ...
    def passed_on(self, context: Context) -> None: ...
    def named_by_text(self, context: Context) -> None: ...
    def named_in_a_table(self, context: Context) -> None: ...
    def called_in_a_generator(self, context: Context) -> None: ...
    def called_by_a_property(self, context: Context) -> None: ...
    def for_others(self, context: Context) -> None: ...
    def gives_something(self, context: Context) -> int:
        return 1

    def gives_something_unannotated(self, context):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        return self if context else None

    def takes_more(self, context: Context, speed: int) -> None: ...
    def may_take_more(self, context: Context, speed: int = 1) -> None: ...
    def takes_others(self, context: Context, *others: str) -> None: ...
    def takes_something_else(self, context: dict[str, str]) -> None: ...
    def takes_nothing(self) -> None: ...
    def takes_a_name(self, name: str) -> None: ...
    def _private(self, context: Context) -> None: ...

    @contextlib.contextmanager
    def opened(self, context: Context) -> Iterator[None]:
        yield

    class Context:
        def __init__(self, context: object) -> None: ...


def test_helpers_that_take_a_context_are_no_phases() -> None:
    assert problems(Helpful) == []


def test_a_helper_that_a_base_calls_is_no_phase() -> None:
    class Framed(Lifecycle):
        def start(self, context: Context) -> None:
            self.go_ahead(context)

        def go_ahead(self, context: Context) -> None: ...

    class Filled(Framed):
        def go_ahead(self, context: Context) -> None: ...

    assert problems(Filled) == []


class Dependent(Lifecycle):
    def start(self, context: Context) -> None:
        context.get("provider").register_with(context)  # type: ignore[union-attr]


class Provider(Lifecycle):
    def start(self, context: Context) -> None: ...
    def register_with(self, context: Context) -> None: ...


def test_a_helper_that_another_class_of_the_module_calls_is_no_phase() -> None:
    assert problems(Provider) == []


def test_a_method_that_a_decorator_has_marked_is_its_own_business() -> None:
    def every(function: Callable[..., None]) -> Callable[..., None]:
        vars(function)["every"] = 10
        return function

    class Marked(Lifecycle):
        def start(self, context: Context) -> None: ...

        @every
        def poll(self, context: Context) -> None: ...

    assert problems(Marked) == []


def test_a_mixin_may_have_methods_of_its_own() -> None:
    class Handler:
        def handle(self, context: Context) -> None: ...

    class Mixed(Handler, Lifecycle):
        def start(self, context: Context) -> None: ...

    assert problems(Mixed) == []
