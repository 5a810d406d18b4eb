"""Services of OpenRC: the cached tree, and the text of depend()."""

from __future__ import annotations

from contextlib import suppress
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from foreign import found, pieces, read, said, write
from hypothesis import given, settings

from tierdeps import Declarations, DependencyGraph, InputError, Source
from tierdeps_boot.openrc import IMPORTER

if TYPE_CHECKING:
    from pathlib import Path

TREE = """\
depinfo_0_service='net'
depinfo_0_providedby_0='dhcpcd'
depinfo_1_service='dhcpcd'
depinfo_1_iprovide_0='net'
depinfo_1_ineed_0='localmount'
depinfo_1_iafter_0='bootmisc'
depinfo_1_needsme_0='sshd'
depinfo_2_service='sshd'
depinfo_2_ineed_0='net'
depinfo_2_iuse_0='logger'
depinfo_2_iwant_0='entropy'
depinfo_2_ibefore_0='local'
depinfo_2_keyword_0='-timeout'
depinfo_3_service='localmount'
"""


def script(depend: str, interpreter: str = "#!/sbin/openrc-run") -> str:
    """Return a script with a depend() function."""
    return f"{interpreter}\n# words\ncommand=x\n\n{dedent(depend)}\nstart() {{\n  need not\n}}\n"


def test_the_words_of_a_tree_are_dependencies(tmp_path: Path) -> None:
    declarations = read(IMPORTER, write(tmp_path, {"deptree": TREE}) / "deptree")
    assert said(declarations) == {
        "dhcpcd": ["requires localmount", "after bootmisc?"],
        "localmount": [],
        "sshd": ["requires net", "after logger?", "wants entropy?", "before local?"],
    }
    assert declarations.findings == ()
    (order,) = [list(tier.drivers) for tier in DependencyGraph.of(declarations).collapse().tiers]
    assert order == ["localmount", "dhcpcd", "sshd"]
    assert [item.origin.line for item in declarations.drivers[1].dependencies] == [9, 10, 11, 12]


DEPEND = [
    ("depend() {\n  need net dns\n  use logger\n}", ["requires net", "requires dns", "after logger?"]),
    ("depend()\n{\n\twant a\n\tafter b; before c\n}", ["wants a?", "after b?", "before c?"]),
    ("depend() { need net; }", ["requires net"]),
    ("depend () {\n  need a \\\n    b # words\n}", ["requires a", "requires b"]),
    ("depend() {\n  need 'a' \"b c\"\n  keyword -lxc\n}", ["requires a", "requires b", "requires c"]),
    ("depend() {\n  :\n}", []),
    ("depend() {\n  need a\n  need a\n}", ["requires a"]),
    ("", []),
]


@pytest.mark.parametrize(("depend", "expected"), DEPEND)
def test_plain_words_of_a_script_are_dependencies(tmp_path: Path, depend: str, expected: list[str]) -> None:
    declarations = read(IMPORTER, write(tmp_path, {"x": script(depend)}))
    assert said(declarations) == {"x": expected}
    assert declarations.findings == ()


COMPUTED = [
    (
        "depend() {\n  if yesno $vlan; then\n    need vlan\n  else\n    use bridge\n  fi\n  need net\n}",
        ["requires vlan?", "after bridge?", "requires net"],
        [
            "7: depend() of 'x' has 'need vlan' only under a condition",
            "9: depend() of 'x' has 'use bridge' only under a condition",
        ],
    ),
    (
        "depend() {\n  [ -e /x ] && need y\n  need z\n}",
        ["requires y?", "requires z"],
        ["6: depend() of 'x' has 'need y' only under a condition"],
    ),
    (
        "depend() {\n  need ${rc_need} a\n}",
        ["requires a"],
        ["6: depend() of 'x' names '${rc_need}', which is only known when it runs"],
    ),
    (
        "depend() {\n  case $a in\n    b|e) need c ; use f ;;\n    *) provide g ;;\n  esac\n  need d\n}",
        ["requires c?", "after f?", "requires d"],
        [
            "7: depend() of 'x' has 'need c' only under a condition",
            "7: depend() of 'x' has 'use f' only under a condition",
            "8: depend() of 'x' has 'provide g' only under a condition",
        ],
    ),
    (
        "depend() {\n  for i in a b; do\n    need net.$i\n  done\n  need d\n}",
        ["requires d"],
        [
            "7: depend() of 'x' has 'need net.$i' only under a condition",
            "7: depend() of 'x' names 'net.$i', which is only known when it runs",
        ],
    ),
    (
        'depend() {\n  need "$(cat /x | sort; echo)" a\n  need `b c` d\n  need $(e f) "g h\n}',
        ["requires a", "requires d", "requires g", "requires h"],
        [
            "6: depend() of 'x' names '\"$(cat /x | sort; echo)\"', which is only known when it runs",
            "7: depend() of 'x' names '`b c`', which is only known when it runs",
            "8: depend() of 'x' names '$(e f)', which is only known when it runs",
        ],
    ),
    (
        "depend() {\n  my_words net\n  need d\n}",
        ["requires d"],
        ["6: depend() of 'x' runs 'my_words', and what that names is only known when it runs"],
    ),
]


@pytest.mark.parametrize(("depend", "expected", "problems"), COMPUTED)
def test_what_is_computed_is_a_warning(tmp_path: Path, depend: str, expected: list[str], problems: list[str]) -> None:
    declarations = read(IMPORTER, write(tmp_path, {"x": script(depend)}))
    assert said(declarations) == {"x": expected}
    assert found(declarations, tmp_path) == [f"BT102 x:{problem}" for problem in problems]


