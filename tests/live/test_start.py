"""From everything down to everything active, and again: what is up is left alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.host import scene

if TYPE_CHECKING:
    from tests.live.host import Host

pytestmark = pytest.mark.live

START = ("start", "--leave-running", "--format", "json")


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def states(report: dict[str, Any]) -> dict[str, str]:
    return {outcome["driver"]: outcome["state"] for outcome in report["outcomes"]}


def test_brings_everything_up_in_the_order_of_its_needs(host: Host) -> None:
    done = host.tierdeps(*START)
    assert done.returncode == 0, done.stdout + done.stderr
    assert host.active() == scene.EVERYTHING
    *events, report = lines(done.stdout)
    ready = {event["driver"]: event["at"] for event in events if event["state"] == "ready"}
    began = {
        event["driver"]: event["at"] for event in events if event["mark"] == "begun" and event["phase"] == "autostart"
    }
    assert ready["secret"] <= began["storage"]
    assert max(ready["secret"], ready["storage"], ready["network"]) <= began["qemu"]
    assert report["ok"] is True
    assert states(report)["uml"] == "skipped"


def test_reports_what_it_did_to_each_object(host: Host) -> None:
    said = host.tierdeps("start", "--leave-running", "--verbose").stderr
    for name in sorted(scene.EVERYTHING):
        assert f"{name.replace('/', ' ')}: started" in said


def test_says_beforehand_what_it_would_do_and_does_nothing(host: Host) -> None:
    done = host.tierdeps("start", "--dry-run")
    assert done.returncode == 0
    assert "would start storage:autostart\n" in done.stdout
    assert host.active() == frozenset()


def test_adopts_what_is_up(host: Host) -> None:
    assert host.tierdeps(*START).returncode == 0
    guests = host.guests()
    again = host.tierdeps(*START)
    assert again.returncode == 0
    found = states(lines(again.stdout)[-1])
    assert {found[driver] for driver in ("network", "storage", "qemu")} == {"adopted"}
    assert host.guests() == guests


def test_repairs_what_a_restart_of_libvirtd_left_down(host: Host) -> None:
    assert host.tierdeps(*START).returncode == 0
    guests = host.guests()
    host.libvirtd.restart()
    assert host.active() == scene.EVERYTHING - {f"pool/{scene.CEPH}"}
    again = host.tierdeps(*START)
    assert again.returncode == 0, again.stdout + again.stderr
    assert host.active() == scene.EVERYTHING
    assert host.guests() == guests


def test_leaves_guests_alone_when_it_stops(host: Host) -> None:
    done = host.tierdeps("start", "--once")
    assert done.returncode == 0, done.stdout + done.stderr
    assert host.active() == scene.EVERYTHING


def test_shuts_guests_down_where_that_is_requested(host: Host) -> None:
    (host.world.scratch / "tierdeps.toml").write_text('[drivers.qemu]\nguests = "shutdown"\n')
    try:
        done = host.tierdeps("start", "--once")
    finally:
        (host.world.scratch / "tierdeps.toml").unlink()
    assert done.returncode == 0, done.stdout + done.stderr
    assert host.active() == {name for name in scene.EVERYTHING if not name.startswith("domain/")}
