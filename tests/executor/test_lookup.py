"""``context.get``: nothing but what is declared, done, and there."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tierdeps.clock import run_virtually
from tierdeps.errors import UndeclaredDependency
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Lifecycle
from tierdeps.lock import Lock, approve, dump, load
from tierdeps.model import Driver, State, after, before, requires, wants

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context


async def fail(context: Context) -> NoReturn:
    raise ValueError("no")


class Asking:
    """Looks a name up, and keeps what it gets."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.got: object = "never asked"

    async def __call__(self, context: Context) -> None:
        self.got = context.get(self.name)


def test_gets_the_lifecycle_of_what_it_requires(world: World) -> None:
    asking = world.deeds["b:start"] = Asking("a")
    assert world.start(world.plan([world.driver("a"), world.driver("b", requires("a"))])).ok
    assert isinstance(asking.got, Lifecycle)


def test_finds_a_capability_and_its_provider(world: World) -> None:
    for name in ("secret-lookup", "a"):
        asking = world.deeds["b:start"] = Asking(name)
        plan = world.plan(
            [world.driver("a", provides=("secret-lookup",)), world.driver("b", requires("secret-lookup"))]
        )
        assert world.start(plan).ok
        assert isinstance(asking.got, Lifecycle)


def test_a_driver_without_a_lifecycle_is_there_too(world: World) -> None:
    asking = world.deeds["b:start"] = Asking("a")
    world.start(world.plan([Driver("a"), world.driver("b", requires("a"))]))
    assert isinstance(asking.got, Lifecycle)


@pytest.mark.parametrize("how", ["absent", "disabled", "failed"])
def test_gets_nothing_for_what_is_wanted_and_not_there(world: World, how: str) -> None:
    asking = world.deeds["b:start"] = Asking("a")
    world.deeds["a:start"] = fail
    drivers = [world.driver("b", wants("a")), *([] if how == "absent" else [world.driver("a")])]
    report = world.start(world.plan(drivers, disabled=["a"] if how == "disabled" else []), on_failure="isolate")
    assert report["b"].state is State.READY
    assert asking.got is None


def test_what_is_not_declared_fails_the_phase(world: World) -> None:
    world.deeds["b:start"] = Asking("a")
    report = world.start(
        world.plan([world.driver("a"), world.driver("b", after("c")), world.driver("c", requires("a"))])
    )
    assert report["b"].reason == (
        "undeclared dependency: b:start looked up 'a'; add requires('a', phase='start') to the driver 'b'"
    )


def test_hiding_the_error_does_not_hide_it(world: World) -> None:
    async def sly(context: Context) -> None:
        with suppress(UndeclaredDependency):
            context.get("a")

    world.deeds["b:start"] = sly
    report = world.start(world.plan([world.driver("a"), world.driver("b")]))
    assert report["b"].state is State.FAILED
    assert report["b"].reason.startswith("undeclared dependency: b:start looked up 'a'")


def test_what_is_declared_for_a_later_phase_is_not_declared_yet(world: World) -> None:
    world.deeds["b:initialize"] = Asking("a")
    b = world.driver("b", requires("a", phase="autostart"), phases=("initialize", "autostart"))
    report = world.start(world.plan([world.driver("a"), b]))
    assert "it is declared for the phase 'autostart' only, which is later" in report["b"].reason


def test_what_an_earlier_phase_needed_is_still_there(world: World) -> None:
    asking = world.deeds["b:autostart"] = Asking("a")
    b = world.driver("b", requires("a"), phases=("initialize", "autostart"))
    assert world.start(world.plan([world.driver("a"), b])).ok
    assert isinstance(asking.got, Lifecycle)


def test_who_declares_to_come_before_me_is_not_mine_to_use(world: World) -> None:
    world.deeds["b:start"] = Asking("a")
    report = world.start(world.plan([world.driver("a", before("b")), world.driver("b")]))
    assert report["b"].state is State.FAILED