def test_the_configuration_adds_words_and_takes_them_back(tmp_path: Path) -> None:
    files = {
        "etc/init.d/net.eth0": script("depend() { need localmount net; use dns; }"),
        "etc/init.d/web": script("depend() { need db; }"),
        "etc/conf.d/net.eth0": "# words\nrc_need='!net cable'\nrc_use=\"$OTHER\"\nrc_provide=wire\nneed=no\n",
        "etc/rc.conf": 'rc_net_eth0_after="firewall" # words\nrc_need="everything"\nrc_web_need="net.eth0 wire"\n',
    }
    declarations = read(IMPORTER, write(tmp_path, files))
    assert said(declarations) == {
        "net.eth0": ["requires localmount", "after dns?", "after firewall?", "requires cable"],
        "web": ["requires db", "requires net.eth0", "requires wire"],
    }
    assert [
        (item.origin.file.removeprefix(f"{tmp_path}/"), item.origin.line)
        for item in declarations.drivers[0].dependencies
    ][2:] == [("etc/rc.conf", 1), ("etc/conf.d/net.eth0", 2)]
    assert declarations.drivers[0].provides == ("wire",)
    problem = "etc/conf.d/net.eth0:3: use of 'net.eth0' is '$OTHER', which is only known when it runs"
    assert found(declarations, tmp_path) == [f"BT102 {problem}"]


def test_a_star_means_all_that_need_not_be_on_the_other_side(tmp_path: Path) -> None:
    files = {
        "first": script("depend() { need base; before *; }"),
        "last": script("depend() { after *; }"),
        "base": script("depend() { :; }"),
        "more": script("depend() { need last; }"),
        "net": script("depend() { :; }"),
    }
    declarations = read(IMPORTER, write(tmp_path, files))
    edges = said(declarations)
    assert edges["first"] == ["requires base", "before more?", "before net?"]
    assert edges["last"] == ["after base?", "after net?"]
    assert DependencyGraph.of(declarations).cycles() == ()


IMAGE = {
    "etc/init.d/udev": script("depend() { provide dev; }"),
    "etc/init.d/fsck": script("depend() { need dev; use late; }"),
    "etc/init.d/late": script("depend() { need fsck; before udev; }"),
    "etc/init.d/tool": script("depend() { :; }"),
    "etc/init.d/web": script("depend() { want tool; need late; }"),
    "etc/init.d/unused": script("depend() { need nowhere; }"),
}


def test_runlevels_are_tiers_and_what_is_in_none_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, IMAGE)
    for link in ("boot/fsck", "default/late", "default/web"):
        path = tmp_path / "etc/runlevels" / link
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(f"/etc/init.d/{path.name}")
    declarations = read(IMPORTER, tmp_path)
    assert declarations.findings == ()
    tiers = [(tier.name, list(tier.drivers)) for tier in DependencyGraph.of(declarations).collapse().tiers]
    assert tiers == [("boot", ["udev", "fsck"]), ("default", ["late", "tool", "web"])]
    assert said(declarations)["fsck"] == ["requires dev"], "nothing waits for what starts in a later runlevel"
    assert said(declarations)["late"] == ["requires fsck"]


def test_without_runlevels_all_scripts_are_there(tmp_path: Path) -> None:
    assert len(read(IMPORTER, write(tmp_path, IMAGE) / "etc/init.d").drivers) == len(IMAGE)


def test_a_service_of_a_runlevel_that_has_no_script_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, IMAGE)
    write(tmp_path, {"etc/runlevels/boot/gone": "", "etc/runlevels/boot/fsck": ""})
    problem = "etc/runlevels/boot/gone: is in the runlevel 'boot', and there is no such script"
    assert found(read(IMPORTER, tmp_path), tmp_path) == [f"BT101 {problem}"]


def test_a_line_that_is_no_line_of_a_tree_is_a_finding(tmp_path: Path) -> None:
    declarations = read(IMPORTER, write(tmp_path, {"deptree": f"{TREE}words\ndepinfo_9_ineed_0='x'\n"}) / "deptree")
    problem = "expected a line of a dependency tree, depinfo_NUMBER_WORD_NUMBER='NAME'"
    assert found(declarations, tmp_path) == [f"BT101 deptree:{line}: {problem}" for line in (15, 16)]


@pytest.mark.parametrize(
    ("files", "is_it"),
    [
        ({"a": script("")}, True),
        ({"a": script("", "#!/usr/bin/openrc-run")}, True),
        ({"a": script("", "#!/sbin/runscript")}, True),
        ({"etc/init.d/a": script("")}, True),
        ({"a": script("", "#!/bin/sh")}, False),
        ({"a": "openrc-run"}, False),
    ],
)
def test_a_folder_is_recognised_by_its_interpreter(tmp_path: Path, files: dict[str, str], is_it: bool) -> None:
    assert IMPORTER.recognises(Source("x", write(tmp_path, files))) is is_it


WORDS = "depend() { } need net $x if fi case esac ; && || # \\ ' \" * ! provide"


@settings(max_examples=60)
@given(pieces(WORDS, "\n", " ", "depend() {\n"))
def test_any_script_is_read(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = write(tmp_path_factory.mktemp("rc"), {"ok": script(""), "x": f"#!/sbin/openrc-run\n{text}"})
    assert set(said(read(IMPORTER, folder))) == {"ok", "x"}


@settings(max_examples=40)
@given(pieces("depinfo_ 0_ 1_ service= ineed_0= 'a' 'b' providedby_0=", "\n"))
def test_any_tree_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        assert isinstance(IMPORTER.read(Source("-", None, text.encode())), Declarations)
