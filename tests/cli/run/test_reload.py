"""``tierdeps reload``, as processes."""

from __future__ import annotations

import json
import os
import signal
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from tests.cli.hosts import TIMEOUT_S, read_until, wait_for
from tests.cli.run.test_detach import deeds, done
from tests.test_schemas import closed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.hosts import Host

CHAIN = {"a": (), "b": ("a",), "c": ("b",), "apart": ()}


def validate(document: Any) -> None:
    schema = json.loads((files("tierdeps.schemas") / "reload.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(closed(schema)).validate(document)


@pytest.fixture(name="before")
def _before(host: Host) -> dict[str, list[int]]:
    """Start the chain."""
    host.graph(CHAIN)
    assert host.ask("start", "graph.toml", "--detach").code == 0
    return host.running()


def test_changed_drivers_are_restarted_and_the_rest_keeps_its_processes(
    host: Host, before: dict[str, list[int]]
) -> None:
    host.graph({**CHAIN, "new": ("c",)}, b=1)
    answer = host.ask("reload")
    assert answer.code == 0
    assert answer.out.splitlines()[:6] == [
        "will stop c",
        "will stop b",
        "will start b",
        "will start c",
        "will start new",
        "2 to stop, 3 to start, 2 of them started again, 2 unchanged",
    ]
    after = host.running()
    assert (after["a"], after["apart"]) == (before["a"], before["apart"])
    assert set(after) == {"a", "b", "c", "apart", "new"}
    assert after["b"] != before["b"]
    assert after["c"] != before["c"]
    assert {len(pids) for pids in after.values()} == {1}


def test_removed_drivers_are_stopped(host: Host, before: dict[str, list[int]]) -> None:
    host.graph({"a": (), "b": ("a",)})
    assert host.ask("reload", "graph.toml").code == 0
    assert host.running() == {name: before[name] for name in ("a", "b")}
    assert host.ask("stop").code == 0
    assert host.running() == {}


def test_a_dry_run_changes_nothing(host: Host, before: dict[str, list[int]]) -> None:
    host.graph({"a": (), "new": ()}, a=1)
    answer = host.ask("reload", "--dry-run")
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "would stop c",
        "would stop b",
        "would stop apart",
        "would stop a",
        "would start a",
        "would start new",
        "4 to stop, 2 to start, 1 of them started again, 0 unchanged; nothing was done",
    ]
    answer = host.ask("reload", "--dry-run", "--format", "json")
    document = json.loads(answer.out)
    validate(document)
    assert (document["stop"], document["start"]) == (["c", "b", "apart", "a"], ["a", "new"])
    assert host.running() == before


def test_json_has_an_event_a_line_and_the_outcome_last(host: Host, before: dict[str, list[int]]) -> None:
    host.graph(CHAIN, c=1)
    answer = host.ask("reload", "--format", "json")
    *events, last = [json.loads(line) for line in answer.out.splitlines()]
    validate(last)
    assert (last["ok"], last["dry_run"], last["failed"]) == (True, False, None)
    assert last["report"]["schema"] == "tierdeps/report/1"
    assert {event["driver"] for event in events} == {"c"}


def test_an_unchanged_graph_changes_nothing(host: Host, before: dict[str, list[int]]) -> None:
    answer = host.ask("reload")
    assert answer.code == 0
    assert answer.out.splitlines()[0] == "nothing changed"
    assert host.running() == before


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ('[drivers.a]\nrequires = ["b"]\n[drivers.b]\nrequires = ["a"]\n', 1, "TD101"),
        ("[drivers.a\n", 2, "not valid TOML"),
        ("", 2, "it declares no driver"),
    ],
)
def test_a_graph_with_errors_changes_nothing(
    host: Host, before: dict[str, list[int]], text: str, code: int, says: str
) -> None:
    (host.folder / "graph.toml").write_text(text)
    answer = host.ask("reload")
    assert (answer.code, answer.out) == (code, "")
    assert says in answer.err
    assert "nothing was changed" in answer.err
    assert host.running() == before


def test_a_failing_new_driver_restores_the_old_graph(host: Host, before: dict[str, list[int]]) -> None:
    old = (host.folder / "graph.toml").read_text()
    host.graph(CHAIN, b=1)
    with (host.folder / "graph.toml").open("a") as file:
        file.write('[drivers.bad]\ncommand = ["false"]\nready = "exit"\nrequires = ["c"]\n')
    answer = host.ask("reload")
    assert answer.code == 4
    assert "error: the new graph did not start, so the old one was restored" in answer.out
    after = host.running()
    assert set(after) == set(before)
    assert (after["a"], after["apart"]) == (before["a"], before["apart"])
    assert {len(pids) for pids in after.values()} == {1}
    (host.folder / "graph.toml").write_text(old)
    assert host.ask("reload").out.splitlines()[0] == "nothing changed"


def test_settings_are_read_again_and_drivers_are_reloaded(host: Host) -> None:
    deeds(host, a="Deed", b="Deed")
    host.ask("start", "graph.toml", "--detach")
    (host.folder / "tierdeps.toml").write_text("[drivers.b]\nport = 80\n")
    answer = host.ask("reload")
    assert answer.code == 0
    assert answer.out.splitlines()[:2] == ["will reload b", "1 to reload, 1 unchanged"]
    assert done(host) == ["start a", "start b", "reload b"]


