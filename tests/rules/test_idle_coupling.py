"""TD209: what a dependency says about its target's fate has no effect."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.looking import RULES, found
from tierdeps import Driver, OnFailure, Policy, Replace, requires, wants
from tierdeps.graph import DependencyGraph
from tierdeps.graph.additions import add_dependencies
from tierdeps.model import Addition, Dependency
from tierdeps.rules import RuleContext


def messages(*dependencies: Dependency, policy: Policy | None = None, **more: Any) -> list[str]:
    web = Driver("web", dependencies=dependencies, **more)
    cache = Driver("cache", None, ("one", "two"), policy=policy or Policy())
    return [finding.message for finding in found("TD209", web, cache)]


@pytest.mark.parametrize(
    ("dependency", "on_failure", "because"),
    [
        (requires("cache", on_loss="keep"), "abort", "ends the run where it is lost"),
        (wants("cache", on_loss="stop"), "abort", "ends the run where it is lost"),
        (requires("cache", failed="pass"), "abort", "ends the run where it fails"),
        (requires("cache", failed="pass"), "ignore", "blocks nothing where it fails"),
    ],
)
def test_the_target_s_own_policy_decides(dependency: Dependency, on_failure: str, because: str) -> None:
    ((key, value),) = dependency.coupling.terms.items()
    (message,) = messages(dependency, policy=Policy(on_failure=OnFailure(on_failure)))
    assert message == (
        f'web {dependency.kind} cache with {key} = "{value}", which has no effect: with on_failure = "{on_failure}"'
        f" cache {because}"
    )


@pytest.mark.parametrize(
    ("dependency", "on_failure"),
    [
        (requires("cache", on_loss="keep"), "isolate"),
        (requires("cache", on_loss="stop"), "ignore"),
        (requires("cache", on_restart="restart"), "abort"),
        (requires("cache", failed="pass"), "isolate"),
        (requires("cache", failed="pass"), None),
    ],
)
def test_what_can_have_an_effect_is_no_finding(dependency: Dependency, on_failure: Any) -> None:
    assert messages(dependency, policy=Policy(on_failure=on_failure)) == []


def test_another_dependency_between_the_two_decides() -> None:
    (message,) = messages(requires("cache:one", on_loss="keep"), requires("cache:two"))
    assert message == (
        'web requires cache:one with on_loss = "keep", which has no effect: another dependency between the two goes'
        " without it: web requires cache:two"
    )
    assert len(messages(requires("cache:one", on_restart="keep"), wants("cache:two", on_restart="restart"))) == 1
    assert messages(requires("cache:one", on_loss="keep"), wants("cache:two")) == []
    assert messages(requires("cache:one", on_loss="keep"), requires("cache:two", failed="pass")) == []
    assert messages(requires("cache:one", on_loss="keep"), requires("cache:two", on_loss="keep")) == []


def test_the_fix_removes_the_term_and_leaves_the_others() -> None:
    dependency = requires("cache", on_loss="keep", on_restart="restart")
    web, cache = Driver("web", dependencies=(dependency,)), Driver("cache", policy=Policy(on_failure=OnFailure.ABORT))
    (finding,) = found("TD209", web, cache)
    (fix,) = finding.fixes
    assert fix.summary == 'remove on_loss = "keep"'
    assert fix.change == Replace("web", dependency, requires("cache", on_restart="restart"))
    assert finding.origins == (dependency.origin,)


def test_a_graph_of_mere_names_has_none_but_those_that_are_added() -> None:
    graph = DependencyGraph.from_names({"web": ["cache"], "cache": []})
    assert list(RULES["TD209"].check(RuleContext(graph))) == []
    added = Addition("web", requires("cache", on_loss="keep"))
    extended = DependencyGraph.of(add_dependencies(graph.declarations, [added]))
    assert len(list(RULES["TD209"].check(RuleContext(extended)))) == 1
