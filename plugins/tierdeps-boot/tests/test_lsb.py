"""Init scripts with headers of the Linux Standard Base."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from foreign import found, pieces, read, said, write
from hypothesis import given, settings

from tierdeps import DependencyGraph, InputError, Source
from tierdeps_boot.lsb import IMPORTER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def script(levels: str = "2 3 4 5", provides: str = "", **names: str) -> str:
    """Return a script with a header."""
    lines = {
        "Provides": provides,
        "Default-Start": levels,
        **{key.replace("_", "-"): value for key, value in names.items()},
    }
    header = "".join(f"# {key}: {value}\n" for key, value in lines.items())
    return f"#!/bin/sh\n### BEGIN INIT INFO\n{header}### END INIT INFO\nexit 1\n"


CONF = """\
# facilities
$local_fs +mountall +umountfs
$remote_fs $local_fs +mountnfs
$net +network +dhcp
<interactive> udev
"""
TREE = {
    "etc/insserv.conf": CONF,
    "etc/insserv.conf.d/local": "$log syslogd\n",
    "etc/init.d/mountall": script("S", "mountall", Short_Description="Mount all"),
    "etc/init.d/umountfs": script("", "umountfs"),
    "etc/init.d/mountnfs.sh": script("S", "mountnfs", Required_Start="$local_fs", Should_Start="network"),
    "etc/init.d/network": script("S", "network", Required_Start="mountall", X_Start_Before="mountnfs"),
    "etc/init.d/syslogd": script("2 3 4 5", "syslogd", Required_Start="$remote_fs"),
    "etc/init.d/web": script("2 3 4 5", "httpd", Required_Start="$log $net db", Should_Start="cache"),
    "etc/init.d/db": script("2", "db", Required_Start="$remote_fs umountfs"),
    "etc/init.d/last": script("2 3 4 5", "last", Required_Start="$all"),
    "etc/init.d/single": script("1", "single"),
    "etc/init.d/README": "words",
    "etc/init.d/web.dpkg-old": "words",
}
EDGES = {
    "db": ["after mountall", "after mountnfs.sh"],
    "last": ["after db", "after syslogd", "after web"],
    "mountall": [],
    "mountnfs.sh": ["after mountall", "after network?"],
    "network": ["requires mountall", "before mountnfs?"],
    "syslogd": ["after mountall", "after mountnfs.sh"],
    "web": ["after syslogd", "after network", "requires db", "after cache?"],
}


def test_scripts_are_drivers_in_two_tiers(tmp_path: Path) -> None:
    declarations = read(IMPORTER, write(tmp_path, TREE))
    assert said(declarations) == EDGES
    assert declarations.findings == ()
    drivers = {driver.name: driver for driver in declarations.drivers}
    assert {name for name, driver in drivers.items() if driver.tier == "S"} == {"mountall", "mountnfs.sh", "network"}
    assert drivers["mountnfs.sh"].provides == ("mountnfs",)
    assert drivers["mountall"].description == "Mount all"
    tiers = [(tier.name, list(tier.drivers)) for tier in DependencyGraph.of(declarations).collapse().tiers]
    assert tiers == [("S", ["mountall", "network", "mountnfs.sh"]), ("2-5", ["db", "syslogd", "web", "last"])]


def test_the_folder_of_the_scripts_says_the_same(tmp_path: Path) -> None:
    assert said(read(IMPORTER, write(tmp_path, TREE) / "etc/init.d")) == EDGES


def test_links_say_what_starts_and_when(tmp_path: Path) -> None:
    write(tmp_path, TREE)
    for link in ("rcS.d/S01mountall", "rcS.d/K01db", "rc2.d/S01db", "rc3.d/S02web"):
        path = tmp_path / "etc" / link
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(f"../init.d/{link[10:]}")
    tiers = {driver.name: driver.tier for driver in read(IMPORTER, tmp_path).drivers}
    assert tiers == {"mountall": "S", "db": "2-5", "web": "2-5"}


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (("etc/insserv/overrides",), ["requires network"]),
        (("usr/share/insserv/overrides",), ["requires network"]),
        ((), ["after mountall", "after mountnfs.sh"]),
    ],
)
def test_a_header_may_be_overridden(tmp_path: Path, overrides: tuple[str, ...], expected: list[str]) -> None:
    files = {f"{folder}/db": script("2", "db", Required_Start="network") for folder in overrides}
    assert said(read(IMPORTER, write(tmp_path, {**TREE, **files})))["db"] == expected


WRONG: list[tuple[Mapping[str, str], str]] = [
    ({"etc/init.d/x": "#!/bin/sh\n"}, "BT102 etc/init.d/x: has no header that says what it requires"),
    (
        {"etc/init.d/x": script().replace("### END", "### E")},
        "BT101 etc/init.d/x:2: expected '### END INIT INFO' after it",
    ),
    (
        {"etc/insserv.conf": f"{CONF}net network\n"},
        "BT101 etc/insserv.conf:6: expected the name of a facility, such as $network, got 'net'",
    ),
    (
        {"etc/init.d/x": script(Required_Start="$nothing")},
        "BT102 etc/init.d/x:5: no file says what '$nothing' stands for",
    ),
    (
        {"etc/init.d/x": script(Required_Start="db\n# Required-Start: web")},
        "BT102 etc/init.d/x:6: the keyword required-start is there twice; both lines count here",
    ),
]


@pytest.mark.parametrize(("files", "problem"), WRONG)
def test_what_cannot_be_read_is_a_finding_and_the_rest_is_read(
    tmp_path: Path, files: Mapping[str, str], problem: str
) -> None:
    declarations = read(IMPORTER, write(tmp_path, {**TREE, **files}))
    assert set(EDGES) <= set(said(declarations))
    assert problem in found(declarations, tmp_path)


def test_a_link_that_starts_a_script_which_is_not_there_is_a_warning(tmp_path: Path) -> None:
    files = {"etc/init.d/x": script("2", "x"), "etc/rc2.d/S01x": "", "etc/rc2.d/S02gone": ""}
    declarations = read(IMPORTER, write(tmp_path, files))
    assert said(declarations) == {"x": []}
    place = "etc/rc2.d/S02gone"
    assert found(declarations, tmp_path) == [f"BT102 {place}: starts 'gone', and there is no such script"]


def test_links_that_start_nothing_that_is_there_leave_no_driver(tmp_path: Path) -> None:
    folder = write(tmp_path, {"etc/init.d/x": script("2", "x"), "etc/rc2.d/S02gone": ""})
    with pytest.raises(InputError, match="starts 'gone', and there is no such script"):
        read(IMPORTER, folder)


def test_a_script_that_is_required_and_missing_is_found(tmp_path: Path) -> None:
    files = {"etc/init.d/x": script(Required_Start="nowhere"), "etc/init.d/y": script(Should_Start="nowhere")}
    graph = DependencyGraph.of(read(IMPORTER, write(tmp_path, files)))
    assert [(item.driver, item.dependency.target) for item in graph.unresolved] == [("x", "nowhere")]
    assert graph.unknown_targets == ()


def test_a_wish_across_tiers_is_void_but_a_requirement_is_not(tmp_path: Path) -> None:
    files = {
        "etc/init.d/early": script("S", "early", Should_Start="late", X_Start_Before="late"),
        "etc/init.d/late": script("2 3 4 5", "late", Should_Start="early"),
        "etc/init.d/wrong": script("S", "wrong", Required_Start="late"),
    }
    declarations = read(IMPORTER, write(tmp_path, files))
    assert said(declarations) == {"early": [], "late": [], "wrong": ["requires late"]}


def test_an_image_with_units_of_systemd_is_not_for_it(tmp_path: Path) -> None:
    write(tmp_path, TREE)
    assert IMPORTER.recognises(Source("x", tmp_path))
    write(tmp_path, {"usr/lib/systemd/system/a.service": ""})
    assert not IMPORTER.recognises(Source("x", tmp_path))
    assert IMPORTER.recognises(Source("x", tmp_path / "etc/init.d"))
    assert not IMPORTER.recognises(Source("x", tmp_path / "etc"))


WORDS = "### BEGIN INIT INFO END # Provides: Required-Start: Default-Start: S 2 $all $x a web"


@settings(max_examples=40)
@given(pieces(WORDS, "\n", " ", "\n### BEGIN INIT INFO\n", "\n### END INIT INFO\n"))
def test_any_text_is_read(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = write(tmp_path_factory.mktemp("lsb"), {"etc/init.d/ok": script("S", "ok"), "etc/init.d/x": text})
    assert "ok" in said(read(IMPORTER, folder))
