"""An instance is known by the path that it was started with, and by where that led."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.hosts import Host


def release(host: Host, name: str, driver: str) -> Path:
    """Make a release: a folder with a graph."""
    (host.folder / name).mkdir()
    host.graph({driver: ()}, f"{name}/graph.toml")
    return host.folder / name


def switch(host: Host, name: str) -> None:
    """Have ``current`` lead to a release."""
    link = host.folder / "current"
    link.unlink(missing_ok=True)
    link.symlink_to(name)


@pytest.fixture(name="releases")
def _releases(host: Host) -> Host:
    release(host, "1", "a")
    release(host, "2", "b")
    switch(host, "1")
    return host


def test_the_same_graph_runs_in_two_folders(host: Host) -> None:
    release(host, "1", "a")
    shutil.copytree(host.folder / "1", host.folder / "2")
    for name in ("1", "2"):
        answer = host.ask("start", f"{name}/graph.toml", "--detach")
        assert answer.code == 0, answer.err
    assert len(host.running()["a"]) == 2
    assert host.ask("stop", "1/graph.toml").code == 0
    assert len(host.running()["a"]) == 1
    assert host.ask("stop", "2/graph.toml").code == 0


@pytest.mark.parametrize("started", ["current", "1"])
@pytest.mark.parametrize("stopped", ["current", "1"])
def test_both_names_find_the_instance(releases: Host, started: str, stopped: str) -> None:
    assert releases.ask("start", f"{started}/graph.toml", "--detach").code == 0
    for arguments in (("status",), ("timeline",), ("reload",), ("stop",)):
        answer = releases.ask(*arguments, f"{stopped}/graph.toml")
        assert answer.code == 0, answer.err
    assert releases.running() == {}


@pytest.mark.parametrize("stopped", ["current", "1"])
def test_both_names_find_the_instance_after_the_link_was_switched(releases: Host, stopped: str) -> None:
    releases.ask("start", "current/graph.toml", "--detach")
    switch(releases, "2")
    assert releases.ask("status", f"{stopped}/graph.toml").code == 0
    answer = releases.ask("stop", "2/graph.toml")
    assert answer.code == 4
    assert "graph.toml is not running; running: graph.toml (process" in answer.err
    assert releases.ask("stop", f"{stopped}/graph.toml").code == 0
    assert releases.running() == {}


@pytest.mark.parametrize("stopped", ["current", "2"])
def test_a_reload_follows_the_switched_link(releases: Host, stopped: str) -> None:
    releases.ask("start", "current/graph.toml", "--detach")
    switch(releases, "2")
    assert releases.ask("reload", "current/graph.toml", "--dry-run").code == 0
    assert releases.ask("status", "2/graph.toml").code == 2  # it runs what it ran
    assert releases.ask("reload", "current/graph.toml").code == 0
    assert set(releases.running()) == {"b"}
    assert releases.ask("stop", "1/graph.toml").code == 4
    assert releases.ask("stop", f"{stopped}/graph.toml").code == 0
    assert releases.running() == {}


@pytest.mark.parametrize("name", ["current", "1"])
def test_a_second_start_is_refused_by_either_name(releases: Host, name: str) -> None:
    releases.ask("start", "current/graph.toml", "--detach")
    switch(releases, "2" if name == "current" else "1")
    answer = releases.ask("start", f"{name}/graph.toml", "--detach")
    assert answer.code == 4
    assert "graph.toml is already running" in answer.err
    assert releases.ask("stop").code == 0


@pytest.mark.parametrize("command", ["stop", "reload", "status"])
def test_a_name_of_two_instances_is_refused_with_an_explanation(releases: Host, command: str) -> None:
    releases.ask("start", "current/graph.toml", "--detach")
    switch(releases, "2")
    releases.ask("start", "2/graph.toml", "--detach")
    answer = releases.ask(command, "current/graph.toml")
    assert (answer.code, answer.out) == (2, "")
    first, second = (releases.folder / name / "graph.toml" for name in ("1", "2"))
    assert (
        "graph.toml named the graph of one instance when it was started, and names that of another one now"
        in answer.err
    )
    assert f"was started from {first}" in answer.err
    assert f"was started from {second}" in answer.err
    for path in (first, second):
        assert releases.ask("stop", str(path)).code == 0
    assert releases.running() == {}


@pytest.mark.parametrize("name", ["current", "1"])
def test_left_processes_are_found_by_both_names(releases: Host, name: str) -> None:
    releases.ask("start", "current/graph.toml", "--leave-running")
    before = releases.running()
    answer = releases.ask("start", f"{name}/graph.toml", "--once", "--format", "json")
    assert answer.code == 0
    assert "adopted" in {json.loads(line).get("state") for line in answer.out.splitlines()}
    assert releases.running() == before
    switch(releases, "2")
    assert releases.ask("stop", "2/graph.toml").code == 4
    assert releases.ask("stop", "--left", f"{name}/graph.toml").code == 0
    assert releases.running() == {}
