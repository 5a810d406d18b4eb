"""``tierdeps restart``, ``stop --driver`` and ``start --driver``, as processes."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from tests.test_schemas import closed

if TYPE_CHECKING:
    from tests.cli.hosts import Host

CHAIN = {"a": (), "b": ("a",), "c": ("b",), "apart": ()}


@pytest.fixture(name="before")
def _before(host: Host) -> dict[str, list[int]]:
    """Start the chain."""
    host.graph(CHAIN)
    assert host.ask("start", "graph.toml", "--detach").code == 0
    return host.running()


def test_a_restart_touches_only_the_driver_and_what_requires_it(host: Host, before: dict[str, list[int]]) -> None:
    answer = host.ask("restart", "b")
    assert (answer.code, answer.out.splitlines()[-1]) == (0, "2 drivers stopped, 2 started")
    after = host.running()
    assert {name for name in CHAIN if after[name] != before[name]} == {"b", "c"}
    assert host.ask("status").out.splitlines()[1:] == ["  4 drivers: 4 ready"]
    timeline = host.ask("timeline")
    assert timeline.code == 0
    assert "came up after" in timeline.out.splitlines()[0]
    assert {word for line in timeline.out.splitlines() for word in line.split()[:2]} >= set(CHAIN)


def test_a_driver_that_was_stopped_is_shown_and_comes_back_with_its_dependents(
    host: Host, before: dict[str, list[int]]
) -> None:
    assert host.ask("stop", "--driver", "a", "graph.toml").out.splitlines()[-1] == "3 drivers stopped"
    assert host.running() == {"apart": before["apart"]}
    status = host.ask("status")
    assert (status.code, " is up, " in status.out.splitlines()[0]) == (0, True)
    assert [line.split()[0] for line in status.out.splitlines()[3:]] == ["a", "b", "c"]
    assert status.out.splitlines()[-1].endswith("on request, with a")
    assert host.ask("start", "--driver", "a").out.splitlines()[-1] == "3 drivers started"
    assert set(host.running()) == set(CHAIN)
    assert host.ask("stop").code == 0


def test_a_reload_starts_what_was_stopped_on_request(host: Host, before: dict[str, list[int]]) -> None:
    host.ask("stop", "--driver", "apart", "--no-dependents")
    answer = host.ask("reload")
    assert (answer.code, answer.out.splitlines()[0]) == (0, "will start apart")
    assert set(host.running()) == set(before)


def test_a_dry_run_shows_what_goes_with_a_driver_and_does_nothing(host: Host, before: dict[str, list[int]]) -> None:
    answer = host.ask("restart", "--dry-run", "b", "apart", "--graph", "graph.toml")
    stops, starts = ["would stop c", "would stop b", "would stop apart"], ["would start a", "would start b"]
    assert answer.out.splitlines()[-1] == "3 drivers to stop, 3 to start; nothing was done"
    assert set(stops) <= set(answer.out.splitlines())
    assert starts[0] not in answer.out.splitlines()
    assert starts[1] in answer.out.splitlines()
    assert host.running() == before


def test_json_has_an_event_a_line_and_the_result_last(host: Host, before: dict[str, list[int]]) -> None:
    answer = host.ask("restart", "c", "--format", "json")
    *events, last = [json.loads(line) for line in answer.out.splitlines()]
    schema = json.loads((files("tierdeps.schemas") / "action.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(closed(schema)).validate(last)
    assert (last["ok"], last["stop"], last["start"]) == (True, ["c"], ["c"])
    assert {event["driver"] for event in events} == {"c"}
    stopped = json.loads(host.ask("stop", "--driver", "c", "--format", "json").out.splitlines()[-1])
    Draft202012Validator(closed(schema)).validate(stopped)
    assert [one["state"] for one in stopped["report"]["outcomes"] if one["driver"] == "c"] == ["stopped"]


def test_a_driver_that_does_not_come_up_again_exits_4_and_the_instance_goes_on(host: Host) -> None:
    flag = host.folder / "flag"
    flag.touch()
    script = f"test -e {flag} && exec sleep 1000"
    text = f'[drivers.a]\ncommand = ["sh", "-c", "{script}"]\n[drivers.b]\ncommand = ["sleep", "1000"]\n'
    (host.folder / "graph.toml").write_text(text)
    assert host.ask("start", "graph.toml", "--detach").code == 0
    flag.unlink()
    answer = host.ask("restart", "a")
    assert answer.code == 4
    assert "not up: a: the process exited with code 1" in answer.out
    assert answer.out.splitlines()[-1] == "1 driver stopped, 0 started"
    assert host.ask("status").code == 4
    flag.touch()
    assert host.ask("restart", "a").code == 0
    assert host.ask("status").code == 0
    assert host.ask("stop").code == 0


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["restart", "aparrt"], 2, "error: no driver is named 'aparrt'; did you mean 'apart'?"),
        (["restart"], 2, "Missing argument 'NAME...'"),
        (["stop", "--driver", "a", "--fast"], 2, "--driver cannot be combined with --fast; choose one"),
        (["stop", "--no-dependents"], 2, "--no-dependents is about single drivers; name them with --driver"),
        (["start", "--driver", "a", "--jobs", "2"], 2, "to which --jobs does not apply"),
        (["restart", "a", "--graph", "other.toml"], 4, "other.toml is not running; running: graph.toml"),
    ],
)
def test_a_mistake_is_one_sentence_and_changes_nothing(
    host: Host, before: dict[str, list[int]], words: list[str], code: int, says: str
) -> None:
    answer = host.ask(*words)
    assert answer.code == code
    assert says in answer.err
    assert host.running() == before


def test_without_an_instance_there_is_nothing_to_restart(host: Host) -> None:
    answer = host.ask("restart", "a")
    assert (answer.code, answer.out) == (4, "")
    assert "nothing is running" in answer.err
