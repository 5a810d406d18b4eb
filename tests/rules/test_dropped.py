"""TD208: a driver that is wanted or pulled, and that cannot be in the plan."""

from __future__ import annotations

import pytest

from tests.rules.looking import RULES, needing
from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, Finding, conflicts, pulls, requires, wants
from tierdeps.rules import RuleContext


def found(*drivers: Driver, code: str = "TD208", active: bool = False) -> list[Finding]:
    graph = DependencyGraph(drivers, targets=("t",))
    return list(RULES[code].check(RuleContext(graph.active if active else graph)))


PRINTING = (
    needing("t", wants("printer", reason="people print")),
    needing("printer", requires("spooler")),
    needing("spooler", requires("disk")),
)


@pytest.mark.parametrize("active", [False, True])
def test_the_finding_names_the_chain_that_leads_to_what_is_missing(active: bool) -> None:
    (finding,) = found(*PRINTING, active=active)
    assert finding.message == (
        "printer is wanted by t and cannot be in the plan: it requires spooler, which requires 'disk', which nothing is"
    )
    assert finding.severity == "warning"
    assert [(item.text, item.origin.file) for item in finding.evidence] == [
        ("t wants printer", PRINTING[0].dependencies[0].origin.file),
        ("printer requires spooler", PRINTING[1].dependencies[0].origin.file),
        ("spooler requires disk", PRINTING[2].dependencies[0].origin.file),
    ]
    assert any("remove: t wants printer" in fix.summary for fix in finding.fixes)


@pytest.mark.parametrize("active", [False, True])
def test_what_is_missing_is_no_error_then(active: bool) -> None:
    assert found(*PRINTING, code="TD103", active=active) == []


def test_elsewhere_it_is_one() -> None:
    stray = needing("stray", requires("nowhere"))
    assert [finding.drivers for finding in found(*PRINTING, stray, code="TD103")] == [("stray",)]
    assert found(*PRINTING, stray, code="TD103", active=True) == []


@pytest.mark.parametrize(
    ("drivers", "why"),
    [
        (
            (needing("t", pulls("a"), requires("b")), needing("a", conflicts("b")), needing("b")),
            "a is pulled by t and cannot be in the plan: it conflicts with b, which is in it",
        ),
        (
            (
                needing("t", wants("a")),
                needing("a", requires("b"), requires("c")),
                needing("b", conflicts("c")),
                needing("c"),
            ),
            "a is wanted by t and cannot be in the plan: it requires b, which conflicts with c, which a requires too",
        ),
        (
            (
                needing("t", wants("a"), wants("u")),
                needing("u", pulls("a")),
                needing("a", requires("b")),
                needing("b", conflicts("a")),
            ),
            "a is wanted and pulled by t and u and cannot be in the plan: it requires b, which conflicts with a",
        ),
        (
            (needing("t", wants("a")), needing("a", requires("b")), Driver("b", when="hot")),
            "a is wanted by t and cannot be in the plan: it requires 'b', which is absent",
        ),
    ],
)
def test_the_message_says_what_is_in_the_way(drivers: tuple[Driver, ...], why: str) -> None:
    assert [finding.message for finding in found(*drivers)] == [why]
    assert found(*drivers, code="TD106") == []


def test_it_is_the_same_finding_whoever_wants_the_driver() -> None:
    (one,) = found(*PRINTING)
    (other,) = found(needing("t", wants("u")), needing("u", pulls("printer")), *PRINTING[1:])
    assert (one.anchors, one.subject) == (other.anchors, other.subject)


def test_without_targets_nothing_is_dropped() -> None:
    graph = DependencyGraph(PRINTING)
    assert list(RULES["TD208"].check(RuleContext(graph))) == []
    assert len(list(RULES["TD103"].check(RuleContext(graph)))) == 1
