"""Where units are read from: one file, one folder, a tree, and a root below these."""

from __future__ import annotations

from pathlib import Path

import pytest
from boot_units import ADMIN, BARE, VENDOR, messages, verbs, write

from tierdeps import Declarations, Source
from tierdeps_boot.systemd import IMPORTER


def names(found: Declarations) -> set[str]:
    return {driver.name for driver in found.drivers}


def file_source(path: Path, name: str = "") -> Source:
    return Source(name or path.name, path, path.read_bytes())


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.service", "[Unit]\n", True),
        ("a@.timer", "# x\n [Timer]\nOnBootSec=1", True),
        ("a.service", "{}", False),
        ("a.toml", "[Unit]\n", False),
        ("multi-user.target.wants", "[Unit]\n", False),
        ("a.path", "x = 1\n[drivers.a]\n", False),
    ],
)
def test_a_unit_file_is_recognised_by_its_name_and_sections(
    tmp_path: Path, name: str, text: str, expected: bool
) -> None:
    write(tmp_path, {f"./{name}": text})
    assert IMPORTER.recognises(file_source(tmp_path / name)) is expected


def test_of_one_file_what_it_refers_to_is_read_too(tmp_path: Path) -> None:
    write(tmp_path, {"./a.service": f"{BARE}After=b.service", "./b.service": BARE, "./c.service": BARE})
    found = IMPORTER.read(file_source(tmp_path / "a.service"))
    assert {"a.service", "b.service"} <= names(found)
    assert "c.service" not in names(found)
    assert [driver.origin.file for driver in found.drivers if driver.name == "a.service"] == ["a.service"]


def test_a_template_is_checked_as_an_instance(tmp_path: Path) -> None:
    write(tmp_path, {"./a@.service": f"{BARE}After=b@%i.service"})
    assert "a@test-instance.service" in names(IMPORTER.read(file_source(tmp_path / "a@.service")))


def test_a_file_of_a_tree_is_read_with_the_tree(tmp_path: Path) -> None:
    write(tmp_path, {"a.service": f"{BARE}Requires=b.service\nAfter=b.service", f"{VENDOR}/b.service": BARE})
    found = IMPORTER.read(file_source(tmp_path / ADMIN / "a.service", f"tree/{ADMIN}/a.service"))
    assert verbs(found, "a.service")["b.service"] == ["requires"]
    assert {driver.origin.file for driver in found.drivers if driver.name == "b.service"} == {
        f"tree/{VENDOR}/b.service"
    }


def test_a_root_has_what_a_folder_does_not_have(tmp_path: Path) -> None:
    units, image = tmp_path / "units", tmp_path / "image"
    write(
        units, {"./a.service": f"{BARE}Requires=b.service\nAfter=b.service", "./c.service": f"{BARE}Before=a.service"}
    )
    write(image, {f"{VENDOR}/b.service": BARE, f"{VENDOR}/c.service": BARE})
    write(image, {f"{ADMIN}/default.target": "[Unit]\nWants=a.service"})
    found = IMPORTER.read(Source("units", units, root=image))
    assert verbs(found, "a.service")["b.service"] == ["requires"]
    assert verbs(found, "c.service")["a.service"] == ["before"]
    assert found.targets == ("default.target",)
    assert messages(found) == []


def test_nothing_is_brought_along_where_a_root_says_what_is_there(tmp_path: Path) -> None:
    units, image = tmp_path / "units", tmp_path / "image"
    write(units, {"./a.service": "[Unit]\nAfter=network.target"})
    write(image, {f"{VENDOR}/b.service": BARE})
    assert "network.target" not in names(IMPORTER.read(Source("units", units, root=image)))
    assert "network.target" in names(IMPORTER.read(Source("units", units)))


def test_the_address_reads_the_root(tmp_path: Path) -> None:
    write(tmp_path, {f"{VENDOR}/b.service": BARE})
    found = IMPORTER.read(Source("systemd:", root=tmp_path))
    assert {driver.origin.file for driver in found.drivers if driver.name == "b.service"} == {
        f"{tmp_path}/{VENDOR}/b.service"
    }


def test_above_the_current_folder_names_are_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.service": BARE})
    monkeypatch.chdir(tmp_path / ADMIN)
    found = IMPORTER.read(Source(".", Path()))
    (file,) = {driver.origin.file for driver in found.drivers if driver.name == "a.service"}
    assert file == f"{tmp_path}/{ADMIN}/a.service"


@pytest.mark.parametrize(("name", "expected"), [(".", f"{ADMIN}/a.service"), ("./", f"{ADMIN}/a.service")])
def test_the_current_folder_is_not_part_of_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, expected: str
) -> None:
    write(tmp_path, {"a.service": BARE})
    monkeypatch.chdir(tmp_path)
    found = IMPORTER.read(Source(name, Path(name)))
    assert {driver.origin.file for driver in found.drivers if driver.name == "a.service"} == {expected}