def test_a_stop_may_still_use_what_it_needed(world: World) -> None:
    asking = world.deeds["b:stop"] = Asking("a")
    assert world.start_and_stop(world.plan([world.driver("a"), world.driver("b", requires("a"))])).ok
    assert isinstance(asking.got, Lifecycle)


def test_gets_nothing_for_an_optional_requirement_that_is_absent(world: World) -> None:
    asking = world.deeds["b:start"] = Asking("a")
    assert world.start(world.plan([world.driver("b", requires("a", optional=True))])).ok
    assert asking.got is None


def test_is_blocked_where_an_optional_requirement_is_there_and_fails(world: World) -> None:
    world.deeds["a:start"] = fail
    report = world.start(world.plan([world.driver("a"), world.driver("b", requires("a", optional=True))]))
    assert report["b"].state is State.BLOCKED


# Conditions


@pytest.mark.parametrize("verb", [requires, wants, after])
@pytest.mark.parametrize("name", ["a", "secret-lookup"])
@pytest.mark.parametrize("target", ["a", "a:start", "secret-lookup", "secret-lookup:start"])
def test_gets_nothing_for_what_is_declared_under_a_condition_that_does_not_hold(
    world: World, target: str, name: str, verb: Any
) -> None:
    asking = world.deeds["b:start"] = Asking(name)
    a = world.driver("a", provides=("secret-lookup",))
    named = target.partition(":")[0]
    for facts in ({"auth": False}, None):
        report = world.start(world.plan([a, world.driver("b", verb(target, when="auth"))], facts=facts))
        if named == "a" and name != "a":
            assert report["b"].reason.startswith("undeclared dependency"), "it does not name the capability"
        else:
            assert report["b"].state is State.READY
            assert asking.got is None


def test_gets_it_where_the_condition_holds(world: World) -> None:
    asking = world.deeds["b:start"] = Asking("a")
    plan = world.plan([world.driver("a"), world.driver("b", requires("a", when="auth"))], facts={"auth": True})
    assert world.start(plan).ok
    assert isinstance(asking.got, Lifecycle)


def test_nothing_under_a_condition_is_no_reason_to_hide_what_is_declared_without_one(world: World) -> None:
    asking = world.deeds["b:start"] = Asking("a")
    plan = world.plan([world.driver("a"), world.driver("b", requires("a", when="auth"), wants("a"))])
    assert world.start(plan).ok
    assert isinstance(asking.got, Lifecycle)


def test_gets_nothing_for_what_is_nowhere_under_a_condition_that_does_not_hold(world: World) -> None:
    asking = world.deeds["b:start"] = Asking("nobody")
    assert world.start(world.plan([world.driver("b", requires("nobody", when="auth"))])).ok
    assert asking.got is None


def test_who_declares_to_come_before_me_under_a_condition_is_not_mine_to_use(world: World) -> None:
    world.deeds["b:start"] = Asking("a")
    report = world.start(world.plan([world.driver("a", before("b", when="auth")), world.driver("b")]))
    assert report["b"].reason.startswith("undeclared dependency")


@pytest.mark.parametrize("holds", [True, False])
def test_a_condition_of_a_later_phase_is_named_and_kept_in_the_advice(world: World, holds: bool) -> None:
    world.deeds["b:initialize"] = Asking("a")
    b = world.driver("b", requires("a", phase="autostart", when="auth"), phases=("initialize", "autostart"))
    report = world.start(world.plan([world.driver("a"), b], facts={"auth": holds}))
    where = "and only when auth" if holds else "and only when auth, which does not hold here"
    assert report["b"].reason == (
        "undeclared dependency: b:initialize looked up 'a'"
        f" (it is declared for the phase 'autostart' only, which is later, {where});"
        " add requires('a', phase='initialize', when='auth') to the driver 'b'"
    )


def test_a_condition_counts_from_its_phase_on(world: World) -> None:
    asking = world.deeds["b:autostart"] = Asking("a")
    b = world.driver("b", requires("a", phase="autostart", when="auth"), phases=("initialize", "autostart"))
    assert world.start(world.plan([world.driver("a"), b])).ok
    assert asking.got is None


