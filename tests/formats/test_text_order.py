"""The load order as text."""

from __future__ import annotations

from tierdeps import DependencyGraph, Driver, Tier, requires
from tierdeps._util.frozen import replace
from tierdeps.analysis.why import explain_plan
from tierdeps.formats import View
from tierdeps.formats.explanation import render_text as render_explanation
from tierdeps.formats.order import render_text as render
from tierdeps.model import Origin

ACME = Origin("acme/clock.py", 41, distribution="acme-clock", version="1.2")
TIERS = (Tier("core"), Tier("later", after=("core",)))


def test_lists_drivers_under_their_tiers_with_who_brings_them() -> None:
    drivers = (Driver("clock", "core", origin=ACME), Driver("audio", "later", origin=Origin("site.toml", 3)))
    assert list(render(DependencyGraph(drivers, TIERS).collapse(), View())) == [
        "2 tiers, 2 drivers",
        "",
        "core",
        "  1  clock  acme-clock 1.2",
        "",
        "later",
        "  1  audio  site.toml",
    ]


def test_says_which_facts_were_assumed_and_who_is_disabled() -> None:
    needs = (requires("b", when="f"), requires("c", when="g"))
    nowhere = Origin()
    drivers = [
        Driver("a", dependencies=needs, origin=nowhere),
        Driver("b", origin=nowhere),
        Driver("c", origin=nowhere),
    ]
    plan = DependencyGraph(drivers, facts={"f": True}, disabled=["b"]).collapse()
    assert list(render(plan, View())) == [
        "1 tier, 3 drivers",
        "facts: f yes, g no",
        "",
        "default",
        "  1  b    (disabled)",
        "  1  c",
        "  2  a",
    ]


def test_an_empty_plan_is_no_failure() -> None:
    assert list(render(DependencyGraph([]).collapse(), View())) == ["0 tiers, 0 drivers"]


def test_says_once_what_explains_both_tier_and_stage() -> None:
    drivers = (Driver("clock", "later", origin=ACME), Driver("audio", dependencies=(requires("clock"),), origin=ACME))
    graph = DependencyGraph(drivers, TIERS)
    told = list(render_explanation(explain_plan(graph, graph.collapse()), View()))
    tier, stage = told[-2:]
    assert tier.startswith("       tier later, that of clock (audio requires clock, declared in ")
    assert stage == "       stage 2 of later, after clock (likewise)"


def test_names_the_distribution_that_declared_a_dependency() -> None:
    need = replace(requires("clock"), origin=ACME)
    graph = DependencyGraph([Driver("clock"), Driver("audio", dependencies=(need,))])
    told = list(render_explanation(explain_plan(graph, graph.collapse()), View()))
    assert told[-1].endswith("(audio requires clock, declared by acme-clock 1.2, acme/clock.py:41)")
