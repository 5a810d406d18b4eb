"""Names that nothing has are reported by every command that makes a plan or checks one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask
    from tests.manager.conftest import Site

PLAIN = "[drivers.storage]\n[drivers.qemu]\nafter = ['storage']\n"
MISSPELT = "[drivers.storage]\n[drivers.qemu]\nafter = ['storge']\n"
MEANT = "did you mean 'storage'?"


def codes(ask: Ask, *arguments: str) -> list[str]:
    return [found["code"] for found in json.loads(ask("check", "--format", "json", *arguments).out)["findings"]]


def test_check_warns_of_a_misspelt_target_with_its_line(ask: Ask) -> None:
    Path("site.toml").write_text(MISSPELT)
    answer = ask("check", "site.toml")
    assert answer.code == 0
    assert "warning[TD206] qemu comes after 'storge'" in answer.out
    assert MEANT in answer.out
    assert "declared in site.toml:3, drivers.qemu.after[0]" in answer.out


@pytest.mark.parametrize("command", ["order", "lock", "start --once", "start --dry-run", "simulate --restarts 1"])
def test_what_makes_a_plan_warns_in_a_line(ask: Ask, command: str) -> None:
    Path("site.toml").write_text(MISSPELT)
    answer = ask(*command.split(), "site.toml")
    assert "warning[TD206] qemu comes after 'storge'" in answer.err
    assert MEANT in answer.err


def test_check_fails_on_warnings_where_that_is_requested(ask: Ask) -> None:
    Path("site.toml").write_text(MISSPELT)
    Path("plain.toml").write_text(PLAIN)
    assert ask("check", "site.toml", "--fail-on", "error").code == 0
    assert ask("check", "site.toml", "--fail-on", "warning").code == 1
    assert ask("check", "plain.toml", "--fail-on", "warning").code == 0
    assert ask("check", "site.toml", "--fail-on", "warning", "--ignore", "TD206").code == 0
    assert ask("check", "site.toml", "--fail-on", "never").code == 2


def test_a_known_warning_does_not_fail_the_check(ask: Ask) -> None:
    Path("site.toml").write_text(MISSPELT)
    assert ask("check", "site.toml", "--update-baseline", "--reason", "it comes later").code == 0
    assert ask("check", "site.toml", "--fail-on", "warning").code == 0


def test_an_error_fails_the_check_whatever_it_is_to_fail_on(ask: Ask) -> None:
    Path("site.toml").write_text("[drivers.a]\nrequires = ['b']\n")
    for severity in ("error", "warning"):
        assert ask("check", "site.toml", "--fail-on", severity).code == 1


@pytest.mark.parametrize(
    ("file", "text", "place"),
    [
        ("tierdeps.toml", "[drivers.storge]\nuri = 'x'\n", "tierdeps.toml, drivers.storge"),
        ("pyproject.toml", "[tool.tierdeps.drivers.storge]\nx = 1\n", "pyproject.toml, tool.tierdeps.drivers.storge"),
        ("setup.cfg", "[tierdeps:drivers.storge]\nuri = x\n", "setup.cfg, [tierdeps:drivers] storge"),
        ("tierdeps.toml", "facts = { hot = true }\n", "tierdeps.toml, facts.hot"),
        ("tierdeps.toml", "choose = { storge = 'storage' }\n", "tierdeps.toml, choose.storge"),
    ],
)
def test_settings_of_what_is_not_there_are_reported_with_their_place(
    ask: Ask, file: str, text: str, place: str
) -> None:
    Path("site.toml").write_text(PLAIN)
    Path(file).write_text(text)
    assert codes(ask, "site.toml") == ["TD206"]
    assert f"declared in {place}\n" in ask("check", "site.toml").out
    assert "warning[TD206]" in ask("order", "site.toml").err


@pytest.mark.parametrize(
    ("table", "line"),
    [("[facts]\nhot = true\n", 2), ("[choose]\nstorge = 'storage'\n", 2), ("\n[choose]\nstorge = 'x'\n", 3)],
)
def test_tables_of_a_graph_file_are_reported_with_their_line(ask: Ask, table: str, line: int) -> None:
    Path("site.toml").write_text(table + PLAIN)
    (found,) = json.loads(ask("check", "--format", "json", "site.toml").out)["findings"]
    assert (found["code"], found["origins"][0]["line"]) == ("TD206", line)


def test_a_header_of_json_lines_is_reported_with_its_line(ask: Ask) -> None:
    Path("site.jsonl").write_text('{"name": "a"}\n{"facts": {"hot": true}}\n')
    (found,) = json.loads(ask("check", "--format", "json", "site.jsonl").out)["findings"]
    assert (found["code"], found["origins"][0]["line"]) == ("TD206", 2)


def test_a_table_that_settings_and_graph_share_is_one_finding(ask: Ask) -> None:
    Path("site.toml").write_text("[facts]\nhot = true\n" + PLAIN)
    Path("tierdeps.toml").write_text("facts = { hot = false }\n")
    (found,) = json.loads(ask("check", "--format", "json", "site.toml").out)["findings"]
    assert [origin["file"] for origin in found["origins"]] == ["site.toml", "tierdeps.toml"]


@pytest.mark.parametrize("command", ["check", "order", "lock", "graph", "why storage qemu --graph"])
def test_an_assumption_of_an_unknown_fact_is_the_same_finding_everywhere(ask: Ask, command: str) -> None:
    Path("site.toml").write_text(PLAIN)
    answer = ask(*command.split(), "site.toml", "--assume", "hot=yes")
    said = answer.out if command == "check" else answer.err
    assert "warning[TD206] --assume hot: no dependency is conditional on it" in said
    assert answer.code == 0


def test_the_locked_plan_is_run_with_the_same_warnings(ask: Ask) -> None:
    Path("site.toml").write_text(PLAIN)
    assert ask("lock", "site.toml").code == 0
    Path("tierdeps.toml").write_text("[drivers.storge]\nuri = 'x'\n")
    answer = ask("order", "--locked", "site.toml", "--assume", "hot=yes")
    assert "warning[TD206]" in answer.err
    assert "1 more like it" in answer.err
    assert not ask("order", "--locked", "-q", "site.toml").err


def test_a_fact_that_nothing_states_is_found_by_check_too(ask: Ask) -> None:
    Path("site.toml").write_text(
        "[facts]\nhot = true\n[drivers.a]\nafter = [{ on = 'b', when = 'hto' }]\n[drivers.b]\n"
    )
    answer = ask("check", "site.toml")
    assert "fact 'hto' is not set anywhere, and dependencies are conditional on it; did you mean 'hot'?" in answer.out
    assert codes(ask, "site.toml") == ["TD206", "TD206"]
    assert codes(ask, "site.toml", "--assume", "hto=no") == ["TD206"]


def test_a_fact_of_the_settings_is_stated(ask: Ask) -> None:
    Path("site.toml").write_text("[drivers.a]\nafter = [{ on = 'b', when = 'hot' }]\n[drivers.b]\n")
    assert codes(ask, "site.toml") == ["TD206"]
    Path("tierdeps.toml").write_text("facts = { hot = false }\n")
    assert codes(ask, "site.toml") == []


def test_an_optional_target_is_silent_where_it_is_absent(ask: Ask) -> None:
    absent = "[drivers.a]\nrequires = [{ on = 'x', optional = true }]\nafter = [{ on = 'y', optional = true }]\n"
    Path("site.toml").write_text(absent)
    assert codes(ask, "site.toml") == []
    assert ask("order", "site.toml").err == ""


PLUGIN = """
@hookimpl
def tierdeps_drivers():
    from tierdeps import after
    return [Driver("a", dependencies=(after("b", when={when!r}),)), Driver("b")]