def test_the_facts_say_which_conditions_hold(world: World) -> None:
    seen: list[dict[str, bool]] = []

    async def look(context: Context) -> None:
        seen.append(dict(context.facts))
        with pytest.raises(TypeError):
            context.facts["auth"] = True  # type: ignore[index]  # nobody can

    world.deeds["b:start"] = world.deeds["b:stop"] = look
    b = world.driver("b", wants("a", when="auth"), wants("a", when="rbd"))
    assert world.start_and_stop(world.plan([world.driver("a"), b], facts={"rbd": True, "other": True})).ok
    assert seen == [{"auth": False, "rbd": True}] * 2


def test_the_facts_are_those_of_the_plan_that_a_reload_went_over_to(world: World) -> None:
    contexts: list[Context] = []

    async def keep(context: Context) -> None:
        contexts.append(context)

    world.deeds["b:start"] = keep
    b, a = world.driver("b"), world.driver("a", wants("b", when="auth"))

    async def main() -> None:
        executor = world.executor(world.plan([b, a]))
        await executor.start()
        before = dict(contexts[0].facts)
        await executor.reload(world.plan([b, a], facts={"auth": True}))
        assert (before, dict(contexts[0].facts)) == ({"auth": False}, {"auth": True})

    run_virtually(main())
    assert len(contexts) == 1, "it went on as it was"


@pytest.mark.parametrize("name", ["a", "secret-lookup"])
def test_a_locked_plan_answers_alike(world: World, name: str) -> None:
    asking = world.deeds["b:start"] = Asking(name)
    b = world.driver("b", requires("secret-lookup", when="auth"))
    graph = DependencyGraph([world.driver("a", provides=("secret-lookup",)), b])
    lock = load("tierdeps.lock", dump(Lock.of(graph)).encode())
    assert world.start(approve(lock, graph)).ok
    assert asking.got is None


def test_gets_nothing_for_what_its_probe_skipped(world: World) -> None:
    async def skip(context: Context) -> str:
        return "no pools here"

    asking = world.deeds["b:start"] = Asking("a")
    world.deeds["a:probe"] = skip
    report = world.start(world.plan([world.driver("a"), world.driver("b", requires("a"))]))
    assert report["b"].state is State.READY
    assert asking.got is None


# What it advises


def test_a_driver_that_looks_itself_up_is_not_advised_to_require_itself(world: World) -> None:
    world.deeds["a:start"] = Asking("a")
    reason = world.start(world.plan([world.driver("a")]))["a"].reason
    assert reason == "undeclared dependency: a:start looked up 'a'; a driver does not depend on itself: use self"


@pytest.mark.parametrize("wrong", ["secrte", "secret-lokup"])
def test_for_a_misspelt_name_the_similar_declared_one_is_suggested(world: World, wrong: str) -> None:
    world.deeds["b:start"] = Asking(wrong)
    secret = world.driver("secret", provides=("secret-lookup",))
    reason = world.start(world.plan([secret, world.driver("b", requires("secret-lookup:start"))]))["b"].reason
    meant = "secret" if wrong == "secrte" else "secret-lookup"
    assert reason.endswith(f"looked up {wrong!r}; did you mean {meant!r}, which it depends on?")


def test_without_a_similar_declared_name_a_similar_driver_is_suggested(world: World) -> None:
    world.deeds["b:start"] = Asking("secrte")
    reason = world.start(world.plan([world.driver("secret"), world.driver("b")]))["b"].reason
    assert reason.endswith("looked up 'secrte'; no driver that is run has this name; did you mean 'secret'?")


def test_what_may_be_a_capability_is_to_be_declared(world: World) -> None:
    world.deeds["b:start"] = Asking("zzz")
    reason = world.start(world.plan([world.driver("secret"), world.driver("b")]))["b"].reason
    assert reason.endswith("add requires('zzz', phase='start') to the driver 'b'")
