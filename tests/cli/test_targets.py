"""``--target`` and ``targets``: what is active is planned, the rest is declared only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

GRAPH = """
[facts]
screen = false
[drivers.system]
wants = ["web"]
pulls = ["metrics"]
[drivers.web]
requires = ["db"]
after = ["backup"]
[drivers.db]
[drivers.metrics]
[drivers.backup]
[drivers.log]
required_by = ["db"]
[drivers.gui]
when = "screen"
wanted_by = ["system"]
[drivers.wrong]
requires = ["nowhere"]
"""
NOTE = "note: 5 of 7 drivers are active, for the target system; 2 are declared only\n"


@pytest.fixture
def site(ask: Ask) -> Ask:
    Path("site.toml").write_text(f'targets = ["system"]\n{GRAPH}')
    Path("all.toml").write_text(GRAPH)
    return ask


def drivers(answer: str) -> list[str]:
    return sorted(json.loads(answer)["drivers"])


@pytest.mark.parametrize("arguments", [["site.toml"], ["all.toml", "--target", "system"]])
def test_the_order_is_that_of_the_active_drivers_and_a_line_says_so(site: Ask, arguments: list[str]) -> None:
    answer = site("order", "--format", "json", *arguments)
    assert (answer.code, answer.err) == (0, NOTE)
    assert drivers(answer.out) == ["db", "log", "metrics", "system", "web"]
    assert site("order", "--format", "json", *arguments).out == answer.out


def test_targets_of_the_command_line_replace_those_of_the_graph(site: Ask) -> None:
    answer = site("order", "site.toml", "--format", "json", "--target", "log", "--target", "backup")
    assert drivers(answer.out) == ["backup", "log"]
    assert answer.err == "note: 2 of 7 drivers are active, for the targets log, backup; 5 are declared only\n"


def test_quiet_says_nothing_of_it(site: Ask) -> None:
    assert site("order", "-q", "site.toml").err == ""


def test_targets_of_several_graphs_are_all_active(site: Ask) -> None:
    Path("more.toml").write_text('targets = ["backup"]\n')
    assert "backup" in drivers(site("order", "site.toml", "more.toml", "--format", "json").out)


def test_check_reports_what_is_wrong_with_every_driver_and_how_many_are_active(site: Ask) -> None:
    answer = site("check", "site.toml")
    assert answer.code == 1
    assert "error[TD103] wrong requires 'nowhere'" in answer.out
    assert "\n8 drivers, 6 of them active, 7 dependencies, 1 tier: 1 error, 0 warnings\n" in answer.out
    assert json.loads(site("check", "site.toml", "--format", "json").out)["summary"]["active"] == 6
    assert json.loads(site("check", "all.toml", "--target", "db", "--format", "json").out)["summary"]["active"] == 2
    assert "active" not in json.loads(site("check", "all.toml", "--format", "json").out)["summary"]


def test_a_wanted_driver_that_cannot_be_is_a_warning_everywhere(site: Ask) -> None:
    Path("site.toml").write_text(f'targets = ["system", "u"]\n{GRAPH}[drivers.u]\nwants = ["wrong"]\n')
    found = "[TD208] wrong is wanted by u and cannot be in the plan: it requires 'nowhere', which nothing is"
    answer = site("check", "site.toml")
    assert (answer.code, f"warning{found}" in answer.out) == (0, True)
    for command in ("order", "lock", "start --dry-run"):
        answer = site(*command.split(), "site.toml")
        assert (answer.code, f"warning{found}" in answer.err) == (0, True)
    assert site("check", "--fail-on", "warning", "site.toml").code == 1


@pytest.mark.parametrize("names", [["wrong"], ["u", "wrong"]])
def test_why_says_what_keeps_a_wanted_driver_from_the_plan(site: Ask, names: list[str]) -> None:
    Path("site.toml").write_text(f'targets = ["system", "u"]\n{GRAPH}[drivers.u]\nwants = ["wrong"]\n')
    answer = site("why", *names, "--graph", "site.toml")
    assert answer.code == 2
    assert answer.err.endswith(
        "error: wrong is wanted by u and cannot be in the plan: it requires 'nowhere', which nothing is\n"
    )


def test_the_picture_is_of_the_active_drivers_in_the_worst_case(site: Ask) -> None:
    answer = site("graph", "site.toml", "--format", "json")
    assert drivers(answer.out) == [
        "db",
        "gui",
        "log",
        "metrics",
        "system",
        "web",
    ]
    assert answer.err == "note: 6 of 8 drivers are active, for the target system; 2 are declared only\n"


def test_why_explains_active_drivers_and_says_what_the_others_are(site: Ask) -> None:
    assert "stage 1 of 3" in site("why", "log", "--graph", "all.toml", "--target", "web").out
    answer = site("why", "backup", "--graph", "site.toml")
    assert answer.code == 2
    assert answer.err.endswith(
        "error: backup: this driver is not active: no target needs, wants or pulls it; name it with --target\n"
    )
    assert (
        "the fact 'screen' does not hold; --assume screen=yes sets it" in site("why", "gui", "--graph", "site.toml").err
    )


def test_start_starts_the_active_drivers(site: Ask) -> None:
    assert site("start", "--dry-run", "site.toml").out.splitlines() == [
        "would start log:start",
        "would start metrics:start",
        "would start db:start",
        "would start web:start",
        "would start system:start",
        "5 steps of 5 drivers; nothing was done",
    ]
    assert site("start", "--once", "site.toml", "--target", "db").code == 0


def test_start_waits_for_earlier_tiers_of_what_it_starts(site: Ask) -> None:
    Path("tiers.toml").write_text(
        "[tiers]\norder = ['core', 'app']\n[drivers.web]\ntier = 'app'\n[drivers.db]\ntier = 'core'\n"
        "[drivers.disk]\ntier = 'core'\n"
    )
    answer = site("start", "--once", "--format", "json", "tiers.toml", "--target", "web", "--target", "db")
    events = [json.loads(line) for line in answer.out.splitlines()]
    ready = [event["driver"] for event in events if event.get("state") == "ready"]
    assert ready == ["db", "web"]


def test_a_partial_start_blocks_active_drivers_alone(site: Ask) -> None:
    assert site("start", "--once", "--partial", "site.toml").code == 0
    answer = site(
        "start", "--once", "--partial", "--format", "json", "site.toml", "--target", "wrong", "--target", "db"
    )
    assert answer.code == 4
    outcomes = {item["driver"]: item["state"] for item in json.loads(answer.out.splitlines()[-1])["outcomes"]}
    assert outcomes == {"db": "ready", "log": "ready", "wrong": "blocked"}


@pytest.mark.parametrize("command", ["order", "check", "graph", "lock", "start --dry-run", "why web --graph"])
def test_a_name_that_nothing_has_is_refused_with_the_nearest_one(site: Ask, command: str) -> None:
    answer = site(*command.split(), "all.toml", "--target", "sytem")
    assert (answer.code, answer.err) == (2, "error: no driver is named 'sytem'; did you mean 'system'?\n")


@pytest.mark.parametrize("command", ["order", "lock", "start --dry-run", "why web --graph"])
def test_a_target_that_is_absent_is_refused_with_its_fact(site: Ask, command: str) -> None:
    answer = site(*command.split(), "all.toml", "--target", "gui")
    assert answer.code == 2
    assert answer.err == (
        "error: --target: 'gui' is absent: the fact 'screen' does not hold; --assume screen=yes sets it\n"
    )
    assert site("order", "all.toml", "--target", "gui", "--assume", "screen=yes").code == 0


def test_an_unknown_target_of_a_graph_file_is_an_error_at_its_line(site: Ask) -> None:
    Path("site.toml").write_text(f'targets = [\n  "sytem",\n]\n{GRAPH}'.replace('requires = ["nowhere"]', ""))
    answer = site("check", "site.toml")
    assert answer.code == 1
    assert "error[TD103] 'sytem' is to be active, but no driver has this name or provides it" in answer.out
    assert "did you mean 'system'?" in answer.out
    assert "declared in site.toml:2, targets[0]" in answer.out
    assert site("order", "site.toml").code == 1


def test_two_targets_that_conflict_are_an_error(site: Ask) -> None:
    Path("two.toml").write_text("[drivers.a]\nconflicts = ['b']\n[drivers.b]\n[drivers.c]\n")
    assert site("check", "two.toml", "--target", "a", "--target", "c").code == 0
    assert "error[TD106]" in site("check", "two.toml", "--target", "a", "--target", "b").out


class TestLocks:
    """A lock is of the active drivers, and records the targets."""

    def test_the_targets_are_in_the_lock(self, site: Ask) -> None:
        assert site("lock", "-q", "site.toml").code == 0
        assert json.loads(Path("tierdeps.lock").read_text())["targets"] == ["system"]
        assert site("order", "--locked", "site.toml").code == 0
        assert site("lock", "--check", "site.toml").code == 0

    def test_a_lock_for_requested_targets_is_used_with_the_same_ones(self, site: Ask) -> None:
        assert site("lock", "all.toml", "--target", "db").code == 0
        answer = site("order", "--locked", "all.toml", "--target", "db", "--format", "json")
        assert drivers(answer.out) == ["db", "log"]
        answer = site("order", "--locked", "all.toml", "--target", "web")
        assert answer.code == 1
        assert "web is to be active now, and it was locked with the target db" in answer.err
        assert "tierdeps lock all.toml --target=web" in answer.err

    def test_without_them_the_lock_does_not_match(self, site: Ask) -> None:
        text = GRAPH.replace('requires = ["nowhere"]', "")
        Path("all.toml").write_text(text)
        assert site("lock", "all.toml", "--target", "db").code == 0
        answer = site("order", "--locked", "all.toml")
        assert "all drivers are to be active now, and it was locked with the target db" in answer.err

    def test_a_part_of_what_is_locked_can_be_requested(self, site: Ask) -> None:
        assert site("lock", "-q", "site.toml").code == 0
        answer = site("start", "--dry-run", "--locked", "site.toml", "--target", "db")
        assert answer.out.splitlines() == [
            "would start log:start",
            "would start db:start",
            "2 steps of 2 drivers; nothing was done",
        ]
        assert answer.err == "note: 2 of 7 drivers are active, for the target db; 5 are declared only\n"

    def test_a_lock_without_targets_says_nothing_of_them(self, site: Ask) -> None:
        Path("all.toml").write_text("[drivers.a]\n")
        assert site("lock", "all.toml").code == 0
        assert "targets" not in Path("tierdeps.lock").read_text()


def test_a_target_of_the_graph_that_is_absent_on_this_host_is_named_with_its_fact(ask: Ask) -> None:
    Path("g.toml").write_text('targets = ["a", "b"]\n[drivers.a]\nwhen = "f"\n[drivers.b]\n')
    note = "note: 1 of 1 driver is active, for the targets a, b; a is absent, because the fact 'f' does not hold\n"
    assert ask("order", "g.toml").err.startswith(note)
    assert "absent" not in ask("order", "g.toml", "--assume", "f=yes").err
