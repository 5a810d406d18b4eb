"""Targets: a driver, a capability, or either with a phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps import DependencyGraph
from tierdeps.graph.resolve import Problem, Resolution, Resolver, Unresolved
from tierdeps.model import (
    Dependency,
    Driver,
    Edge,
    Kind,
    Step,
    after,
    before,
    conflicts,
    pulls,
    required_by,
    requires,
    wanted_by,
    wants,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Verb = Callable[..., Dependency]

TWO = ("initialize", "autostart")
ORDER = [requires, wants, after, before]


def resolve(dependency: Dependency, *others: Driver, mine: Driver | None = None, **choices: str) -> Resolution:
    """Resolve a dependency of the driver ``me`` among others."""
    driver = mine or Driver("me")
    drivers = {item.name: item for item in (driver, *others)}
    return Resolver(drivers, choices).resolve(driver, dependency)


def edge(dependency: Dependency, *others: Driver, mine: Driver | None = None, **choices: str) -> Edge:
    found = resolve(dependency, *others, mine=mine, **choices)
    assert found.problems == ()
    assert len(found.edges) == 1
    return found.edges[0]


def problem(dependency: Dependency, *others: Driver, mine: Driver | None = None, **choices: str) -> Unresolved:
    found = resolve(dependency, *others, mine=mine, **choices)
    assert found.edges == ()
    assert len(found.problems) == 1
    return found.problems[0]


def provider(name: str, *capabilities: str, phases: tuple[str, ...] = ("start",)) -> Driver:
    return Driver(name, provides=capabilities, phases=phases)


@pytest.mark.parametrize("verb", [requires, wants, after])
def test_the_target_comes_before_the_driver_that_declares_the_dependency(verb: Verb) -> None:
    found = edge(verb("it"), Driver("it"))
    assert (found.dependent, found.needed) == (Step("me", "start"), Step("it", "start"))
    assert found.kind == verb("it").kind
    assert found.declarer == "me"


def test_before_makes_the_target_the_dependent() -> None:
    found = edge(before("it"), Driver("it"))
    assert (found.dependent, found.needed, found.declarer) == (Step("it", "start"), Step("me", "start"), "me")


@pytest.mark.parametrize(("verb", "mirror"), [(requires, required_by), (wants, wanted_by)])
def test_an_edge_declared_from_the_other_side_is_the_one_of_its_dependent(verb: Verb, mirror: Verb) -> None:
    mine, it = Driver("me", phases=TWO), Driver("it", phases=TWO)
    found = edge(mirror("it", reason="why", when="hot"), it, mine=mine)
    written = edge(verb("me", reason="why", when="hot"), mine, mine=it)
    assert (
        (found.dependent, found.needed)
        == (written.dependent, written.needed)
        == (Step("it", TWO[0]), Step("me", TWO[1]))
    )
    assert (found.kind, found.when, found.reason) == (written.kind, written.when, written.reason)
    assert (found.declarer, found.needed_as, found.is_required) == ("me", "me", verb is requires)


@pytest.mark.parametrize("mirror", [required_by, wanted_by])
def test_phases_of_both_sides_can_be_named_from_the_other_side(mirror: Verb) -> None:
    mine, it = Driver("me", phases=TWO), Driver("it", phases=TWO)
    found = edge(mirror("it:autostart", phase="initialize"), it, mine=mine)
    assert (found.dependent, found.needed) == (Step("it", "autostart"), Step("me", "initialize"))


@pytest.mark.parametrize("mirror", [required_by, wanted_by])
def test_every_provider_of_a_capability_needs_what_says_so(mirror: Verb) -> None:
    found = resolve(mirror("door"), provider("a", "door"), provider("b", "door"), mine=provider("me", "door"))
    assert [(item.dependent.driver, item.needed_as, item.via) for item in found.edges] == [
        ("a", "me", "door"),
        ("b", "me", "door"),
    ]


@pytest.mark.parametrize("mirror", [required_by, wanted_by])
def test_from_the_other_side_a_target_may_be_nowhere(mirror: Verb) -> None:
    assert resolve(mirror("nowhere")) == Resolution()


def test_what_is_pulled_is_one_provider_of_a_capability() -> None:
    drivers = provider("a", "door"), provider("b", "door")
    assert edge(pulls("door"), *drivers, door="b").needed.driver == "b"
    assert problem(pulls("door"), *drivers).problem is Problem.AMBIGUOUS
    assert resolve(pulls("nowhere")) == Resolution()


@pytest.mark.parametrize("verb", [requires, wants, after])
def test_default_phases_are_the_first_of_the_driver_and_the_last_of_the_target(verb: Verb) -> None:
    found = edge(verb("it"), Driver("it", phases=TWO), mine=Driver("me", phases=TWO))
    assert (found.dependent, found.needed) == (Step("me", "initialize"), Step("it", "autostart"))


def test_default_phases_of_before_are_the_last_of_the_driver_and_the_first_of_the_target() -> None:
    found = edge(before("it"), Driver("it", phases=TWO), mine=Driver("me", phases=TWO))
    assert (found.dependent, found.needed) == (Step("it", "initialize"), Step("me", "autostart"))


@pytest.mark.parametrize("verb", [requires, wants, after])
def test_phases_are_named_on_both_ends(verb: Verb) -> None:
    dependency = Dependency(verb("x").kind, "it:initialize", phase="autostart")
    found = edge(dependency, Driver("it", phases=TWO), mine=Driver("me", phases=TWO))
    assert (found.dependent, found.needed) == (Step("me", "autostart"), Step("it", "initialize"))


def test_phases_of_before_are_named_on_both_ends() -> None:
    found = edge(before("it:autostart", phase="initialize"), Driver("it", phases=TWO), mine=Driver("me", phases=TWO))
    assert (found.dependent, found.needed) == (Step("it", "autostart"), Step("me", "initialize"))


def test_a_target_is_looked_up_whole_before_its_end_is_a_phase() -> None:
    whole, part = Driver("qemu:initialize"), Driver("qemu", phases=TWO)
    assert edge(requires("qemu:initialize"), whole, part).needed == Step("qemu:initialize", "start")
    assert edge(requires("qemu:initialize"), part).needed == Step("qemu", "initialize")


def test_a_capability_is_looked_up_whole_before_its_end_is_a_phase() -> None:
    whole, part = provider("w", "door:start"), provider("p", "door")
    assert edge(requires("door:start"), whole, part).needed == Step("w", "start")
    assert edge(requires("door:start"), part).needed == Step("p", "start")


def test_only_the_text_after_the_last_colon_is_a_phase() -> None:
    assert edge(requires("a:b:start"), Driver("a:b"), Driver("a")).needed == Step("a:b", "start")


def test_driver_names_win_over_capabilities() -> None:
    found = edge(requires("door"), Driver("door"), provider("p", "door"))
    assert (found.needed.driver, found.via) == ("door", "")


def test_a_capability_resolves_to_its_provider_and_is_kept_as_via() -> None:
    found = edge(requires("door"), provider("p", "door"))
    assert (found.needed.driver, found.via) == ("p", "door")


def test_a_phase_of_a_capability_is_one_of_its_provider() -> None:
    assert edge(requires("door:initialize"), provider("p", "door", phases=TWO)).needed == Step("p", "initialize")


@pytest.mark.parametrize("verb", [requires, wants])
def test_a_need_of_one_of_several_providers_is_ambiguous(verb: Verb) -> None:
    found = problem(verb("door"), provider("p", "door"), provider("q", "door"))
    assert (found.problem, found.subject, found.candidates) == (Problem.AMBIGUOUS, "door", ("p", "q"))


@pytest.mark.parametrize("verb", [requires, wants])
def test_the_settings_choose_the_provider(verb: Verb) -> None:
    found = edge(verb("door"), provider("p", "door"), provider("q", "door"), door="q")
    assert found.needed.driver == "q"


@pytest.mark.parametrize("verb", [requires, wants])
def test_a_choice_that_does_not_provide_it_is_wrong(verb: Verb) -> None:
    found = problem(verb("door"), provider("p", "door"), Driver("r"), door="r")
    assert (found.problem, found.candidates) == (Problem.WRONG_CHOICE, ("r", "p"))


@pytest.mark.parametrize("verb", [after, before, conflicts])
def test_order_and_conflicts_apply_to_all_providers(verb: Verb) -> None:
    found = resolve(verb("door"), provider("p", "door"), provider("q", "door"), door="q")
    assert found.problems == ()
    assert {item.needed.driver for item in found.edges} | {item.dependent.driver for item in found.edges} == {
        "me",
        "p",
        "q",
    }


@pytest.mark.parametrize("verb", [wants, after, before, conflicts])
def test_only_the_target_of_a_requirement_must_be_present(verb: Verb) -> None:
    assert resolve(verb("nowhere")) == Resolution()


def test_an_absent_target_of_a_requirement_is_missing() -> None:
    found = problem(requires("nowhere"))
    assert (found.driver, found.problem, found.subject) == ("me", Problem.MISSING, "nowhere")


@pytest.mark.parametrize("verb", ORDER)
def test_no_driver_needs_itself(verb: Verb) -> None:
    assert problem(verb("me")).problem is Problem.ITSELF


def test_a_driver_does_not_conflict_with_itself() -> None:
    assert resolve(conflicts("me")) == Resolution()
    assert resolve(conflicts("door"), mine=provider("me", "door")) == Resolution()


def test_a_driver_does_not_satisfy_its_own_need() -> None:
    mine = provider("me", "door")
    assert problem(requires("door"), mine=mine).problem is Problem.MISSING
    assert resolve(wants("door"), mine=mine) == Resolution()
    assert edge(requires("door"), provider("p", "door"), mine=mine).needed.driver == "p"
    assert edge(requires("door"), provider("p", "door"), mine=mine, door="me").needed.driver == "p"


@pytest.mark.parametrize("verb", [*ORDER, conflicts])
@pytest.mark.parametrize("target", ["it:halt", "it:"])
def test_an_unknown_phase_of_the_target_is_a_problem(verb: Verb, target: str) -> None:
    found = problem(verb(target), Driver("it", phases=TWO))
    assert (found.problem, found.subject, found.candidates) == (Problem.UNKNOWN_PHASE, target, TWO)


@pytest.mark.parametrize("kind", list(Kind))
def test_an_unknown_phase_of_the_dependent_is_a_problem(kind: Kind) -> None:
    found = problem(Dependency(kind, "it", phase="halt"), Driver("it"))
    assert (found.problem, found.subject, found.candidates) == (Problem.UNKNOWN_PHASE, "me:halt", ("start",))


def test_some_providers_have_a_phase_and_some_do_not() -> None:
    found = resolve(after("door:initialize"), provider("p", "door", phases=TWO), provider("q", "door"))
    assert [item.needed for item in found.edges] == [Step("p", "initialize")]
    assert [item.subject for item in found.problems] == ["q:initialize"]


def test_an_optional_requirement_has_no_edge_where_its_target_is_absent() -> None:
    assert resolve(requires("secret", optional=True)) == Resolution()
    assert resolve(requires("secret:start", optional=True)) == Resolution()
    assert resolve(requires("door", optional=True), mine=Driver("me", provides=("door",))) == Resolution()


def test_an_optional_requirement_is_a_requirement_where_its_target_is_present() -> None:
    assert edge(requires("secret", optional=True), Driver("secret")).kind is Kind.REQUIRES
    assert problem(requires("secret:stop", optional=True), Driver("secret")).problem is Problem.UNKNOWN_PHASE
    doors = Driver("a", provides=("door",)), Driver("b", provides=("door",))
    assert problem(requires("door", optional=True), *doors).problem is Problem.AMBIGUOUS
    assert problem(requires("me", optional=True)).problem is Problem.ITSELF


@pytest.mark.parametrize("verb", [wants, after, before, conflicts])
def test_the_phase_of_the_dependent_is_checked_even_where_the_target_is_absent(verb: Verb) -> None:
    for optional in (False, True):
        found = problem(verb("nowhere", phase="strt", optional=optional))
        assert (found.problem, found.subject) == (Problem.UNKNOWN_PHASE, "me:strt")
    assert problem(requires("nowhere", phase="strt", optional=True)).problem is Problem.UNKNOWN_PHASE


def test_a_wrong_phase_and_a_missing_target_are_two_problems() -> None:
    found = resolve(requires("nowhere", phase="strt"))
    assert [item.problem for item in found.problems] == [Problem.UNKNOWN_PHASE, Problem.MISSING]


def test_a_wrong_phase_is_reported_where_only_the_driver_itself_provides_the_target() -> None:
    found = problem(after("x", phase="strt"), mine=provider("me", "x"))
    assert found.problem is Problem.UNKNOWN_PHASE


def test_phases_of_a_driver_with_very_many_are_found() -> None:
    many = tuple(f"phase-{number}" for number in range(20_000))
    needs = tuple(requires(f"it:phase-{number}") for number in range(20_001))
    graph = DependencyGraph((Driver("it", phases=many), Driver("me", dependencies=needs)))
    assert [item.subject for item in graph.unresolved] == ["it:phase-20000"]
    assert len(graph.edges) == 20_000
