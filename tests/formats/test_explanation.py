"""The reasons for the position of each driver, as text."""

from __future__ import annotations

from tierdeps import DependencyGraph, Driver, Tier, requires
from tierdeps._util.frozen import replace
from tierdeps.analysis.why import explain_plan
from tierdeps.formats import View
from tierdeps.formats.explanation import render_text
from tierdeps.model import Origin

ACME = Origin("acme/clock.py", 41, distribution="acme-clock", version="1.2")
TIERS = (Tier("core"), Tier("later", after=("core",)))


def test_says_once_what_explains_both_tier_and_stage() -> None:
    drivers = (Driver("clock", "later", origin=ACME), Driver("audio", dependencies=(requires("clock"),), origin=ACME))
    graph = DependencyGraph(drivers, TIERS)
    told = list(render_text(explain_plan(graph, graph.collapse()), View()))
    tier, stage = told[-2:]
    assert tier.startswith("       tier later, because it needs clock (audio requires clock, declared in ")
    assert stage == "       stage 2 of later, after clock (the same dependency)"


def test_names_the_distribution_that_declared_a_dependency() -> None:
    need = replace(requires("clock"), origin=ACME)
    graph = DependencyGraph([Driver("clock"), Driver("audio", dependencies=(need,))])
    told = list(render_text(explain_plan(graph, graph.collapse()), View()))
    assert told[-1].endswith("(audio requires clock, declared by acme-clock 1.2, acme/clock.py:41)")
