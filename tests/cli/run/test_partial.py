"""``tierdeps start --partial``, and drivers that are degraded: exit codes and what is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.manager.conftest import site

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ask
    from tests.manager.conftest import Site

__all__ = ["site"]

GRAPH = """
[drivers.a]
[drivers.lost]
requires = ["mars"]
[drivers.on-lost]
requires = ["lost"]
[drivers.x]
requires = ["y"]
[drivers.y]
requires = ["x", "a"]
"""
DEEDS = """
from tierdeps import Lifecycle

class Pools(Lifecycle):
    async def start(self, context):
        context.degraded("pool scratch: its folder is gone")

class Fails(Lifecycle):
    async def start(self, context):
        raise OSError("no disk")
"""


@pytest.fixture
def graph(tmp_path: Path) -> str:
    (tmp_path / "graph.toml").write_text(GRAPH)
    return "graph.toml"


@pytest.fixture
def deeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Provide lifecycles that can be imported."""
    (tmp_path / "partial_deeds.py").write_text(DEEDS)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def states(out: str) -> dict[str, str]:
    return {outcome["driver"]: outcome["state"] for outcome in json.loads(out.splitlines()[-1])["outcomes"]}


def test_without_it_nothing_of_a_graph_with_errors_is_started(ask: Ask, graph: str) -> None:
    answer = ask("start", "--once", graph)
    assert answer.code == 1
    assert answer.out == ""


def test_what_no_error_concerns_starts_and_the_exit_code_is_4(ask: Ask, graph: str) -> None:
    answer = ask("start", "--once", "--partial", "--format", "json", graph)
    assert answer.code == 4
    expected = {"a": "ready", "lost": "blocked", "on-lost": "blocked", "x": "blocked", "y": "blocked"}
    assert states(answer.out) == expected
    assert "error[TD103] lost requires 'mars'" in answer.err
    assert "error[TD101]" in answer.err


def test_the_report_names_the_findings_and_what_they_block(ask: Ask, graph: str) -> None:
    answer = ask("start", "--once", "--partial", graph)
    report = answer.out[answer.out.index("blocked: lost") :].splitlines()
    assert report[0].startswith("blocked: lost: TD103: lost requires 'mars'")
    assert report[1] == "  blocked by it: on-lost"


def test_a_graph_without_errors_is_started_as_ever(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "whole.toml").write_text("[drivers.a]\n[drivers.b]\nrequires = ['a']\n")
    answer = ask("start", "--once", "--partial", "whole.toml")
    assert answer.code == 0
    assert "error" not in answer.err
    assert "blocked" not in answer.out


def test_a_dry_run_says_what_would_not_be_started(ask: Ask, graph: str) -> None:
    answer = ask("start", "--dry-run", "--partial", graph)
    assert answer.code == 4
    assert "would not start lost: TD103" in answer.out
    assert "would start a:start" in answer.out


def test_tiers_without_an_order_leave_nothing_to_start(ask: Ask, tmp_path: Path) -> None:
    for name, order in (("one.toml", "a', 'b"), ("other.toml", "b', 'a")):
        (tmp_path / name).write_text(f"[tiers]\norder = ['{order}']\n[drivers.{name[:-5]}]\ntier = 'a'\n")
    answer = ask("start", "--once", "--partial", "one.toml", "other.toml")
    assert answer.code == 1
    assert "nothing can start" in answer.err


@pytest.mark.parametrize(("options", "other"), [((), "ready"), (("--on-failure", "abort"), "pending")])
def test_a_failure_is_isolated_unless_it_is_said_otherwise(
    ask: Ask, deeds: Path, options: tuple[str, ...], other: str
) -> None:
    text = "[drivers.bad]\nlifecycle = 'partial_deeds:Fails'\n[drivers.late]\nafter = ['bad']\n"
    (deeds / "fails.toml").write_text(text)
    answer = ask("start", "--once", "--partial", *options, "--format", "json", "fails.toml")
    assert answer.code == 4
    assert states(answer.out) == {"bad": "failed", "late": other}


def test_a_degraded_driver_makes_the_exit_code_4_and_status_reports_why(ask: Ask, deeds: Path) -> None:
    text = "[drivers.storage]\nlifecycle = 'partial_deeds:Pools'\n[drivers.qemu]\nrequires = ['storage']\n"
    (deeds / "worn.toml").write_text(text)
    answer = ask("start", "--leave-running", "worn.toml")
    assert answer.code == 4
    assert "storage ready (degraded: pool scratch: its folder is gone)" in answer.out
    assert "degraded: storage: pool scratch: its folder is gone" in answer.out
    assert "qemu ready" in answer.out
    status = ask("status", "worn.toml")
    assert status.code == 4
    assert "ready (degraded: pool scratch: its folder is gone)" in " ".join(status.out.split())


IMPORTER = """
from tierdeps import Declarations, Driver, Importer, hookimpl, requires

def read(source):
    drivers = (Driver("a"), Driver("b", dependencies=(requires("mars"),)))
    return Declarations(drivers, partial=True)

@hookimpl
def tierdeps_importers():
    return (Importer("hosts", lambda source: source.name.endswith(".host"), read),)
"""


@pytest.mark.parametrize(("options", "code"), [((), 4), (("--no-partial",), 1)])
def test_an_importer_may_make_it_the_default_of_its_graphs(
    ask: Ask, site: Site, tmp_path: Path, options: tuple[str, ...], code: int
) -> None:
    site.install("acme-hosts", IMPORTER)
    (tmp_path / "one.host").write_text("")
    assert ask("start", "--once", *options, "one.host").code == code
    assert ask("order", "one.host").code == 1
