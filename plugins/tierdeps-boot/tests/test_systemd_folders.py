"""Folders have their precedence; units have drop-ins, aliases, masks and templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from boot_units import ADMIN, BARE, VENDOR, boot_of, findings, messages, read, said, source, write

from tierdeps_boot.systemd.boot import TooManyUnitsError, load
from tierdeps_boot.systemd.folders import scan
from tierdeps_boot.systemd.places import place_of
from tierdeps_boot.systemd.units import Units

if TYPE_CHECKING:
    from pathlib import Path


def test_the_administrator_s_unit_hides_the_vendor_s(tmp_path: Path) -> None:
    write(tmp_path, {f"{VENDOR}/a.service": f"{BARE}After=b.service", "a.service": f"{BARE}After=c.service"})
    assert said(boot_of(tmp_path), "a.service", "After") >= {"c.service"}
    assert "b.service" not in said(boot_of(tmp_path), "a.service", "After")


def test_run_is_between_them(tmp_path: Path) -> None:
    files = {
        f"{place}/a.service": f"{BARE}Before={place.split('/')[0]}.target" for place in (VENDOR, "run/systemd/system")
    }
    assert said(boot_of(write(tmp_path, files)), "a.service", "Before") == {"run.target"}


@pytest.mark.parametrize("folder", ["a-b.service.d", "a-.service.d", "service.d", "alias.service.d"])
def test_drop_ins_extend_a_unit(tmp_path: Path, folder: str) -> None:
    files = {
        f"{VENDOR}/a-b.service": BARE,
        "alias.service": f"->/{VENDOR}/a-b.service",
        f"{ADMIN}/{folder}/x.conf": "[Unit]\nBefore=x.target",
        f"{ADMIN}/{folder}/x.txt": "[Unit]\nBefore=y.target",
    }
    assert said(boot_of(write(tmp_path, files)), "a-b.service", "Before") == {"x.target"}


@pytest.mark.parametrize("folder", ["a@1.service.d", "a@.service.d", "a@1.service.wants", "a@.service.wants"])
def test_an_instance_is_extended_by_its_own_name_and_the_template_s(tmp_path: Path, folder: str) -> None:
    file = "x.conf" if folder.endswith(".d") else "b@.service"
    write(tmp_path, {"a@.service": BARE, "u.target": "[Unit]\nWants=a@1.service", "b@.service": BARE})
    write(tmp_path, {f"{ADMIN}/{folder}/{file}": "[Unit]\nWants=b@%i.service"})
    assert said(boot_of(tmp_path), "a@1.service", "Wants") == {"b@1.service"}


def test_of_drop_ins_with_one_name_that_of_the_first_folder_counts(tmp_path: Path) -> None:
    for place in (VENDOR, ADMIN):
        write(tmp_path, {f"{place}/a.service.d/x.conf": f"[Unit]\nBefore={place.split('/')[0]}.target"})
    write(tmp_path, {f"{VENDOR}/a.service": BARE})
    assert said(boot_of(tmp_path), "a.service", "Before") == {"etc.target"}


def test_a_drop_in_is_masked_by_a_link_to_nothing(tmp_path: Path) -> None:
    write(tmp_path, {f"{VENDOR}/a.service": BARE, f"{VENDOR}/a.service.d/x.conf": "[Unit]\nBefore=x.target"})
    write(tmp_path, {f"{ADMIN}/a.service.d/x.conf": "->/dev/null"})
    assert said(boot_of(tmp_path), "a.service", "Before") == set()


def test_the_last_of_several_drop_ins_decides(tmp_path: Path) -> None:
    write(tmp_path, {"a.service": "[Unit]\n", "a.service.d/z": None})
    write(tmp_path, {f"{ADMIN}/a.service.d/2.conf": "[Unit]\nDefaultDependencies=no"})
    write(tmp_path, {f"{ADMIN}/a.service.d/1.conf": "[Unit]\nDefaultDependencies=yes"})
    assert "sysinit.target" not in said(boot_of(tmp_path), "a.service", "Requires")


@pytest.mark.parametrize(("kind", "verb"), [("wants", "Wants"), ("requires", "Requires"), ("upholds", "Upholds")])
def test_links_beside_a_unit_are_dependencies(tmp_path: Path, kind: str, verb: str) -> None:
    write(tmp_path, {"u.target": BARE, "a.service": BARE, f"{ADMIN}/u.target.{kind}/a.service": "->../a.service"})
    assert said(boot_of(tmp_path), "u.target", verb) == {"a.service"}


def test_a_link_to_nothing_among_them_takes_a_vendor_s_away(tmp_path: Path) -> None:
    write(tmp_path, {f"{VENDOR}/u.target": BARE, f"{VENDOR}/a.service": BARE})
    write(tmp_path, {f"{VENDOR}/u.target.wants/a.service": "->../a.service"})
    assert said(boot_of(tmp_path), "u.target", "Wants") == {"a.service"}
    write(tmp_path, {f"{ADMIN}/u.target.wants/a.service": "->/dev/null"})
    assert said(boot_of(tmp_path), "u.target", "Wants") == set()


def test_a_template_that_names_ever_more_instances_of_itself_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"t@.service": f"{BARE}After=t@%ia.service t@%ib.service", "a.service": f"{BARE}After=t@x.service"})
    place = place_of(source(tmp_path))
    with pytest.raises(TooManyUnitsError, match=r"expected no more than 200 units; does t@x[ab]+\.service name ever"):
        load(Units(scan(place.folders)), ["a.service"], limit=200)


def test_aliases_lead_to_one_unit(tmp_path: Path) -> None:
    write(tmp_path, {f"{VENDOR}/a.service": BARE, "b.service": f"->/{VENDOR}/a.service", "c.service": "->b.service"})
    write(tmp_path, {"d.service": f"{BARE}After=c.service"})
    boot = boot_of(tmp_path)
    assert said(boot, "d.service", "After") >= {"a.service"}
    assert not {"b.service", "c.service"} & boot.units.keys()


def test_an_alias_of_a_template_is_one_of_its_instances(tmp_path: Path) -> None:
    write(tmp_path, {"a@.service": BARE, "b@.service": "->a@.service", "c.service": f"{BARE}After=b@1.service"})
    assert "a@1.service" in said(boot_of(tmp_path), "c.service", "After")


def test_a_circle_of_aliases_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, {"a.service": "->b.service", "b.service": "->a.service", "c.service": BARE})
    found = messages(read(tmp_path))
    assert found == ["tree/etc/systemd/system/a.service is not read: its links lead in a circle"]


def test_an_alias_of_another_type_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, {"a.service": BARE, "b.socket": "->a.service"})
    assert "cannot be an alias of a.service" in messages(read(tmp_path))[0]


@pytest.mark.parametrize("how", ["->/dev/null", ""])
def test_a_masked_unit_is_not_there(tmp_path: Path, how: str) -> None:
    write(tmp_path, {f"{VENDOR}/a.service": BARE, "a.service": how, "b.service": f"{BARE}Requires=a.service"})
    found = read(tmp_path)
    assert "a.service" not in [driver.name for driver in found.drivers]
    (reason,) = [item.reason for driver in found.drivers for item in driver.dependencies if item.target == "a.service"]
    assert reason == "it is masked by tree/etc/systemd/system/a.service"


def test_a_linked_unit_is_read_where_it_is(tmp_path: Path) -> None:
    write(tmp_path, {"opt/app/a.service": f"{BARE}Before=x.target", "a.service": "->/opt/app/a.service"})
    assert said(boot_of(tmp_path), "a.service", "Before") == {"x.target"}


@pytest.mark.parametrize("target", ["../../../../../../../../a.service", "/opt/../../x/a.service"])
def test_a_link_out_of_the_root_is_refused(tmp_path: Path, target: str) -> None:
    root = tmp_path / "root"
    write(tmp_path, {"a.service": f"{BARE}Before=x.target"})
    write(root, {"a.service": f"->{target}", "b.service": BARE, "opt/x": ""})
    assert messages(read(root)) == ["tree/etc/systemd/system/a.service is not read: a link leads out of the root"]


def test_of_a_folder_no_absolute_link_is_followed(tmp_path: Path) -> None:
    other = tmp_path / "other.service"
    other.write_text(BARE)
    units = tmp_path / "units"
    write(units, {"./a.service": f"->{other}", "./b.service": BARE})
    assert messages(read(units, "units")) == [
        f"units/a.service is not read: a link leads out of the folder, to {other}"
    ]


def test_a_folder_in_the_place_of_a_unit_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, {"a.service": None, "b.service": BARE})
    (finding,) = findings(read(tmp_path))
    assert (finding.code, finding.message) == (
        "BT101",
        "tree/etc/systemd/system/a.service is not read: it is no regular file",
    )


def test_usr_merged_folders_are_read_once(tmp_path: Path) -> None:
    write(tmp_path, {f"{VENDOR}/a.service": BARE})
    (tmp_path / "lib").symlink_to("usr/lib")
    (driver,) = [driver for driver in read(tmp_path).drivers if driver.name == "a.service"]
    assert driver.origin.file == f"tree/{VENDOR}/a.service"


def test_the_folder_of_a_tree_stands_for_the_tree(tmp_path: Path) -> None:
    write(tmp_path, {f"{VENDOR}/a.service": BARE, "b.service": f"{BARE}After=a.service"})
    found = read(tmp_path / ADMIN, f"tree/{ADMIN}")
    origins = {driver.name: driver.origin.file for driver in found.drivers}
    assert origins["a.service"] == f"tree/{VENDOR}/a.service"


def test_a_plain_folder_knows_what_systemd_brings_along(tmp_path: Path) -> None:
    write(tmp_path, {"./a.service": "[Unit]\nAfter=network-online.target\n[Service]\nExecStart=/x"})
    names = {driver.name for driver in read(tmp_path).drivers}
    assert names >= {"a.service", "sysinit.target", "basic.target", "network-online.target"}


def test_a_file_that_systemd_does_not_read_is_a_finding_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, {"a.service": f"[Unit]\nAfter={'x' * (1 << 20)}", "b.service": BARE, "c.service": BARE})
    write(tmp_path, {f"{ADMIN}/c.service.d/x.conf": "[Unit]\nBefore=b.service", f"{ADMIN}/c.service.d/y.conf": None})
    (tmp_path / ADMIN / "d.service").write_bytes(b"\n" * (9 << 20))
    found = read(tmp_path)
    assert [(finding.code, finding.message.partition(" is not read: ")[2]) for finding in findings(found)] == [
        ("BT101", f"tree/{ADMIN}/a.service:2: the line has {(1 << 20) + 6} characters, and systemd reads none so long"),
        ("BT101", "it is no regular file"),
        ("BT101", "it is larger than 8 MiB"),
    ]
    assert {"b.service", "c.service"} <= {driver.name for driver in found.drivers}


def test_a_file_in_the_place_of_a_folder_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, {"a.service": BARE, "a.service.d": "x", "a.service.wants": "x"})
    assert messages(read(tmp_path)) == [
        f"tree/{ADMIN}/a.service.d is not read: not a directory",
        f"tree/{ADMIN}/a.service.wants is not read: not a directory",
    ]


def test_what_is_no_unit_among_the_links_is_passed_over(tmp_path: Path) -> None:
    write(
        tmp_path, {"t.target": BARE, f"{ADMIN}/t.target.wants/README": "x", f"{ADMIN}/t.target.wants/b@.service": "x"}
    )
    assert said(boot_of(tmp_path), "t.target", "Wants") == {"b@t.service"}


def test_an_alias_of_what_is_nowhere_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, {"a.service": BARE, "b.service": f"->/{VENDOR}/gone.service", "c.service": "->no unit"})
    assert messages(read(tmp_path)) == [
        f"tree/{ADMIN}/b.service is not read: no such file or directory",
        f"tree/{ADMIN}/c.service is not read: no such file or directory",
    ]
