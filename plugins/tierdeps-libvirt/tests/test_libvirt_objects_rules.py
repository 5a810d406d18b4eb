"""The plugin's own rules: how much each finding weighs, and when it is none."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from libvirt_asked import Asked, Thing

from tierdeps import DependencyGraph, RuleContext, Severity, Source
from tierdeps_libvirt import tierdeps_rules
from tierdeps_libvirt._markup import parse
from tierdeps_libvirt._objects.configuration_root import read_root
from tierdeps_libvirt._objects.connection import ask
from tierdeps_libvirt._objects.declare import declare
from tierdeps_libvirt._objects.definition import Definition, Inventory, Noun, SecretValue
from tierdeps_libvirt._objects.importer import read
from tierdeps_libvirt._objects.machine import Machine
from tierdeps_libvirt._objects.rules.common import listed

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
        ("pool-served-by-a-guest", {"LV105": ERROR}, {}),
        ("guest-on-its-own-pool", {}, {}),
        ("broken-file", {"LV106": ERROR}, {"LV106": WARNING}),
        ("tls-secret-without-value", {"LV104": ERROR}, {"LV104": WARNING}),
        ("volume-of-rbd", {"LV107": ERROR}, {"LV107": ERROR}),
        ("not-marked-unmet", {"LV201": WARNING}, {"LV201": WARNING}),
        ("metadata-without-effect", {"LV203": WARNING}, {"LV203": WARNING}),
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


def over_a_connection(root: str) -> DependencyGraph:
    """Have what a root holds defined at a connection."""
    found = [item for item in read_root(root, ROOTS / root).definitions if item.element is not None]
    things = (
        Thing(
            (ROOTS / item.source).read_text("utf-8"),
            marked=item.marked,
            stored=item.value is not SecretValue.ABSENT,
        )
        for item in found
    )
    return DependencyGraph.of(declare(ask("qemu+ssh://host/system", Asked(things), machine=Configured(root))))


class Configured(Machine):
    """A machine of which nothing but the settings of QEMU are known, those of a root."""

    def __init__(self, root: str) -> None:
        self.file = ROOTS / root / "qemu.conf"

    def text(self, path: str) -> str:
        return self.file.read_text("utf-8") if path == "/etc/libvirt/qemu.conf" and self.file.exists() else ""


# who starts the guests of another host at boot cannot be seen from here
@pytest.mark.parametrize(
    "root",
    sorted({path.name for path in ROOTS.iterdir()} - {"broken-file", "entities", "link-out", "order-ignored"}),
)
def test_a_connection_says_the_same_as_a_folder(root: str) -> None:
    folder, connection = graph_of(root), over_a_connection(root)
    assert set(connection.drivers) == set(folder.drivers)
    for asked, read_there in ((connection, folder), (connection.with_all_facts(), folder.with_all_facts())):
        assert [(item.code, item.severity, item.message) for item in findings(asked)] == [
            (item.code, item.severity, item.message) for item in findings(read_there)
        ]
        assert asked.cycles() == read_there.cycles()
        assert [item.subject for item in asked.unresolved] == [item.subject for item in read_there.unresolved]


def test_a_user_s_own_root_is_advised_at_the_user_s_own_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(shutil.copytree(ROOTS / "network-not-marked", tmp_path / "libvirt", symlinks=True))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    graph = DependencyGraph.of(read(Source(str(root), root))).with_all_facts()
    (finding,) = findings(graph)
    assert [fix.summary for fix in finding.fixes] == [
        "mark it: virsh -c qemu:///session net-autostart lan",
        f"have tierdeps start it, and what it needs: tierdeps start --leave-running {root}",
    ]


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
