"""The plugin's own rules: how much each finding weighs, and when it is none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tierdeps import DependencyGraph, RuleContext, Severity, Source
from tierdeps_libvirt import tierdeps_rules
from tierdeps_libvirt._markup import parse
from tierdeps_libvirt._objects.declare import declare
from tierdeps_libvirt._objects.definition import Definition, Inventory, Noun
from tierdeps_libvirt._objects.importer import read
from tierdeps_libvirt._objects.rules.looking import listed

if TYPE_CHECKING:
    from tierdeps import Finding, Rule

ROOTS = Path(__file__).parent / "roots"
RULES = {rule.code: rule for rule in tierdeps_rules()}


def graph_of(root: str) -> DependencyGraph:
    return DependencyGraph.of(read(Source(root, ROOTS / root)))


def findings(graph: DependencyGraph) -> list[Finding]:
    return [finding for rule in RULES.values() for finding in rule.check(RuleContext(graph))]


def codes(graph: DependencyGraph) -> dict[str, Severity]:
    return {finding.code: finding.severity for finding in findings(graph)}


ERROR, WARNING = Severity.ERROR, Severity.WARNING


@pytest.mark.parametrize(
    ("root", "checked", "ordered"),
    [
        ("healthy", {}, {}),
        ("pool-not-marked", {"LV101": WARNING}, {}),
        ("pool-in-a-pool", {"LV101": ERROR}, {}),
        ("marked-once", {"LV101": ERROR}, {}),
        ("mount-not-marked", {"LV101": ERROR}, {}),
        ("network-not-marked", {"LV102": ERROR}, {}),
        ("bridge-not-marked", {"LV102": ERROR}, {}),
        ("host-bridge", {}, {}),
        ("guest-not-marked", {"LV103": ERROR}, {}),
        ("secret-without-value", {"LV104": ERROR}, {"LV104": WARNING}),
        ("secret-ephemeral", {"LV104": ERROR}, {"LV104": WARNING}),
        ("pool-behind-a-guest", {"LV105": ERROR}, {}),
        ("guest-on-its-own-pool", {}, {}),
        ("broken-file", {"LV106": ERROR}, {"LV106": WARNING}),
        ("volume-of-rbd", {"LV107": ERROR}, {"LV107": ERROR}),
        ("not-marked-lacking", {"LV201": WARNING}, {"LV201": WARNING}),
        ("wish-in-vain", {"LV203": WARNING}, {"LV203": WARNING}),
    ],
)
def test_what_libvirt_alone_does_is_checked_and_what_tierdeps_starts_is_omitted(
    root: str, checked: dict[str, Severity], ordered: dict[str, Severity]
) -> None:
    graph = graph_of(root)
    assert codes(graph.with_all_facts()) == checked
    assert codes(graph) == ordered


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_explains_itself(rule: Rule) -> None:
    assert all(part.strip() for part in (rule.meaning, rule.example, rule.how_to_fix))
    assert all(len(line) <= 120 for text in (rule.meaning, rule.example, rule.how_to_fix) for line in text.splitlines())
    assert f"{rule.meaning}{rule.example}{rule.how_to_fix}".isascii()


def test_every_finding_has_a_fix_and_an_origin() -> None:
    found = [finding for root in ROOTS.iterdir() for finding in findings(graph_of(root.name).with_all_facts())]
    assert {finding.code for finding in found} == set(RULES) - {"LV108", "LV202", "LV204"}
    assert all(finding.fixes and finding.origins for finding in found)


def test_secrets_that_cannot_be_looked_at_are_one_warning() -> None:
    element = parse(b"<x><source><auth><secret uuid='a'/></auth><auth><secret uuid='b'/></auth></source></x>")
    pool = Definition(Noun.POOL, "p", "storage/p.xml", element, marked=True)
    graph = DependencyGraph.of(declare(Inventory("root", (pool,), {Noun.SECRET: "closed"})))
    (finding,) = findings(graph.with_all_facts())
    assert (finding.code, finding.severity, finding.drivers) == ("LV202", WARNING, ("secret/a", "secret/b"))
    assert "secret/a and secret/b" in finding.message


def test_drivers_of_other_kinds_are_none_of_their_business() -> None:
    graph = DependencyGraph.from_names({"pool/a": ["pool/b"], "pool/b": []})
    assert findings(graph) == findings(graph.with_all_facts()) == []


def test_a_mark_has_the_name_as_a_shell_takes_it() -> None:
    web = Definition(
        Noun.DOMAIN,
        "web",
        "web.xml",
        parse(b"<x><devices><disk><source pool='my; pool'/></disk></devices></x>"),
        marked=True,
    )
    pool = Definition(Noun.POOL, "my; pool", "p.xml", parse(b"<x/>"))
    (finding,) = findings(DependencyGraph.of(declare(Inventory("root", (web, pool)))).with_all_facts())
    assert finding.fixes[0].summary == "mark it: virsh pool-autostart 'my; pool'"


def test_a_guest_of_another_hypervisor_is_marked_where_it_is() -> None:
    wish = b"<x xmlns:t='urn:tierdeps:libvirt:1'><metadata><t:after/><t:requires domain='%s'/></metadata></x>"
    asking = Definition(Noun.DOMAIN, "web", "qemu/web.xml", parse(wish % b"lxc/web"), marked=True, hypervisor="qemu")
    box = Definition(Noun.DOMAIN, "web", "lxc/web.xml", parse(b"<x/>"), hypervisor="lxc")
    found = findings(DependencyGraph.of(declare(Inventory("root", (asking, box)))).with_all_facts())
    assert [finding.fixes[0].summary for finding in found] == [
        "mark it: virsh -c lxc:///system autostart web",
        "correct it: virsh edit web",
    ]


@pytest.mark.parametrize(
    ("names", "told"),
    [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c"), (list("abcde"), "a, b and 3 more")],
)
def test_a_few_names_are_reported_and_many_counted(names: list[str], told: str) -> None:
    assert listed(names) == told
