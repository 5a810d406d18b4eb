"""What makes a finding the same one next time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps import DependencyGraph, Driver, Tier, after, before, conflicts, requires, wants
from tierdeps._util.frozen import replace
from tierdeps.baseline.identity import LISTED, Identity
from tierdeps.manager import Manager
from tierdeps.model import Origin
from tierdeps.rules import RuleContext
from tierdeps.rules.runner import check_graph
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tierdeps.model import Dependency, Finding

    Verb = Callable[..., Dependency]

RULES = tuple(Manager(Settings(), path=[]).rules())


def findings(drivers: Iterable[Driver], tiers: Iterable[Tier] = ()) -> tuple[Finding, ...]:
    return check_graph(RuleContext(DependencyGraph(drivers, tiers)), RULES).findings


def identities(drivers: Iterable[Driver], tiers: Iterable[Tier] = ()) -> set[Identity]:
    return {Identity.of(finding) for finding in findings(drivers, tiers)}


def errors(needs: Mapping[str, Iterable[str]]) -> set[str]:
    drivers = (Driver(name, dependencies=tuple(map(requires, names))) for name, names in needs.items())
    return {str(Identity.of(item)) for item in findings(drivers) if item.code.startswith("TD1")}


def test_a_cycle_is_the_set_of_its_dependencies() -> None:
    assert errors({"a": ["b"], "b": ["c"], "c": ["a"]}) == {"TD101 a -> b, b -> c, c -> a"}


def test_the_other_way_round_is_another_cycle() -> None:
    assert errors({"a": ["b"], "b": ["c"], "c": ["a"]}) != errors({"a": ["c"], "c": ["b"], "b": ["a"]})


def test_one_more_cycle_among_the_same_drivers_is_another_finding() -> None:
    known = errors({"a": ["b"], "b": ["a", "c"], "c": ["b"]})
    assert errors({"a": ["b", "c"], "b": ["a", "c"], "c": ["b"]}) != known


def test_what_only_leads_to_a_cycle_is_no_part_of_it() -> None:
    assert errors({"a": ["b"], "b": ["a"], "user": ["a"], "base": []}) == errors({"a": ["b"], "b": ["a"]})


def test_phases_distinguish_cycles() -> None:
    phases = ("initialize", "autostart")

    def cycle(target: str) -> set[Identity]:
        one = Driver("a", phases=phases, dependencies=(requires(target, phase="initialize"),))
        other = Driver("b", phases=phases, dependencies=(requires("a:autostart", phase="initialize"),))
        return {item for item in identities((one, other)) if item.code == "TD101"}

    assert cycle("b:initialize") != cycle("b:autostart")


def test_a_large_component_is_identified_by_a_hash() -> None:
    size = LISTED + 1
    ring = {f"d{index}": [f"d{(index + 1) % size}"] for index in range(size)}
    (found,) = errors(ring)
    assert found.startswith("TD101 101 dependencies, sha256:")
    assert errors({**ring, "d0": ["d1", "d2"]}) != {found}


def test_control_characters_of_names_are_escaped() -> None:
    assert errors({"a\n": ["b"]}) == {"TD103 a\\n, b"}


STRONGER = [
    (after("b"), wants("b")),
    (wants("b"), requires("b")),
    (requires("b", when="cold"), requires("b")),
    (wants("b", when="cold"), wants("b")),
    (requires("b", when="cold"), requires("b", when="hot")),
]


@pytest.mark.parametrize(("weak", "strong"), STRONGER)
def test_a_cycle_with_a_stronger_dependency_is_another_one(weak: Dependency, strong: Dependency) -> None:
    assert cycle_of(weak) != cycle_of(strong)


@pytest.mark.parametrize(("weak", "strong"), STRONGER[:4])
def test_a_dependency_that_a_stronger_one_includes_makes_no_difference(weak: Dependency, strong: Dependency) -> None:
    assert cycle_of(weak, strong) == cycle_of(strong, weak) == cycle_of(strong)


def test_of_dependencies_that_do_not_include_each_other_both_count() -> None:
    hard, soft = requires("b", when="cold"), wants("b")
    assert cycle_of(hard, soft) == {"TD101 a -> b (wants), a -> b (when cold), b -> a"}


def test_who_declares_an_order_makes_no_difference() -> None:
    needed = Driver("b", dependencies=(requires("a"), before("a")))
    assert cycle_of(after("b")) == cycles((Driver("a"), needed)) == {"TD101 a -> b (after), b -> a"}


def cycle_of(*dependencies: Dependency) -> set[str]:
    return cycles((Driver("a", dependencies=dependencies), Driver("b", dependencies=(requires("a"),))))


def cycles(drivers: Iterable[Driver]) -> set[str]:
    return {str(Identity.of(item)) for item in worst(drivers) if item.code == "TD101"}


def worst(drivers: Iterable[Driver], tiers: Iterable[Tier] = ()) -> tuple[Finding, ...]:
    return check_graph(RuleContext(DependencyGraph(drivers, tiers).with_all_facts()), RULES).findings


def of_code(code: str, drivers: Iterable[Driver], tiers: Iterable[Tier] = ()) -> set[Identity]:
    found = {Identity.of(item) for item in worst(drivers, tiers) if item.code == code}
    assert found, f"the example has no {code}"
    return found


#: For each rule on single dependencies: drivers in which one dependency trips it.
SINGLE: dict[str, Callable[[Verb], list[Driver]]] = {
    "TD102": lambda verb: [
        Driver("a", tier="first", dependencies=(verb("b"),)),
        Driver("b", tier="second"),
    ],
    "TD104": lambda verb: [
        Driver("a", dependencies=(verb("power"),)),
        Driver("b", provides=("power",)),
        Driver("c", provides=("power",)),
    ],
    "TD107": lambda verb: [Driver("a", dependencies=(verb("b:late"),)), Driver("b")],
    "TD109": lambda verb: [Driver("a", dependencies=(verb("a"),)), Driver("b")],
}
TWO = (Tier("first"), Tier("second", after=("first",)))


@pytest.mark.parametrize("code", SINGLE)
def test_a_finding_on_a_dependency_that_hardens_is_another_one(code: str) -> None:
    def found(verb: Verb) -> set[Identity]:
        return of_code(code, SINGLE[code](verb), TWO)

    variants: list[Verb] = [requires, wants, partial(requires, when="cold"), partial(wants, when="cold")]
    assert len({frozenset(found(verb)) for verb in variants}) == len(variants)
    assert found(requires) == found(partial(requires, reason="in other words"))


def test_a_missing_driver_that_is_always_required_is_another_finding() -> None:
    sometimes, always = (
        of_code("TD103", [Driver("a", dependencies=(requires("nobody", when=when),))]) for when in ("cold", None)
    )
    assert sometimes != always


def test_a_conflict_that_becomes_unconditional_is_another_finding() -> None:
    sometimes, always = (
        of_code("TD106", [Driver("a", dependencies=(conflicts("b", when=when),)), Driver("b")])
        for when in ("cold", None)
    )
    assert sometimes != always


def test_one_more_provider_makes_no_other_finding() -> None:
    drivers = SINGLE["TD104"](requires)
    assert of_code("TD104", [*drivers, Driver("d", provides=("power",))]) == of_code("TD104", drivers)
    unused = [Driver("a", provides=("light",))]
    assert of_code("TD203", [*unused, Driver("b", provides=("light",))]) == of_code("TD203", unused)


def test_one_more_driver_of_a_name_makes_another_finding() -> None:
    found = [of_code("TD105", [Driver("a", origin=Origin(f"{n}.toml")) for n in range(count)]) for count in (2, 3)]
    assert found[0] != found[1]


def _moved(dependency: Dependency, line: int) -> Dependency:
    return replace(dependency, origin=Origin("elsewhere.toml", line), reason="in other words")


EVERYTHING = (
    Driver("ring-a", dependencies=(requires("ring-b"),)),
    Driver("ring-b", dependencies=(requires("ring-a"),)),
    Driver("early", tier="first", dependencies=(requires("late"), requires("late:none"), requires("nobody"))),
    Driver("late", tier="second", provides=("power",), dependencies=(after("late"),)),
    Driver("spare", tier="second", provides=("power",)),
    Driver("user", tier="second", dependencies=(wants("power"),)),
    Driver("lost", tier="nowhere"),
    Driver("twice"),
    Driver("twice"),
)
TIERS = (
    Tier("first"),
    Tier("second", after=("first",)),
    Tier("third", after=("fourth",)),
    Tier("fourth", after=("third",)),
)


def test_the_example_trips_every_rule_on_declarations_that_is_an_error() -> None:
    codes = {item.code for item in identities(EVERYTHING, TIERS)}
    assert codes >= {"TD101", "TD102", "TD103", "TD104", "TD105", "TD107", "TD108", "TD109"}


@given(st.permutations(EVERYTHING), st.permutations(TIERS), st.integers(1, 9999))
def test_neither_lines_nor_reasons_nor_order_matter(drivers: list[Driver], tiers: list[Tier], line: int) -> None:
    moved = [
        replace(
            driver,
            origin=Origin("elsewhere.toml", line),
            dependencies=tuple(_moved(item, line) for item in reversed(driver.dependencies)),
        )
        for driver in drivers
    ]
    assert identities(moved, tiers) == identities(EVERYTHING, TIERS)


def test_no_two_findings_of_the_example_have_one_identity() -> None:
    assert len(identities(EVERYTHING, TIERS)) == len(findings(EVERYTHING, TIERS))


def test_the_words_of_a_message_do_not_matter() -> None:
    for finding in findings(EVERYTHING, TIERS):
        reworded = replace(finding, message="in other words", evidence=(), fixes=(), rule="renamed")
        assert Identity.of(reworded) == Identity.of(finding)
