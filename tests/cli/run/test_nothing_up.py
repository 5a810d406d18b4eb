"""``tierdeps start`` without a ready driver, in each mode."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.hosts import Answer, Host

LIVES = """
from tierdeps import Lifecycle

class Missing(Lifecycle):
    def probe(self, context):
        return f"no {context.driver} on this host"

class Found(Lifecycle):
    def adopt(self, context):
        return True
"""
GRAPH = '[drivers.a]\nlifecycle = "lives:Missing"\n[drivers.b]\nlifecycle = "lives:{b}"\n'
PROBLEM = "error: nothing to start: every driver is skipped; fix the causes, or pass --allow-empty"


@pytest.fixture
def skipping(host: Host) -> Host:
    (host.folder / "lives.py").write_text(LIVES)
    (host.folder / "graph.toml").write_text(GRAPH.format(b="Missing"))
    return host


def the_report(answer: Answer) -> dict[str, object]:
    report: dict[str, object] = json.loads(answer.out.splitlines()[-1])
    assert report["schema"] == "tierdeps/report/1"
    return report


@pytest.mark.parametrize("way", [(), ("--once",), ("--leave-running",), ("--detach",), ("--on-failure", "isolate")])
def test_start_exits_4_and_prints_what_was_skipped(skipping: Host, way: tuple[str, ...]) -> None:
    answer = skipping.ask("start", "graph.toml", *way)
    assert answer.code == 4
    assert PROBLEM in answer.out
    assert "skipped: a: no a on this host" in answer.out
    assert "all is" not in answer.out
    assert not skipping.alive()


@pytest.mark.parametrize("way", ["--once", "--leave-running"])
def test_allow_empty_accepts_a_run_without_a_ready_driver(skipping: Host, way: str) -> None:
    answer = skipping.ask("start", "graph.toml", "--allow-empty", way)
    assert answer.code == 0
    assert "error" not in answer.out


def test_allow_empty_in_the_background_stays_until_it_is_stopped(skipping: Host) -> None:
    assert skipping.ask("start", "graph.toml", "--allow-empty", "--detach").code == 0
    assert len(skipping.alive()) == 1
    assert skipping.ask("stop").code == 0


def test_an_adopted_driver_is_enough(skipping: Host) -> None:
    (skipping.folder / "graph.toml").write_text(GRAPH.format(b="Found"))
    assert skipping.ask("start", "graph.toml", "--once").code == 0


def test_only_the_target_has_to_be_ready(skipping: Host) -> None:
    (skipping.folder / "graph.toml").write_text(GRAPH.format(b="Found"))
    assert skipping.ask("start", "graph.toml", "--once", "--target", "a").code == 4
    assert skipping.ask("start", "graph.toml", "--once", "--target", "b").code == 0


def test_a_dry_run_of_disabled_drivers_would_start_nothing(skipping: Host) -> None:
    (skipping.folder / "tierdeps.toml").write_text('disable = ["a", "b"]\n')
    answer = skipping.ask("start", "graph.toml", "--dry-run")
    assert answer.code == 4
    assert PROBLEM in answer.out
    assert "would skip a: disabled" in answer.out
    assert skipping.ask("start", "graph.toml", "--dry-run", "--allow-empty").code == 0


def test_json_has_the_problem_too(skipping: Host) -> None:
    report = the_report(skipping.ask("start", "graph.toml", "--once", "--format", "json"))
    assert report["ok"] is False
    assert str(report["problem"]).startswith("nothing to start: every driver is skipped")


def test_a_locked_start_behaves_the_same(skipping: Host) -> None:
    assert skipping.ask("lock", "graph.toml").code == 0
    assert skipping.ask("start", "graph.toml", "--locked", "--once").code == 4
    assert skipping.ask("start", "graph.toml", "--locked", "--once", "--allow-empty").code == 0


def test_a_graph_without_drivers_is_refused_before_and_passes_where_allowed(skipping: Host) -> None:
    (skipping.folder / "empty.toml").write_text("")
    assert skipping.ask("start", "empty.toml", "--once").code == 2
    assert skipping.ask("start", "empty.toml", "--once", "--allow-empty").code == 0


def test_status_shows_it_afterwards(skipping: Host) -> None:
    skipping.ask("start", "graph.toml", "--once")
    status = skipping.ask("status")
    assert status.code == 4
    assert "nothing to start: every driver is skipped" in status.out


def test_a_reload_to_nothing_exits_4(host: Host) -> None:
    (host.folder / "lives.py").write_text(LIVES)
    host.graph({"web": ()})
    assert host.ask("start", "graph.toml", "--detach").code == 0
    (host.folder / "graph.toml").write_text(GRAPH.format(b="Missing"))
    answer = host.ask("reload")
    assert answer.code == 4
    assert PROBLEM in answer.out
    assert host.ask("stop").code == 0
    assert not host.running()


def test_a_missing_library_is_a_failure(host: Host) -> None:
    """The way in which it was seen: every driver of a plugin lacks the library."""
    (host.folder / "lives.py").write_text(
        LIVES.replace("no {context.driver} on this host", "libvirt-python is missing")
    )
    (host.folder / "graph.toml").write_text(GRAPH.format(b="Missing"))
    answer = host.ask("start", "graph.toml", "--once")
    assert answer.code == 4
    assert "skipped: a, b: libvirt-python is missing" in answer.out


def test_a_plan_without_drivers_starts_nothing_and_says_so_once(skipping: Host) -> None:
    (skipping.folder / "absent.toml").write_text('[drivers.a]\nwhen = "f"\n')
    answer = skipping.ask("start", "absent.toml", "--once")
    assert answer.code == 4
    assert answer.out.endswith("\nnothing was started\n")
