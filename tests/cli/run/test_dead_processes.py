"""A process that has ended never counts as up, in exit codes, reports and the journal of commands."""

from __future__ import annotations

import json
import os
import signal
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from tests.cli.hosts import TIMEOUT_S, read_until, wait_for
from tests.test_schemas import closed

if TYPE_CHECKING:
    from tests.cli.hosts import Host

#: What ends at once, with what is said of it. The time to settle is longer than anything takes on a busy machine.
ENDINGS: dict[str, tuple[dict[str, Any], str]] = {
    "well": ({"command": ["true"], "settle": 30}, "the process exited with code 0, "),
    "badly": ({"command": ["false"], "settle": 30}, "the process exited with code 1, "),
    "as another program": (
        {"command": ["sh", "-c", "exec sh -c 'exit 3'"], "settle": 30},
        "the process exited with code 3, ",
    ),
    "killed": ({"command": ["sh", "-c", "kill -KILL $$$$"], "settle": 30}, "the process was killed by SIGKILL, "),
    "in the background": (
        {"command": ["sh", "-c", "sleep 30 & exit 0"], "settle": 30},
        'after it started: one that is to end has ready = "exit"',
    ),
    "after it was ready": (
        {"command": ["sh", "-c", "echo up; exit 4"], "ready": "log:up"},
        "the process exited with code 4",
    ),
    "when it settled": (
        {"command": ["sh", "-c", "echo up; sleep 0.3; exit 5"], "ready": "log:up", "settle": 30},
        "the process exited with code 5, ",
    ),
}


def write(host: Host, **drivers: dict[str, Any]) -> None:
    (host.folder / "graph.json").write_text(json.dumps({"drivers": drivers}))


def sleeper(host: Host, name: str, **more: Any) -> dict[str, Any]:
    return {"command": host.command(name), "settle": 0, **more}


def validate(report: Any) -> None:
    schema = json.loads((files("tierdeps.schemas") / "report.json").read_text(encoding="utf-8"))
    Draft202012Validator(closed(schema)).validate(report)


MODES = ("--detach", "--leave-running", "foreground")


@pytest.mark.parametrize(
    ("mode", "ending"),
    [
        *(("--once", ending) for ending in ENDINGS),
        *((mode, ending) for mode in MODES for ending in ("badly", "after it was ready")),
    ],
)
def test_a_start_whose_process_ends_at_once_is_no_success(host: Host, mode: str, ending: str) -> None:
    driver, reason = ENDINGS[ending]
    write(host, web=driver, other=sleeper(host, "other"))
    modes = [] if mode == "foreground" else [mode]
    answer = host.ask("start", "graph.json", *modes, "--format", "json")
    report = json.loads(answer.out.splitlines()[-1])
    validate(report)
    assert answer.code == 4
    (outcome,) = (outcome for outcome in report["outcomes"] if outcome["driver"] == "web")
    assert (outcome["state"], outcome["stopped"], report["root_causes"]) == ("failed", True, ["web"])
    assert reason in outcome["reason"]
    assert host.alive() == ()
    assert host.running() == {}
    status = host.ask("status", "graph.json")
    assert status.code == 4
    assert f"web  failed, now stopped: {outcome['reason']}" in status.out


@pytest.mark.parametrize("mode", ["--once", "--detach", "--leave-running"])
def test_an_isolated_failure_fails_the_start_and_the_rest_goes_on(host: Host, mode: str) -> None:
    write(
        host,
        web=ENDINGS["after it was ready"][0],
        app=sleeper(host, "app", requires=["web"]),
        other=sleeper(host, "other"),
    )
    answer = host.ask("start", "graph.json", mode, "--on-failure", "isolate")
    assert answer.code == 4
    assert "failed: web: the process exited with code 4" in answer.out
    assert host.running().keys() == (set() if mode == "--once" else {"other"})
    if mode == "--detach":
        assert host.ask("status", "graph.json").code == 4
        assert host.ask("stop").code == 0
        assert host.running() == {}


@pytest.mark.parametrize("mode", ["--once", "--detach"])
def test_an_ignored_failure_does_not_fail_the_start(host: Host, mode: str) -> None:
    write(host, web=ENDINGS["badly"][0], other=sleeper(host, "other"))
    answer = host.ask("start", "graph.json", mode, "--on-failure", "ignore")
    assert answer.code == 0
    assert "failed, ignored: web: the process exited with code 1" in answer.out


def test_a_dry_run_starts_nothing_and_waits_for_nothing(host: Host) -> None:
    write(host, web={**ENDINGS["badly"][0], "settle": 1000})
    answer = host.ask("start", "graph.json", "--dry-run")
    assert (answer.code, answer.out.splitlines()[0]) == (0, "would start web:start")
    answer = host.ask("simulate", "graph.json", "--restarts", "10", "--schedule", "plan")
    assert answer.code == 0


@pytest.mark.parametrize("ending", ["well", "killed", "in the background", "when it settled"])
def test_a_reload_to_a_process_that_ends_at_once_restores_the_old_graph(host: Host, ending: str) -> None:
    write(host, old=sleeper(host, "old"))
    assert host.ask("start", "graph.json", "--detach").code == 0
    before = host.running()
    write(host, old=sleeper(host, "old"), web=ENDINGS[ending][0])
    answer = host.ask("reload")
    assert answer.code == 4
    assert "error: the new graph did not start, so the old one was restored" in answer.out
    assert f"failed: web: {ENDINGS[ending][1]}" in answer.out or ending == "in the background"
    assert host.running() == before


