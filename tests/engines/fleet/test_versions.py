"""The distributions of a plan's lifecycles are compared by version."""

from __future__ import annotations

from tests.engines.fleet.conftest import thing
from tierdeps.engines.fleet.versions import ALWAYS, difference, distributions_of, versions_of
from tierdeps.graph import DependencyGraph


def test_the_distributions_of_lifecycles_count() -> None:
    plan = DependencyGraph([thing("one", lifecycle="msgspec:Struct"), thing("two", lifecycle="os:nothing")]).collapse()
    assert distributions_of(plan) == (*ALWAYS, "msgspec")


def test_a_distribution_that_is_not_installed_has_no_version() -> None:
    assert versions_of(("no-such-distribution",)) == {"no-such-distribution": None}


def test_differences_are_named() -> None:
    here = {"a": "1", "b": None, "c": "3", "d": "4"}
    there = {"a": "2", "b": "1", "c": None, "d": "4"}
    assert difference("kvm1", here, there) == (
        "the worker on kvm1 differs from this host: a 2 there, 1 here; b 1 there, not installed here;"
        " c is not installed there, 3 here; install the same versions"
    )
    assert difference("kvm1", here, here) == ""