@hookimpl
def tierdeps_facts({arguments}):
    {body}
"""


def plugin(when: str, arguments: str, body: str) -> str:
    return PLUGIN.format(when=when, arguments=arguments, body=body)


def test_a_fact_that_a_plugin_states_is_known_to_check(ask: Ask, site: Site) -> None:
    site.install("acme", plugin("hot", "", "return {'hot': False}"))
    assert codes(ask, "--only", "acme") == []


def test_a_plugin_is_asked_for_names_alone(ask: Ask, site: Site) -> None:
    body = "return {'hot': True} if names_only else print('the host was asked')"
    site.install("acme", plugin("hto", "names_only", body))
    answer = ask("check", "--only", "acme")
    assert "fact 'hto' is not set anywhere, and dependencies are conditional on it; did you mean 'hot'?" in answer.out
    assert "the host was asked" not in answer.out + answer.err


def test_a_plugin_is_not_asked_where_all_facts_are_stated(ask: Ask, site: Site) -> None:
    site.install("acme", plugin("hot", "", "raise RuntimeError"))
    Path("tierdeps.toml").write_text("facts = { hot = false }\n")
    assert codes(ask, "--only", "acme") == []


def test_a_plugin_that_cannot_name_its_facts_is_reported_as_broken(ask: Ask, site: Site) -> None:
    site.install("acme", plugin("hot", "", "raise RuntimeError"))
    assert codes(ask, "--only", "acme") == ["TD206", "TD301"]


ADDING = """
@hookimpl
def tierdeps_dependencies(driver):
    from tierdeps import after, requires
    if driver.name == "a":
        return [after("bb"), requires("b")]
    return [after("a")] if driver.name == "nobody" else None
"""
DECLARING = """
@hookimpl
def tierdeps_drivers():
    from tierdeps import requires
    return [Driver("a", dependencies=(requires("b"),)), Driver("b")]
"""


def test_what_a_plugin_adds_to_another_ones_driver_is_looked_at_too(ask: Ask, site: Site) -> None:
    site.install("acme", DECLARING)
    site.install("extra", ADDING)
    answer = ask("check", "--block", "tierdeps-libvirt", "--ignore", "TD204")
    assert "warning[TD206] a comes after 'bb', but no driver has this name or provides it; did you mean 'b'?" in (
        answer.out
    )
    assert "declared by extra 1.0, extra.py" in answer.out
    assert "warning[TD201] a requires b: that is declared 2 times" in answer.out
    assert "declared by acme 1.0, acme.py" in answer.out
    assert "2 drivers, 2 dependencies, 1 tier: 0 errors, 2 warnings" in answer.out


def test_a_misspelt_phase_is_an_error_where_the_target_may_be_absent(ask: Ask) -> None:
    """The target may be there on another host."""
    Path("site.toml").write_text("[drivers.a]\nwants = [{ on = 'b', phase = 'strt', optional = true }]\n")
    answer = ask("check", "site.toml")
    assert answer.code == 1
    assert "error[TD107] a has no phase 'strt', only start; did you mean 'start'?" in answer.out
