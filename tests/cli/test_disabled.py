"""A requirement that is disabled, and a target that is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

GRAPH = "[drivers.storage]\n[drivers.qemu]\nrequires = ['storage']\n"
FOUND = "[TD207] qemu requires storage, which is disabled: it starts without it"
PLANNING = ["order", "lock", "start --once", "start --dry-run", "simulate --restarts 1"]


@pytest.fixture
def off(ask: Ask) -> Ask:
    """Disable what is required, in the settings."""
    Path("site.toml").write_text(GRAPH)
    Path("tierdeps.toml").write_text("disable = ['storage']\n")
    return ask


def test_check_warns_of_it_wherever_it_is_disabled(off: Ask) -> None:
    assert f"warning{FOUND}" in off("check", "site.toml").out
    Path("tierdeps.toml").unlink()
    Path("site.toml").write_text("disable = ['storage']\n" + GRAPH)
    answer = off("check", "site.toml")
    assert (answer.code, f"warning{FOUND}" in answer.out) == (0, True)


@pytest.mark.parametrize("command", PLANNING)
def test_what_makes_a_plan_warns_of_it(off: Ask, command: str) -> None:
    assert f"warning{FOUND}" in off(*command.split(), "site.toml").err


@pytest.mark.parametrize("command", ["check", *PLANNING])
def test_as_an_error_it_ends_every_command(off: Ask, command: str) -> None:
    Path("tierdeps.toml").write_text("disable = ['storage']\nseverity = { TD207 = 'error' }\n")
    answer = off(*command.split(), "site.toml")
    assert answer.code == 1
    assert f"error{FOUND}" in answer.out + answer.err
    assert not Path("tierdeps.lock").exists()


@pytest.mark.parametrize("command", ["order", "start --dry-run"])
def test_a_warning_that_is_off_is_off_everywhere(off: Ask, command: str) -> None:
    Path("tierdeps.toml").write_text("disable = ['storage']\nseverity = { TD207 = 'off' }\n")
    assert "TD207" not in off(*command.split(), "site.toml").err


def test_what_leaves_no_order_stays_an_error(ask: Ask) -> None:
    Path("site.toml").write_text("[drivers.a]\nrequires = ['b']\n")
    for weight in ("warning", "off"):
        Path("tierdeps.toml").write_text(f"severity = {{ TD103 = '{weight}' }}\n")
        assert ask("check", "site.toml").code == 0
        assert ask("order", "site.toml").code == 1


def test_an_error_of_names_ends_what_is_locked_too(ask: Ask) -> None:
    Path("site.toml").write_text(GRAPH)
    assert ask("lock", "site.toml").code == 0
    Path("tierdeps.toml").write_text("severity = { TD206 = 'error' }\n[drivers.storge]\n")
    answer = ask("start", "--once", "--locked", "site.toml")
    assert answer.code == 1
    assert "error[TD206]" in answer.err


@pytest.mark.parametrize("options", [[], ["--dry-run"], ["--once"], ["--locked"]])
def test_a_disabled_target_is_refused_in_one_sentence(off: Ask, options: list[str]) -> None:
    assert off("lock", "-q", "site.toml").code == 0
    answer = off("start", "-q", "site.toml", "--target", "storage", *options)
    assert answer.code == 2
    assert answer.err == (
        "error: the driver 'storage' is disabled, so it cannot be a target; remove it from disable, in the settings or"
        " in the graph file\n"
    )


def test_a_target_that_requires_what_is_disabled_is_started_with_a_warning(off: Ask) -> None:
    answer = off("start", "--once", "site.toml", "--target", "qemu")
    assert f"warning{FOUND}" in answer.err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("site.toml", "[drivers.a]\nrequires = ['b', 'b']\n[drivers.b]\n"),
        ("site.json", '{"drivers": {"a": {"requires": ["b", "b"]}, "b": {}}}'),
        ("site.jsonl", '{"name": "a", "requires": ["b", "b"]}\n{"name": "b"}\n'),
        ("site.yaml", "drivers:\n  a: {requires: [b, b]}\n  b:\n"),
    ],
)
def test_a_dependency_that_occurs_twice_is_one_and_is_reported(ask: Ask, name: str, text: str) -> None:
    Path(name).write_text(text)
    found = json.loads(ask("check", "--format", "json", name).out)
    assert found["summary"]["dependencies"] == 1
    assert [(item["code"], item["severity"]) for item in found["findings"]] == [("TD201", "warning")]
    assert len(json.loads(ask("graph", "--format", "json", name).out)["edges"]) == 1
    assert "warning[TD201] a requires b: that is declared 2 times" in ask("order", name).err
    assert ask("check", name, "--fail-on", "warning").code == 1