@pytest.mark.parametrize("policy", ["abort", "isolate"])
def test_a_reload_whose_process_ends_soon_after_is_no_success(host: Host, policy: str) -> None:
    write(host, old=sleeper(host, "old"))
    assert host.ask("start", "graph.json", "--detach", "--on-failure", policy).code == 0
    write(host, old=sleeper(host, "old"), web=ENDINGS["after it was ready"][0])
    answer = host.ask("reload", "--format", "json")
    last = json.loads(answer.out.splitlines()[-1])
    assert (answer.code, last["ok"]) == (4, False)
    assert "web" in str(last)
    if policy == "isolate":
        assert set(host.running()) == {"old"}


class Stack:
    """An instance of ``web``, which requires ``db``: it asks for time when it is stopped."""

    def __init__(self, host: Host, **db: Any) -> None:
        self.host = host
        self.asked, self.go_on = host.folder / "asked", host.folder / "go-on"
        script = f"trap 'touch {self.asked}; until test -e {self.go_on}; do sleep 0.02; done; exit 0' TERM; echo up; "
        web = {"command": ["sh", "-c", f"{script}while :; do sleep 0.02; done"], "ready": "log:up", "requires": ["db"]}
        write(host, db={**sleeper(host, "db"), **db}, web=web)

    def kill(self) -> None:
        """Kill the database from outside, and wait until it has ended."""
        (pid,) = self.host.running()["db"]
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not self.host.running().get("db"), "the end of the database")

    def dies_while_web_is_stopped(self) -> None:
        """Wait until web is asked to end, kill the database, and let web end."""
        wait_for(self.asked.exists, "the stop of web")
        self.kill()
        self.go_on.touch()


def test_a_process_that_dies_during_the_stop_of_another_fails_the_run(host: Host) -> None:
    stack = Stack(host)
    process = host.begin("start", "graph.json")
    read_until(process, "all drivers are ready")
    process.send_signal(signal.SIGTERM)
    stack.dies_while_web_is_stopped()
    out, _ = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 4
    assert "failed: db: the process was killed by SIGKILL, " in out
    assert "stopped: web, db" in out
    assert out.splitlines()[-1].startswith("run failed: 1 failed, 1 ready; 2 drivers")
    assert "note:" not in out
    status = host.ask("status", "graph.json")
    assert status.code == 4
    assert "db  failed, now stopped: the process was killed by SIGKILL, " in status.out


def test_a_stop_during_which_a_process_dies_exits_4(host: Host) -> None:
    stack = Stack(host)
    assert host.ask("start", "graph.json", "--detach").code == 0
    process = host.begin("stop", "--format", "json")
    stack.dies_while_web_is_stopped()
    out, _ = process.communicate(timeout=TIMEOUT_S)
    report = json.loads(out.splitlines()[-1])
    validate(report)
    assert process.returncode == 4
    assert (report["ok"], report["root_causes"]) == (False, ["db"])


def test_a_stop_after_an_isolated_failure_exits_0(host: Host) -> None:
    """That one failed is known: it is not the stop that went wrong."""
    stack = Stack(host)
    stack.go_on.touch()
    assert host.ask("start", "graph.json", "--detach", "--on-failure", "isolate").code == 0
    stack.kill()
    wait_for(lambda: host.ask("status").code == 4, "the failure in the journal")
    answer = host.ask("stop")
    assert answer.code == 0
    assert answer.out.splitlines()[-1].startswith("run failed: 1 failed"), "it was not the start that failed"


def test_a_process_that_is_restarted_during_the_stop_of_another_does_not_fail_the_run(host: Host) -> None:
    stack = Stack(host, restart="on-failure", restart_backoff=0.0)
    process = host.begin("start", "graph.json")
    read_until(process, "all drivers are ready")
    (before,) = host.running()["db"]
    process.send_signal(signal.SIGTERM)
    wait_for(stack.asked.exists, "the stop of web")
    os.kill(before, signal.SIGKILL)
    read_until(process, "ready again")
    stack.go_on.touch()
    process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0


@pytest.mark.parametrize(("policy", "code"), [("abort", 4), ("isolate", 4), ("ignore", 0)])
def test_a_process_that_dies_while_everything_is_up_fails_the_run(host: Host, policy: str, code: int) -> None:
    write(host, db=sleeper(host, "db"), other=sleeper(host, "other"))
    process = host.begin("start", "graph.json", "--on-failure", policy)
    read_until(process, "all drivers are ready")
    (pid,) = host.running()["db"]
    os.kill(pid, signal.SIGKILL)
    read_until(process, "db failed: the process was killed by SIGKILL, ")
    if policy != "abort":
        process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == code
    assert f"failed{', ignored' if policy == 'ignore' else ''}: db: the process was killed by SIGKILL, " in out


@pytest.mark.parametrize("mode", ["--detach", "--leave-running"])
def test_a_signal_during_the_settle_time_interrupts_the_start(host: Host, mode: str) -> None:
    write(host, web=sleeper(host, "web", settle=1000))
    process = host.begin("start", "graph.json", mode)
    read_until(process, "web starting")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130
    assert host.running() == {}
    assert host.alive() == ()
