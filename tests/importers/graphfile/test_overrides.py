"""Tables of graph files that change drivers of an earlier GRAPH."""

from __future__ import annotations

import msgspec
import pytest

from tests.importers.graphfile.read import KINDS, read, read_drivers
from tierdeps import InputError, Kind, Override, requires
from tierdeps.importers.graphfile.schema import DriverTable
from tierdeps.model.override import CHANGED, RESET


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_with_override_declares_no_driver_but_a_change(kind: str) -> None:
    table = {"override": True, "reset": ["wants"], "env": {"A": "1"}, "timeout": 5, "requires": ["db"]}
    found = read_drivers({"web": table, "x": {"override": False}}, kind)
    assert [driver.name for driver in found.drivers] == ["x"]
    (override,) = found.overrides
    assert isinstance(override, Override)
    assert override == Override("web", {"env": (("A", "1"),), "timeout": 5.0}, (requires("db"),), ("wants",))
    assert override.origin.key == "drivers.web"


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_all_kinds_are_merged(kind: str) -> None:
    base = read_drivers({"web": {"command": ["serve"], "requires": ["db"]}, "db": {}}, kind, "base")
    site = read_drivers({"web": {"override": True, "requires": ["cache"]}, "cache": {}}, kind, "site")
    web, db, cache = (base | site).drivers
    assert [item.target for item in web.dependencies] == ["db", "cache"]
    assert [item.origin.file for item in web.dependencies] == [f"base.{kind}", f"site.{kind}"]
    assert web.origin.package == f"base.{kind} and site.{kind}"
    assert (db.name, cache.name) == ("db", "cache")


def test_every_key_of_a_driver_can_be_changed_and_reset() -> None:
    keys = {field.encode_name for field in msgspec.structs.fields(DriverTable)}
    assert keys - {"override", "reset", "instances", "hosts", *Kind} == {*CHANGED} - {"substitute"}
    assert {*RESET} == {*CHANGED, *(kind.value for kind in Kind)} - {"substitute"}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("reset = ['wants']", "line 2, drivers.web.reset: expected 'override = true' beside it"),
        (
            "override = true\nreset = ['env', 'requries']",
            "line 3, drivers.web.reset[1]: unknown key 'requries'; did you mean 'requires'?",
        ),
        (
            "override = true\nreset = ['zzz']",
            "line 3, drivers.web.reset[0]: unknown key 'zzz'; expected a key of a driver",
        ),
        ("override = true\ninstances = ['a']", "line 3, drivers.web.instances: expected no instances in an override: "),
        ("override = 'yes'", "line 2, drivers.web.override: expected true or false, got the string 'yes'"),
        ("override = true\nready = 'no'", 'line 3, drivers.web.ready: expected "notify", "exit", '),
        ("override = true\ntiming = { start = 'x' }", "line 3, drivers.web.timing: expected "),
        (
            "override = true\nrequires = [{ on = 'b', phase = ' ' }]",
            "line 3, drivers.web.requires[0].phase: expected a name",
        ),
    ],
)
def test_a_mistake_is_reported_with_its_line_although_the_driver_is_not_there(lines: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        read(f"[drivers.web]\n{lines}")
    assert str(refused.value).startswith(f"site.toml: {message}")
