"""Objects of a real libvirtd go down while tierdeps runs; a restart of it loses nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.live.host import scene
from tests.live.host.world import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.live.host import Host

    Start = Callable[..., "Running"]

pytestmark = pytest.mark.live

ROOT = "/etc/libvirt"


class Running:
    """A run in the background, whose checks are frequent."""

    def __init__(self, host: Host, settings: str = "", *graph: str) -> None:
        self._host = host
        self._graph = graph
        self._settings = settings

    def start(self) -> None:
        """Start it, and wait until all is up."""
        for file in self._logs():  # of the runs before
            file.unlink()
        (self._host.world.scratch / "tierdeps.toml").write_text(f"[defaults]\ncheck_every = 1\n{self._settings}")
        done = self._host.tierdeps("start", "--detach", *self._graph)
        assert done.returncode == 0, done.stdout + done.stderr
        assert self._host.active() == scene.EVERYTHING

    def states(self) -> dict[str, tuple[str, str]]:
        """Return for each driver its state, and what is wrong with it."""
        done = self._host.tierdeps("status", "--all", "--format", "json", *self._graph)
        drivers = json.loads(done.stdout)["drivers"]
        return {one["driver"]: (one["state"], one["degraded"] or one["failure"] or one["reason"]) for one in drivers}

    def until(self, driver: str, state: str, why: str) -> None:
        """Wait until a driver is in a state, and its reason says why."""
        until(lambda: self.states()[driver][0] == state and why in self.states()[driver][1], f"{driver} is {state}")

    def log(self) -> str:
        return "".join(file.read_text() for file in self._logs())

    def _logs(self) -> list[Path]:
        folder = self._host.world.path(str(self._host.world.scratch / ".local/state/tierdeps/log"))
        return list(folder.glob("*.log"))

    def stop(self) -> None:
        self._host.tierdeps("stop", *self._graph)
        (self._host.world.scratch / "tierdeps.toml").unlink(missing_ok=True)


@pytest.fixture
def start(host: Host) -> Iterator[Start]:
    """Start runs, with settings and a graph; each is stopped at the end, also one that did not come up."""
    started: list[Running] = []

    def start_one(settings: str = "", *graph: str) -> Running:
        started.append(Running(host, settings, *graph))
        started[-1].start()
        return started[-1]

    yield start_one
    for one in started:
        one.stop()


@pytest.mark.parametrize("adopted", [False, True])
def test_a_destroyed_guest_is_lost_and_the_others_run_on(host: Host, start: Start, adopted: bool) -> None:
    if adopted:
        assert host.tierdeps("start", "--leave-running", ROOT).returncode == 0
    run = start("", ROOT)
    assert run.states()["domain/app"][0] == ("adopted" if adopted else "ready")
    before = host.guests()
    host.connect().lookupByName("app").destroy()
    run.until("domain/app", "failed" if adopted else "stopped", "it was destroyed")
    assert host.guests() == {name: process for name, process in before.items() if name != "app"}


@pytest.mark.parametrize("adopted", [False, True])
def test_by_policy_a_guest_that_was_killed_runs_again(host: Host, start: Start, adopted: bool) -> None:
    if adopted:
        assert host.tierdeps("start", "--leave-running", ROOT).returncode == 0
    run = start('restart = "on-failure"\n', ROOT)
    before = host.guests()
    host.world.signal("KILL", before["app"].pid)
    until(lambda: host.guests().get("app", before["app"]) != before["app"], "it runs again")
    run.until("domain/app", "adopted" if adopted else "ready", "")
    assert {name: one for name, one in host.guests().items() if name != "app"}.items() <= before.items()


def test_what_is_down_of_a_driver_of_many_objects_is_started_again_or_degrades_it(host: Host, start: Start) -> None:
    run = start()
    connection = host.connect()
    connection.lookupByName("web").destroy()
    connection.networkLookupByName("lan").destroy()
    connection.storagePoolLookupByName(scene.FOLDER).destroy()
    run.until("qemu", "ready", "domain web: it was destroyed")
    until(lambda: host.active() == scene.EVERYTHING - {"domain/web"}, "pool and network are active again")


@pytest.mark.parametrize("graph", [(), (ROOT,)])
def test_a_libvirtd_that_is_killed_loses_nothing(host: Host, start: Start, graph: tuple[str, ...]) -> None:
    run = start('guests = "shutdown"\nshutdown_timeout = 1\ncheck_failures = 1\n', *graph)
    before, states = host.guests(), run.states()
    host.libvirtd.stop("KILL")
    until(lambda: "is unknown" in run.log(), "that is reported")
    assert run.states() == states
    host.libvirtd.start()
    until(lambda: "answers again" in run.log(), "that is reported too")
    until(lambda: host.active() == scene.EVERYTHING, "the pool that libvirtd leaves down is started again")
    assert host.guests() == before
    until(lambda: run.states() == states, "its driver is ready again")
    assert 1 <= run.log().count("is unknown") <= 3, "once for each address"
