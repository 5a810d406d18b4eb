"""Runs as JSON lines."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator

from tests.reporters.conftest import play_on_hosts
from tierdeps.reporters.json_lines import JsonLineReporter

if TYPE_CHECKING:
    from tests.reporters.conftest import Play


def test_an_event_a_line_and_the_report_last(play: Play) -> None:
    said: list[str] = []
    play(JsonLineReporter(said.append))
    *events, report = [json.loads(line) for line in said]
    del events[1]["time"]
    assert events[1] == {
        "schema": "tierdeps/event/1",
        "at": 0.0,
        "driver": "secret",
        "state": "starting",
        "phase": "initialize",
        "mark": "begun",
        "reason": "",
    }
    assert report["schema"] == "tierdeps/report/1"
    assert report["root_causes"] == ["storage"]
    by_name = {outcome["driver"]: outcome for outcome in report["outcomes"]}
    assert by_name["secret"]["phases"] == {"initialize": 1.0, "autostart": 0.0}
    assert by_name["qemu"]["cause"] == ["storage"]
    assert by_name["storage"]["stop_error"] == "OSError: still busy"


def test_events_and_report_are_what_their_schemas_say(play: Play) -> None:
    said: list[str] = []
    play(JsonLineReporter(said.append))
    for number, line in enumerate(said, 1):
        name = "report" if number == len(said) else "event"
        schema = json.loads((files("tierdeps.schemas") / f"{name}.json").read_text(encoding="utf-8"))
        Draft202012Validator(schema).validate(json.loads(line))
        assert set(json.loads(line)) == set(schema["properties"]) - {"host"}


def test_events_have_the_time_of_day_in_utc(play: Play) -> None:
    said: list[str] = []
    before = datetime.now(UTC)
    play(JsonLineReporter(said.append))
    after = datetime.now(UTC)
    events = [json.loads(line) for line in said[:-1]]
    starts = {datetime.fromisoformat(event["time"]) - timedelta(seconds=event["at"]) for event in events}
    assert len({round(start.timestamp(), 3) for start in starts}) == 1
    assert before <= min(starts) <= after
    assert all(event["time"].endswith("+00:00") for event in events)


def test_no_line_is_anything_but_ascii(play: Play) -> None:
    said: list[str] = []
    play(JsonLineReporter(said.append))
    assert all(line.isascii() and "\n" not in line and "\x1b" not in line for line in said)


def test_the_host_of_a_driver_is_named() -> None:
    said: list[str] = []
    play_on_hosts(JsonLineReporter(said.append))
    *events, report = [json.loads(line) for line in said]
    hosts = {("osd", "kvm1"), ("pool@kvm1", "kvm1"), ("guest", "kvm2"), ("dns", None)}
    assert {(event["driver"], event.get("host")) for event in events} == hosts
    assert {(one["driver"], one.get("host")) for one in report["outcomes"]} == hosts
    for name, document in (("event", events[0]), ("report", report)):
        schema = json.loads((files("tierdeps.schemas") / f"{name}.json").read_text(encoding="utf-8"))
        Draft202012Validator(schema).validate(document)
