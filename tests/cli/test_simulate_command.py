"""``tierdeps simulate``."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]


def simulate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tierdeps", "simulate", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_libvirts_two_passes_lose_domains_and_the_plan_none() -> None:
    lost = json.loads(
        simulate("graphs/libvirt-1.2.1.toml", "--schedule", "two-pass", "--restarts", "1000", "--format", "json").stdout
    )
    assert 0.1 <= lost["hit"]["share"] < 1
    assert [victim["driver"] for victim in lost["victims"]] == ["qemu"]
    kept = json.loads(simulate("graphs/libvirt-1.2.1.toml", "--restarts", "1000", "--format", "json").stdout)
    assert kept["hit"]["count"] == 0
    assert kept["edges"] == []


def test_the_document_is_what_its_schema_says() -> None:
    done = simulate("graphs/libvirt-1.2.1.toml", "--schedule", "two-pass", "--restarts", "50", "--format", "json")
    schema = json.loads((files("tierdeps.schemas") / "simulate.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(json.loads(done.stdout))
    assert set(json.loads(done.stdout)) == set(schema["properties"])


def test_says_which_edge_was_too_early_and_who_was_hit() -> None:
    done = simulate("graphs/libvirt-1.2.1.toml", "--schedule", "two-pass", "--restarts", "200")
    assert done.returncode == 0
    rows = [line.split() for line in done.stdout.splitlines()]
    header = ["STEP", "STARTED", "BEFORE", "RESTARTS", "SHARE", "95%", "INTERVAL"]
    early = rows[rows.index(header) + 1]
    assert early[:2] == ["qemu:initialize", "storage:autostart"]
    victim = rows[rows.index(["DRIVER", "STARTED", "TOO", "EARLY", *header[3:]]) + 1]
    assert victim == ["qemu", *early[2:]]


def test_the_same_seed_prints_the_same_bytes() -> None:
    arguments = ("graphs/libvirt-1.2.1.toml", "--schedule", "two-pass", "--restarts", "200", "--seed", "3")
    assert simulate(*arguments).stdout == simulate(*arguments).stdout


def test_says_which_timings_it_made_up() -> None:
    done = simulate("graphs/diamond.toml", "--restarts", "10")
    assert done.returncode == 0
    assert "no step started before what it needs was ready: 0 of 10 restarts" in done.stdout
    assert "4 steps have no timing; assuming lognormal(0.05, 0.5) for each" in done.stderr


def test_a_change_of_a_timing_is_compared_with_what_is_declared() -> None:
    arguments = ("graphs/libvirt-1.2.1.toml", "--schedule", "two-pass", "--restarts", "200")
    done = simulate(*arguments, "--what-if", "storage:autostart=x0", "--what-if", "qemu=x2")
    rows = [line.split("  ") for line in done.stdout.splitlines()]
    titles = [row for row in rows if "RESTARTS TOOK" in row]
    assert len(titles) == 1
    assert "TOO EARLY" in [cell.strip() for cell in titles[0]]
    assert "  with storage:autostart=x0, qemu=x2 " in done.stdout
    document = json.loads(simulate(*arguments, "--what-if", "storage:autostart=x0", "--format", "json").stdout)
    schema = json.loads((files("tierdeps.schemas") / "simulate.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(document)
    assert document["what_if"]["changes"] == ["storage:autostart=x0"]
    assert document["what_if"]["makespan"]["mean"] < document["makespan"]["mean"]
    assert document["what_if"]["hit"]["count"] <= document["hit"]["count"]


def test_a_change_of_an_unknown_driver_is_refused_before_anything_is_simulated() -> None:
    done = simulate("graphs/diamond.toml", "--what-if", "nobody=x2")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: no driver is named 'nobody'; available: ")
    assert "Traceback" not in done.stderr


def test_the_executor_gives_the_same_answer_as_the_computation() -> None:
    arguments = ("graphs/libvirt-1.2.1.toml", "--schedule", "two-pass", "--restarts", "50", "--format", "json")
    computed, real = (json.loads(simulate(*arguments, *more).stdout) for more in ((), ("--executor",)))
    assert (computed.pop("verified"), real.pop("verified")) == (1, 0)
    assert computed == real


def test_verbose_lists_all_steps_and_what_the_executor_has_verified() -> None:
    arguments = ("graphs/libvirt-1.2.1.toml", "--schedule", "two-pass", "--restarts", "50")
    assert "and 9 other steps; --verbose shows all" in simulate(*arguments).stdout
    done = simulate(*arguments, "--verbose")
    assert "other steps" not in done.stdout
    assert "the executor ran 1 of these restarts as well, with the same result" in done.stdout


def test_a_graph_without_a_plan_is_refused() -> None:
    done = simulate("graphs/self.toml", "--restarts", "10")
    assert done.returncode == 1
    assert done.stdout == ""


def test_a_graph_in_which_all_is_disabled_is_no_success_unless_allowed(tmp_path: Path) -> None:
    graph = tmp_path / "graph.toml"
    graph.write_text('disable = ["a"]\n[drivers.a]\n')
    done = simulate(str(graph), "--restarts", "10")
    assert done.returncode == 4
    assert done.stdout == ""
    assert done.stderr == (
        "error: there is nothing to simulate: every driver is disabled; enable one, or pass --allow-empty\n"
    )
    assert simulate(str(graph), "--restarts", "10", "--allow-empty").returncode == 0


def test_a_plan_without_drivers_is_no_success_either(tmp_path: Path) -> None:
    graph = tmp_path / "graph.toml"
    graph.write_text('[drivers.a]\nwhen = "f"\n')
    done = simulate(str(graph), "--restarts", "10", "-q")
    assert (done.returncode, done.stderr) == (
        4,
        "error: there is nothing to simulate: the plan has no driver; change the graph, or pass --allow-empty\n",
    )


def test_one_step_without_a_timing_is_one(tmp_path: Path) -> None:
    graph = tmp_path / "graph.toml"
    graph.write_text("[drivers.a]\n")
    assert simulate(str(graph), "--restarts", "10").stderr.startswith("note: 1 step has no timing; ")
