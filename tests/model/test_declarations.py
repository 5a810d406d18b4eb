"""Valid and invalid declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tierdeps.errors import DeclarationError
from tierdeps.model import (
    Declarations,
    Dependency,
    Driver,
    Kind,
    OnSkipped,
    Origin,
    Statement,
    Tier,
    Topic,
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

VERBS: list[tuple[Callable[..., Dependency], Kind]] = [
    (requires, Kind.REQUIRES),
    (wants, Kind.WANTS),
    (after, Kind.AFTER),
    (before, Kind.BEFORE),
    (conflicts, Kind.CONFLICTS),
    (pulls, Kind.PULLS),
    (required_by, Kind.REQUIRED_BY),
    (wanted_by, Kind.WANTED_BY),
]


@pytest.mark.parametrize(("verb", "kind"), VERBS)
def test_each_verb_makes_a_dependency_of_its_kind(verb: Callable[..., Dependency], kind: Kind) -> None:
    made = verb("secret:initialize", phase="autostart", when="pool.auth", reason="keys")
    assert (made.kind, made.target, made.phase) == (kind, "secret:initialize", "autostart")
    assert (made.when, made.reason) == ("pool.auth", "keys")


@pytest.mark.parametrize(("verb", "kind"), VERBS)
def test_any_dependency_may_be_optional_and_then_says_something_else(
    verb: Callable[..., Dependency], kind: Kind
) -> None:
    assert not verb("a").optional
    assert verb("a", optional=True).optional
    assert verb("a", optional=True) != verb("a")


@pytest.mark.parametrize("value", ["yes", None, 1])
def test_optional_is_yes_or_no(value: Any) -> None:
    with pytest.raises(DeclarationError, match=r"optional of wants\('a'\): expected True or False"):
        wants("a", optional=value)


def test_a_requirement_says_what_becomes_of_it_where_its_target_is_skipped() -> None:
    assert [str(requires("a").skipped), str(requires("a", skipped="block").skipped)] == ["pass", "block"]
    assert requires("a", skipped="pass") == requires("a")
    assert requires("a", skipped="block") != requires("a")
    assert requires("a", skipped="block").blocks_skipped
    assert requires("a", skipped="block").sort_key < requires("a").sort_key, "the harder one first"


@pytest.mark.parametrize("value", ["never", None, True, 1])
def test_that_is_one_of_two_words(value: Any) -> None:
    with pytest.raises(DeclarationError, match=r"""^skipped of requires\('a'\): expected "pass" or "block", got """):
        requires("a", skipped=value)


@pytest.mark.parametrize(("verb", "kind"), [(verb, kind) for verb, kind in VERBS if kind is not Kind.REQUIRES])
def test_nothing_but_a_requirement_does(verb: Any, kind: Kind) -> None:
    with pytest.raises(TypeError):
        verb("a", skipped="block")
    with pytest.raises(DeclarationError, match="nothing: only requires has it"):
        Dependency(kind, "a", skipped=OnSkipped.BLOCK)


def test_a_dependency_knows_the_line_that_declares_it() -> None:
    one, other = requires("a"), wants("b")
    assert one.origin.file.endswith("test_declarations.py")
    assert one.origin.line == other.origin.line
    assert after("c").origin.line == (one.origin.line or 0) + 3


def test_where_it_was_declared_makes_no_difference_to_what_it_says() -> None:
    assert Dependency(Kind.WANTS, "a", origin=Origin("x")) == Dependency(Kind.WANTS, "a", origin=Origin("y"))


def test_only_a_requirement_that_is_not_optional_needs_its_target() -> None:
    assert [kind for verb, kind in VERBS if verb("a").needs_target] == [Kind.REQUIRES]
    assert not any(verb("a", optional=True).needs_target for verb, _ in VERBS)


def test_an_edge_declared_from_the_other_side_has_the_verb_of_its_dependent() -> None:
    of_dependent = {Kind.REQUIRED_BY: Kind.REQUIRES, Kind.WANTED_BY: Kind.WANTS}
    assert {kind: kind.of_dependent for kind in Kind} == {kind: of_dependent.get(kind, kind) for kind in Kind}
    assert [kind for kind in Kind if kind.is_mirrored] == [Kind.BEFORE, Kind.REQUIRED_BY, Kind.WANTED_BY]


def test_it_sorts_with_the_dependencies_of_that_verb() -> None:
    made = [pulls("a"), conflicts("a"), wanted_by("a"), after("a"), required_by("b"), wants("b"), requires("a")]
    assert [f"{item.kind} {item.target}" for item in sorted(made, key=lambda item: item.sort_key)] == [
        "requires a",
        "required_by b",
        "wanted_by a",
        "wants b",
        "after a",
        "conflicts a",
        "pulls a",
    ]


def test_hard_dependencies_sort_before_soft_ones() -> None:
    made = [conflicts("a"), before("a"), after("a"), wants("b"), wants("a"), requires("a")]
    assert [str(item.kind) + item.target for item in sorted(made, key=lambda item: item.sort_key)] == [
        "requiresa",
        "wantsa",
        "wantsb",
        "aftera",
        "beforea",
        "conflictsa",
    ]


@pytest.mark.parametrize("value", ["", "  ", None, 3])
def test_a_target_is_a_name(value: Any) -> None:
    with pytest.raises(DeclarationError, match="the target of requires: expected a name"):
        requires(value)


@pytest.mark.parametrize("name", ["phase", "when"])
def test_a_phase_and_a_fact_are_names_too(name: str) -> None:
    arguments: dict[str, Any] = {name: ""}
    with pytest.raises(DeclarationError, match=rf"{name} of requires\('a'\): expected a name, got ''"):
        requires("a", **arguments)


def test_a_driver_has_one_phase_unless_it_says_otherwise() -> None:
    driver = Driver("a")
    assert (driver.phases, driver.tier, driver.dependencies, driver.provides) == (("start",), None, (), ())


def test_lists_become_tuples_and_sets_sorted_ones() -> None:
    values: dict[str, Any] = {"phases": ["one", "two"], "provides": {"y", "x"}, "dependencies": [requires("b")]}
    driver = Driver("a", **values)
    assert (driver.phases, driver.provides, driver.dependencies) == (("one", "two"), ("x", "y"), (requires("b"),))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": ""}, "the name of a driver: expected a name, got ''"),
        ({"name": None}, "the name of a driver: expected a name, got None"),
        ({"tier": ""}, "tier of driver 'a': expected a name, got ''"),
        ({"when": ""}, "when of driver 'a': expected a name, got ''"),
        ({"when": 3}, "when of driver 'a': expected a name, got 3"),
        ({"phases": "start"}, "phases of driver 'a': expected a tuple of names, got 'start'"),
        ({"phases": ()}, "phases of driver 'a': expected at least one phase, got ()"),
        ({"phases": ("x", "x")}, "phases of driver 'a': expected names that differ, got ('x', 'x')"),
        ({"phases": ("x", "")}, "phases of driver 'a': expected a name, got ''"),
        ({"provides": "door"}, "provides of driver 'a': expected a tuple of names, got 'door'"),
        ({"dependencies": "b"}, "got 'b'"),
        ({"dependencies": ("b",)}, "expected a tuple of requires"),
        ({"lifecycle": 3}, "lifecycle of driver 'a': expected a class or \"package.module:Class\", got 3"),
    ],
)
def test_what_a_driver_cannot_be_is_reported(values: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        Driver(**{"name": "a", **values})
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": " "}, "the name of a tier: expected a name, got ' '"),
        ({"after": "core"}, "after of tier 'a': expected a tuple of names, got 'core'"),
        ({"before": ("",)}, "before of tier 'a': expected a name, got ''"),
    ],
)
def test_what_a_tier_cannot_be_is_reported(values: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        Tier(**{"name": "a", **values})
    assert str(caught.value) == message


def test_declarations_merge_and_the_later_one_wins() -> None:
    one = Declarations((Driver("a"),), (Tier("core"),), {"hot": True, "wet": True}, {"door": "a"}, frozenset({"a"}))
    other = Declarations((Driver("b"),), (Tier("app"),), {"hot": False}, {"door": "b"}, frozenset({"b"}))
    both = one | other
    assert [driver.name for driver in both.drivers] == ["a", "b"]
    assert [tier.name for tier in both.tiers] == ["core", "app"]
    assert (dict(both.facts), dict(both.choices)) == ({"hot": False, "wet": True}, {"door": "b"})
    assert both.disabled == {"a", "b"}


def test_the_targets_of_both_are_to_be_active_each_once() -> None:
    assert (Declarations(targets=("b", "a")) | Declarations(targets=("c", "b"))).targets == ("b", "a", "c")
    assert (Declarations(targets=("b",)) | Declarations()).targets == ("b",)
    assert Declarations().targets == ()


def test_declarations_cannot_be_changed_from_outside() -> None:
    facts = {"hot": True}
    found = Declarations(facts=facts)
    facts["hot"] = False
    assert found.facts["hot"]
    with pytest.raises(TypeError):
        found.facts["hot"] = False  # type: ignore[index]


def test_merged_declarations_keep_who_states_what_once() -> None:
    one, other = (Statement(Topic.FACTS, "hot", Origin(file)) for file in ("one.toml", "other.toml"))
    both = Declarations(statements=(one,)) | Declarations(statements=(other, one))
    assert both.statements == (one, other)
