"""What verbs of systemd are in tierdeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from boot_units import ADMIN, BARE, VENDOR, dependencies, findings, messages, read, verbs, write

from tierdeps import DependencyGraph, InputError

if TYPE_CHECKING:
    from pathlib import Path

QUIET = f"{BARE}[Service]\nStandardOutput=null\n"
#: Lines of a.service, and its verbs for b.service, which is there.
PRESENT = [
    ("After=b.service", ["after"]),
    ("Before=b.service", ["before"]),
    ("Requires=b.service", ["pulls"]),
    ("Requires=b.service\nAfter=b.service", ["requires"]),
    ("Wants=b.service", ["pulls"]),
    ("Wants=b.service\nAfter=b.service", ["wants"]),
    ("Wants=b.service\nBefore=b.service", ["pulls", "before"]),
    ("Upholds=b.service\nAfter=b.service", ["wants"]),
    ("BindsTo=b.service\nAfter=b.service", ["requires"]),
    ("Requisite=b.service\nAfter=b.service", ["after"]),
    ("Requisite=b.service", []),
    ("PartOf=b.service", []),
    ("PartOf=b.service\nAfter=b.service", ["after"]),
    ("OnFailure=b.service", []),
    ("Conflicts=b.service", []),
]
#: The same where b.service is nowhere.
ABSENT = [
    ("After=b.service", []),
    ("Before=b.service", []),
    ("Wants=b.service\nAfter=b.service", []),
    ("Requires=b.service", ["requires"]),
    ("BindsTo=b.service", ["requires"]),
    ("Requisite=b.service", ["requires"]),
    ("Upholds=b.service", []),
    ("Conflicts=b.service", []),
]


def bare(lines: str) -> str:
    return QUIET.replace("[Service]", f"{lines}\n[Service]")


@pytest.mark.parametrize(("lines", "expected"), PRESENT)
def test_a_unit_that_is_there(tmp_path: Path, lines: str, expected: list[str]) -> None:
    write(tmp_path, {"a.service": bare(lines), "b.service": QUIET})
    assert verbs(read(tmp_path), "a.service").get("b.service", []) == expected


@pytest.mark.parametrize(("lines", "expected"), ABSENT)
def test_a_unit_that_is_nowhere(tmp_path: Path, lines: str, expected: list[str]) -> None:
    write(tmp_path, {"a.service": bare(lines)})
    assert verbs(read(tmp_path), "a.service").get("b.service", []) == expected


def test_what_a_required_unit_lacks_is_lacking_without_an_order_too(tmp_path: Path) -> None:
    files = {"a.service": bare("Requires=b.service"), "b.service": bare("Requires=c.service\nAfter=c.service")}
    write(tmp_path, {**files, "c.service": bare("BindsTo=gone.service"), "d.service": bare("Wants=b.service")})
    found = read(tmp_path)
    (item,) = dependencies(found, "a.service")["gone.service"]
    assert (str(item.kind), item.origin.line) == ("requires", 3)
    assert item.reason == "Requires=b.service, which cannot start without it"
    assert "gone.service" not in verbs(found, "b.service")
    assert "gone.service" not in verbs(found, "d.service")


def test_an_order_that_the_other_unit_states_is_part_of_a_requirement(tmp_path: Path) -> None:
    write(tmp_path, {"a.service": bare("Requires=b.service"), "b.service": bare("Before=a.service")})
    found = read(tmp_path)
    assert verbs(found, "a.service")["b.service"] == ["requires"]
    assert "a.service" not in verbs(found, "b.service")
    (item,) = dependencies(found, "a.service")["b.service"]
    assert (item.origin.file, item.origin.line) == (f"tree/{ADMIN}/b.service", 3)
    assert item.reason == f"Requires= in tree/{ADMIN}/a.service:3"


def test_an_order_has_the_line_that_says_it(tmp_path: Path) -> None:
    write(tmp_path, {"a.service": bare("Requires=b.service\nAfter=c.service \\\n  b.service"), "b.service": QUIET})
    (item,) = dependencies(read(tmp_path), "a.service")["b.service"]
    assert (item.origin.file, item.origin.line) == (f"tree/{ADMIN}/a.service", 4)


def test_an_order_of_a_drop_in_has_its_file(tmp_path: Path) -> None:
    write(tmp_path, {f"{VENDOR}/a.service": QUIET, "b.service": QUIET})
    write(tmp_path, {f"{ADMIN}/a.service.d/x.conf": "[Unit]\n# why\nAfter=b.service"})
    (item,) = dependencies(read(tmp_path), "a.service")["b.service"]
    assert (item.origin.file, item.origin.line) == (f"tree/{ADMIN}/a.service.d/x.conf", 3)


@pytest.mark.parametrize(("verb", "terms"), [("BindsTo", {"on_loss": "stop"}), ("Requires", {})])
def test_a_unit_goes_with_what_it_is_bound_to(tmp_path: Path, verb: str, terms: dict[str, str]) -> None:
    write(tmp_path, {"a.service": bare(f"{verb}=b.service\nAfter=b.service"), "b.service": QUIET})
    (item,) = dependencies(read(tmp_path), "a.service")["b.service"]
    assert item.coupling.terms == terms


def test_a_part_is_started_again_with_the_whole(tmp_path: Path) -> None:
    write(tmp_path, {"a.service": bare("PartOf=b.service\nWants=b.service\nAfter=b.service"), "b.service": QUIET})
    (item,) = dependencies(read(tmp_path), "a.service")["b.service"]
    assert item.coupling.terms == {"on_restart": "restart"}


def test_the_default_target_is_what_boots(tmp_path: Path) -> None:
    files = {"default.target": "->multi.target", "multi.target": f"{BARE}Wants=a.service", "a.service": QUIET}
    found = read(write(tmp_path, {**files, "b.service": bare("Conflicts=a.service")}))
    assert found.targets == ("multi.target",)
    assert verbs(found, "b.service")["a.service"] == ["conflicts"]
    graph = DependencyGraph.of(found)
    assert {"a.service", "multi.target"} <= set(graph.active.drivers)
    assert "b.service" not in graph.active.drivers


def test_without_one_everything_is_active_and_nothing_conflicts(tmp_path: Path) -> None:
    found = read(write(tmp_path, {"a.service": bare("Conflicts=b.service"), "b.service": QUIET}))
    assert found.targets == ()
    assert "b.service" not in verbs(found, "a.service")


def test_a_driver_has_the_description_and_the_file_of_its_unit(tmp_path: Path) -> None:
    write(tmp_path, {"a.service": "[Unit]\nDescription=The A\n"})
    (driver,) = [driver for driver in read(tmp_path).drivers if driver.name == "a.service"]
    assert (driver.description, driver.origin.file) == ("The A", f"tree/{ADMIN}/a.service")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("After=b.service,c.service", "no unit can be named 'b.service,c.service'"),
        ("After=b", "no unit can be named 'b'"),
        ('After="b.service', "a quote is not closed in After="),
        ("After=b@%H.service", "%H depends on the host that boots, in After=b@%H.service"),
        ("RequiresMountsFor=srv", "'srv' in RequiresMountsFor= is no absolute path"),
        ("After", "'After' has no '='"),
    ],
)
def test_a_line_that_systemd_ignores_is_a_finding(tmp_path: Path, line: str, why: str) -> None:
    write(tmp_path, {"a.service": bare(line)})
    (finding,) = findings(read(tmp_path))
    assert finding.code == "BT201"
    assert finding.message == f"systemd ignores a line of a.service: {why}"
    assert [(origin.file, origin.line) for origin in finding.origins] == [(f"tree/{ADMIN}/a.service", 3)]


def test_an_enabled_unit_that_is_nowhere_is_a_finding(tmp_path: Path) -> None:
    files = {"t.target": f"{BARE}Wants=other.service", f"{ADMIN}/t.target.wants/a.service": "->/x/a.service"}
    assert messages(read(write(tmp_path, files))) == ["a.service is enabled for t.target, and is in no folder of units"]


def test_a_name_that_a_unit_has_when_it_is_enabled_is_said_to_be_one(tmp_path: Path) -> None:
    files = {"a.service": "[Unit]\n[Install]\nAlias=b.service", "b.socket": f"{BARE}[Socket]\nListenStream=1"}
    found = read(write(tmp_path, {**files, "c.service": bare("Requires=b.service")}))
    assert messages(found) == [
        "b.socket activates b.service, which is an alias that a.service has only when it is enabled"
    ]
    (item,) = dependencies(found, "c.service")["b.service"]
    assert item.reason == "it is an alias that a.service has only when it is enabled"


def test_a_timer_without_its_service_is_a_finding(tmp_path: Path) -> None:
    found = read(write(tmp_path, {"a.timer": f"{BARE}[Timer]\nUnit=b.service", "c.service": ""}))
    assert messages(found) == ["a.timer activates b.service, which is in no folder of units"]
    assert findings(found)[0].origins[0].line == 4


def test_a_folder_of_broken_units_alone_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"a.service": "->b.service", "b.service": "->a.service"})
    with pytest.raises(InputError, match="its links lead in a circle"):
        read(tmp_path)
