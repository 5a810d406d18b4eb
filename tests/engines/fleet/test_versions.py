"""The distributions of a plan's lifecycles are compared by version."""

from __future__ import annotations

from tests.engines.fleet.conftest import thing
from tierdeps.engines.fleet.versions import (
    ALWAYS,
    difference,
    difference_among,
    distributions_in,
    distributions_of,
    packages_of,
    versions_of,
)
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


def test_workers_are_asked_for_packages_that_nothing_here_provides() -> None:
    plan = DependencyGraph(
        [thing("one", lifecycle="msgspec:Struct"), thing("two", lifecycle="acme.fleet:A")]
    ).collapse()
    assert packages_of(plan) == ("acme",)
    assert distributions_in(("msgspec", "acme")) == ("msgspec",)


def test_differences_among_workers_are_named() -> None:
    by_host = {"kvm2": {"acme-fleet": "2.0"}, "kvm1": {"acme-fleet": "1.0", "b": "2"}, "storage1": {}}
    assert difference_among({"b": "1"}, by_host) == (
        "the workers differ: acme-fleet 1.0 on kvm1, 2.0 on kvm2; install the same versions"
    )
    assert difference_among({}, {"kvm1": {"b": "2"}, "kvm2": {"b": "2"}}) == ""