def test_python_is_not_read_again(host: Host) -> None:
    deeds(host, a="Deed")
    host.ask("start", "graph.toml", "--detach")
    (host.folder / "deeds.py").write_text("raise SystemExit")
    answer = host.ask("reload")
    assert (answer.code, answer.out.splitlines()[0]) == (0, "nothing changed")


def test_sighup_reloads(host: Host, before: dict[str, list[int]]) -> None:
    host.graph({"a": ()})
    (run,) = host.alive()
    os.kill(run.info.pid, signal.SIGHUP)
    wait_for(lambda: host.running() == {"a": before["a"]}, "the reload")


def test_concurrent_reloads_are_served_one_after_the_other(host: Host, before: dict[str, list[int]]) -> None:
    host.graph({**CHAIN, "new": ()}, c=1)
    reloads = [host.begin("reload", "graph.toml") for _ in range(3)]
    told = [process.communicate(timeout=TIMEOUT_S) for process in reloads]
    assert [process.returncode for process in reloads] == [0, 0, 0]
    assert sorted(out.splitlines()[0] for out, _ in told) == ["nothing changed", "nothing changed", "will stop c"]
    after = host.running()
    assert {len(pids) for pids in after.values()} == {1}
    assert (after["a"], after["b"]) == (before["a"], before["b"])


def test_a_stop_during_a_reload_stops_everything(host: Host, before: dict[str, list[int]]) -> None:
    text = (host.folder / "graph.toml").read_text()
    (host.folder / "graph.toml").write_text(f'{text}[drivers.slow]\ncommand = ["sleep", "600"]\nready = "log:never"\n')
    process = host.begin("reload")
    read_until(process, "slow starting")
    assert host.ask("stop").code == 0
    process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 4
    assert host.running() == {}


def test_a_reload_waits_for_the_end_of_the_start(host: Host) -> None:
    (host.folder / "graph.toml").write_text('[drivers.slow]\ncommand = ["sleep", "600"]\nready = "exec:test -e go"\n')
    start = host.begin("start", "graph.toml")
    read_until(start, "slow starting")
    reload = host.begin("reload")
    assert reload.stderr is not None
    assert "the start has not finished; the reload waits for it" in reload.stderr.readline()
    (host.folder / "go").touch()
    out, _ = reload.communicate(timeout=TIMEOUT_S)
    assert (reload.returncode, out.splitlines()[0]) == (0, "nothing changed")
    host.ask("stop")
    start.communicate(timeout=TIMEOUT_S)


def test_a_second_start_after_a_reload_is_still_refused(host: Host, before: dict[str, list[int]]) -> None:
    host.graph({"other": ()})
    assert host.ask("reload").code == 0
    answer = host.ask("start", "graph.toml", "--once")
    assert answer.code == 4
    assert "graph.toml is already running" in answer.err


def disable_all(host: Host) -> None:
    path = host.folder / "graph.toml"
    path.write_text('disable = ["a", "b", "c", "apart"]\n' + path.read_text(encoding="utf-8"), encoding="utf-8")


def empty(host: Host) -> None:
    (host.folder / "graph.toml").write_text("[tiers]\norder = []\n", encoding="utf-8")


def absent(host: Host) -> None:
    (host.folder / "graph.toml").write_text('[drivers.a]\nwhen = "no"\n', encoding="utf-8")


@pytest.mark.parametrize("change", [disable_all, empty, absent])
@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_graph_that_would_leave_nothing_up_is_refused_and_nothing_is_stopped(
    host: Host, before: dict[str, list[int]], change: Callable[[Host], None], options: tuple[str, ...]
) -> None:
    change(host)
    answer = host.ask("reload", *options)
    assert answer.code in (2, 4)
    assert "--allow-empty" in answer.err
    assert ("disabled" in answer.err) is (change is disable_all)
    assert "nothing was changed: everything keeps running as before" in answer.err
    assert host.running() == before


@pytest.mark.parametrize("change", [disable_all, empty])
def test_allow_empty_stops_everything(host: Host, before: dict[str, list[int]], change: Callable[[Host], None]) -> None:
    assert before
    change(host)
    answer = host.ask("reload", "--allow-empty")
    assert answer.code == 0, answer.err
    assert host.running() == {}
    assert host.ask("stop").code == 0


def test_warnings_go_to_the_reload_even_if_the_start_was_quiet(host: Host) -> None:
    host.graph(CHAIN)
    assert host.ask("start", "graph.toml", "--detach", "-q").code == 0
    path = host.folder / "graph.toml"
    path.write_text(path.read_text(encoding="utf-8") + '\n[drivers.more]\nwants = ["aprt"]\n', encoding="utf-8")
    answer = host.ask("reload", "--dry-run")
    assert answer.code == 0
    assert "warning[TD206] more wants 'aprt'" in answer.err
    assert "did you mean 'apart'?" in answer.err
    assert "TD206" not in host.ask("reload", "--dry-run", "-q").err
