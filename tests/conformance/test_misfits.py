"""Which classes fit which phases: the mistakes that are found, and what only looks like one."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import types
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import click  # noqa: TC002  as in a module that is not typed: it is there when it runs
import pytest
from click import Context as ClickContext  # noqa: TC002  likewise

from tierdeps import Context, Lifecycle
from tierdeps import Context as GivenContext
from tierdeps import lifecycle as life
from tierdeps.conformance import misfits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator


def problems(lifecycle: type[Lifecycle], *phases: str, shared: tuple[str, ...] = ()) -> list[str]:
    return [misfit.problem for misfit in misfits(lifecycle, phases or ("start",), frozenset(shared))]


def method() -> Callable[..., Any]:
    """Return a method of its own: one function under two names would be one method that is used."""

    async def given(self: Lifecycle, context: Context) -> None: ...

    return given


# What is legitimate


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


# No method for any phase


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


# A method that nothing calls


def test_a_public_method_with_a_context_that_nothing_calls() -> None:
    class Forgotten(Lifecycle):
        def initialize(self, context: Context) -> None: ...
        def bring_online(self, context: Context) -> None: ...

    (misfit,) = misfits(Forgotten, ("initialize",))
    assert misfit.problem == (
        "Forgotten.bring_online takes a context, and nothing calls it: bring_online is neither a phase (initialize)"
        " nor one of probe, adopt, reload, stop, cleanup"
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


# A name near one that has no method


@pytest.mark.parametrize(
    ("wrong", "phase"),
    [
        ("initialise", "initialize"),
        ("intialize", "initialize"),
        ("Initialize", "initialize"),
        ("on_initialize", "initialize"),
        ("auto_start", "autostart"),
        ("autostart", "auto-start"),
        ("autoStart", "auto-start"),
        ("strat", "start"),
        ("stat", "start"),
        ("starts", "start"),
        ("startup", "start"),
        ("on_start", "start"),
        ("run_up", "run-up-"),
    ],
)
def test_a_misspelt_phase(wrong: str, phase: str) -> None:
    kind = type("Misspelt", (Lifecycle,), {wrong: method(), "stop": method(), "prepare": method()})
    (problem,) = problems(kind, "prepare", phase)
    meant = phase.replace("-", "_")
    assert problem == f"Misspelt.{wrong} is never called, and the phase {phase} has no method; did you mean {meant}?"


@pytest.mark.parametrize(
    ("wrong", "verb"),
    [
        ("clean_up", "cleanup"),
        ("cleanUp", "cleanup"),
        ("on_stop", "stop"),
        ("stopp", "stop"),
        ("relaod", "reload"),
        ("re_load", "reload"),
        ("on_reload", "reload"),
    ],
)
def test_a_misspelt_verb(wrong: str, verb: str) -> None:
    kind = type("Misspelt", (Lifecycle,), {wrong: method(), "start": method()})
    (problem,) = problems(kind)
    assert problem == f"Misspelt.{wrong} is never called, and it has no such method; did you mean {verb}?"


def test_a_misspelt_probe_returns_what_a_probe_returns() -> None:
    class Curious(Lifecycle):
        def start(self, context: Context) -> None: ...
        def prob(self, context: Context) -> str | None:
            return "no"

        def adpot(self, context: Context) -> bool:
            return True

    assert [text.rpartition("did you mean ")[2] for text in problems(Curious)] == ["probe?", "adopt?"]


def test_a_name_is_near_nothing_that_has_a_method() -> None:
    class Stepwise(Lifecycle):
        def start(self, context: Context) -> None:
            self.stat(context)

        def stop(self, context: Context) -> None: ...
        def stat(self, context: Context) -> None: ...

    assert problems(Stepwise) == []


def test_what_others_look_up_is_near_by_chance() -> None:
    class Chance(Lifecycle):
        def prepare(self, context: Context) -> None: ...
        def stat(self, path: str) -> None: ...
        def stats(self) -> int:
            return 1

        def adapt(self, context: Context) -> dict[str, str]:
            return {}

        def step(self, context: Context) -> int:
            return 1

        def restart(self, context: Context) -> bool:
            return True

    assert problems(Chance, "prepare", "start") == []


def test_another_spelling_of_a_phase_is_one_whatever_it_takes() -> None:
    class Bare(Lifecycle):
        def prepare(self, context: Context) -> None: ...
        def autostart(self) -> None: ...

    assert len(problems(Bare, "prepare", "auto-start")) == 1


def test_a_misspelt_phase_in_a_base_is_found_in_what_derives_from_it() -> None:
    class Base(Lifecycle):
        def initialise(self, context: Context) -> None: ...

    class Derived(Base):
        def stop(self, context: Context) -> None: ...

    assert len(problems(Derived, "initialize")) == 1


# What is called and cannot be


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
        "Generating.initialize is a generator: it has a yield, so that calling it runs none of it",
        "Generating.autostart is an async generator: it has a yield, so that calling it runs none of it",
        "Generating.stop is a generator: it has a yield, so that calling it runs none of it",
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


# How often it is looked


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


class ShortNames(Lifecycle):
    """Slips whose parameter is not called as usual, and a helper whose parameter is."""

    def initialize(self, _: Context) -> None: ...
    def autostrt(self, c) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001  named, and not annotated
    def annonce(self, _) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001  named, and not annotated
    def reset(self, c) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001  named, and not annotated


def test_a_slip_is_found_whatever_its_context_is_called() -> None:
    assert problems(ShortNames, "initialize", "autostart", "announce") == [
        "ShortNames.autostrt is never called, and the phase autostart has no method; did you mean autostart?",
        "ShortNames.annonce is never called, and the phase announce has no method; did you mean announce?",
    ]
