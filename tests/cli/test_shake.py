"""``tierdeps shake``: what is printed and written, and what it exits with; with real processes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

#: Drivers that share a file: the one that makes it and removes it, and one that looks for it.
SITE = """\
[drivers.db]     # makes the file
command = ["sh", "-c", "trap 'rm -f shared; exit 0' TERM; echo > shared; echo up; while :; do sleep 0.02; done"]
ready = "log:up"
settle = 0

[drivers.web]
command = ["sh", "-c", "test -e shared && echo up && exec sleep 1000"]
ready = "log:up"
settle = 0
"""
FIXED = SITE + 'requires = ["db"]\n'
SAID = "undeclared dependency: web needs db, seen in 4 of 4 runs"


@pytest.fixture(autouse=True)
def site(ask: Ask) -> None:
    del ask
    Path("site.toml").write_text(SITE)


def test_a_missing_dependency_is_found_named_and_written_down(ask: Ask) -> None:
    answer = ask("shake", "--fix", "site.toml")
    assert answer.code == 0
    assert answer.out.startswith(f"error[TD305] {SAID}\n")
    assert "web failed in 4 of 4 runs in which it ran without db, and in 0 of " in answer.out
    assert 'add requires = ["db"] to web\n    (verified: ' in answer.out
    assert answer.out.endswith("\n1 undeclared dependency\n")
    assert "fixed 1 finding in site.toml" in answer.err
    assert Path("site.toml").read_text() == FIXED
    assert not Path("shared").exists(), "all that was started is stopped"


def test_nothing_is_found_once_it_is_declared(ask: Ask) -> None:
    Path("site.toml").write_text(FIXED)
    answer = ask("shake", "site.toml")
    assert answer.code == 0
    assert (
        answer.out == "1 run; what is declared leaves no other order to try, seed 0\nno undeclared dependency found\n"
    )


def test_the_document_is_what_its_schema_says_and_a_baseline_excuses(ask: Ask) -> None:
    reason = ("--update-baseline", "--reason", "it is being replaced")
    answer = ask("shake", "--format", "json", "--output", "sarif:found.sarif", *reason, "site.toml")
    assert answer.code == 0
    document = json.loads(answer.out)
    schema = json.loads((files("tierdeps.schemas") / "shake.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(document)
    assert set(document) == set(schema["properties"]) - {"unused"}
    assert [finding["message"] for finding in document["known"]] == [SAID]
    assert document["findings"] == []
    assert json.loads(Path("found.sarif").read_text())["runs"][0]["results"] == []
    assert ask("check", "site.toml").code == 0, "check does not call the entry stale"


def test_limits_end_it_early_and_that_is_said(ask: Ask) -> None:
    answer = ask("shake", "--runs", "2", "--format", "text", "site.toml")
    assert answer.code == 4
    assert "unfinished: web failed in some runs; more runs are needed to find out why" in answer.out
    assert answer.out.endswith("no undeclared dependency found; the limit ended it early\n")


def test_what_fails_in_every_run_is_no_success(ask: Ask) -> None:
    Path("site.toml").write_text('[drivers.gone]\ncommand = ["sh", "-c", "exit 3"]\n')
    answer = ask("shake", "site.toml")
    assert answer.code == 4
    assert answer.out.startswith("failed: gone failed in every run: the process exited with code 3")


def test_of_a_process_that_ends_by_itself_it_is_said_that_nothing_can_be_found(ask: Ask) -> None:
    Path("site.toml").write_text(
        '[drivers.once]\ncommand = ["true"]\nready = "exit"\n[drivers.other]\ncommand = ["true"]\nready = "exit"\n'
    )
    answer = ask("shake", "site.toml")
    assert "note: once may be needed by others without being noticed: it is ready when its process" in answer.out


def test_what_stays_is_undone_before_each_run_by_a_command(ask: Ask) -> None:
    Path("site.toml").write_text(
        '[drivers.make]\ncommand = ["sh", "-c", "echo > shared"]\nready = "exit"\n'
        '[drivers.use]\ncommand = ["cat", "shared"]\nready = "exit"\n'
    )
    answer = ask("shake", "--reset", "rm -f shared", "site.toml")
    assert "undeclared dependency: use needs make, seen in 4 of 4 runs" in answer.out
    assert "note: " not in answer.out
    failed = ask("shake", "--reset", "sh -c 'exit 7'", "site.toml")
    assert failed.code == 4
    assert "failed with 7" in failed.err
    assert "--reset: the command" in failed.err
    missing = ask("shake", "--reset", "/no/such/program", "site.toml")
    assert (missing.code, missing.out) == (4, "")
    assert "--reset: '/no/such/program' cannot be run" in missing.err
    for wrong in ("", "rm 'open"):
        assert ask("shake", "--reset", wrong, "site.toml").code == 2


def test_an_interrupt_stops_what_runs_and_prints_what_was_found(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    del ask
    Path("slow.toml").write_text(
        SITE
        + '[drivers.slow]\nrequires = ["db"]\ncommand = ["sh", "-c", "kill -INT $PPID; sleep 1000"]\nready = "exit"\n'
    )
    monkeypatch.setenv("XDG_STATE_HOME", str(Path("state").resolve()))
    command = [sys.executable, "-m", "tierdeps", "shake", "--format", "json", "slow.toml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 130
    assert json.loads(done.stdout)["complete"] is False
    assert not Path("shared").exists(), "what was started is stopped"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--driver", "wbe"), "wbe"),
        (("--budget", "soon"), "expected a duration such as 90, 90s, 10m or 1h, got soon"),
        (("--budget", "-1m"), "expected a duration such as 90, 90s, 10m or 1h, got -1m"),
        (("--runs", "0"), "0"),
        (("--format", "xyz"), "xyz"),
    ],
)
def test_mistakes_are_named_before_anything_is_started(ask: Ask, arguments: tuple[str, ...], said: str) -> None:
    answer = ask("shake", *arguments, "site.toml")
    assert answer.code == 2
    assert said in answer.err
    assert not Path("shared").exists()


def test_a_graph_of_which_nothing_is_run_is_refused(ask: Ask) -> None:
    Path("site.toml").write_text("[drivers.a]\n[drivers.b]\n")
    answer = ask("shake", "site.toml")
    assert answer.code == 4
    assert "there is nothing to run: no driver has a command or a lifecycle" in answer.err


def test_a_graph_with_errors_is_refused(ask: Ask) -> None:
    Path("site.toml").write_text(SITE + 'requires = ["nobody"]\n')
    answer = ask("shake", "site.toml")
    assert answer.code == 1
    assert "TD103" in answer.err
    assert answer.out == ""


@pytest.fixture(name="racing")
def _racing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two lifecycles that race; the one fails at once if the other one is not there."""
    (tmp_path / "racing_drivers.py").write_text(
        "from pathlib import Path\nfrom tierdeps import Lifecycle\n\nMADE = Path('shared')\n\n"
        "class Db(Lifecycle):\n"
        "    async def start(self, context): MADE.touch()\n"
        "    async def stop(self, context): MADE.unlink()\n\n"
        "class Web(Lifecycle):\n"
        "    async def start(self, context): MADE.read_text()\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    graph = Path("racing.toml")
    graph.write_text('[drivers.db]\nlifecycle = "racing_drivers:Db"\n[drivers.web]\nlifecycle = "racing_drivers:Web"\n')
    return graph


def test_a_driver_that_fails_while_another_one_is_late_has_an_undeclared_dependency(ask: Ask, racing: Path) -> None:
    slow = ("-v", "shake", "--slow", "--slow-time", "0.2", "--fix", str(racing))
    answer = ask(*slow)
    assert answer.code == 0
    assert answer.out.startswith(f"error[TD305] {SAID}\n")
    assert "web failed in 4 of 4 runs in which db was late, and in 0 of 4 runs with it" in answer.out
    assert 'add requires = ["db"] to web\n    (verified: with it, web passed in 4 of 4 runs in which db' in answer.out
    assert "10 runs, 2 of them to delay one driver each, for 2 of 2 pairs (100%), seed 0" in answer.out
    assert "run 1: nothing is late\nrun 2: db is late\nrun 3: web is late\n" in answer.err
    assert racing.read_text().endswith('requires = ["db"]\n')
    again = ask(*slow, "--format", "json")
    assert again.code == 0
    assert (json.loads(again.out)["slow"], json.loads(again.out)["runs"]) == (True, 1)


@pytest.mark.parametrize("slow", [(), ("--slow", "--slow-time", "0.1")], ids=["by order", "slow"])
def test_a_driver_that_runs_already_is_not_examined_and_that_is_said(
    ask: Ask, racing: Path, slow: tuple[str, ...]
) -> None:
    code = Path("racing_drivers.py").read_text()
    Path("running_drivers.py").write_text(code + "\n    async def adopt(self, context): return True\n")
    racing.write_text(racing.read_text().replace("racing_drivers:Web", "running_drivers:Web"))
    answer = ask("shake", *slow, str(racing))
    assert answer.code == 0
    assert answer.out.startswith("note: web is not examined: it was running already\n")
    assert answer.out.endswith("no undeclared dependency found\n")


def test_what_cannot_be_combined_is_named(ask: Ask) -> None:
    for one, other in (("--slow", "--watch"), ("--slow", "--phases"), ("--watch", "--phases")):
        answer = ask("shake", one, other, "site.toml")
        assert answer.code == 2
        assert f"{one} and {other} cannot be combined" in answer.err
    assert not Path("shared").exists()


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_watched_run_names_what_processes_use_of_each_other(ask: Ask) -> None:
    site = SITE.replace("test -e shared", "cat shared > seen") + '[drivers.mail]\nrequires = ["web"]\n'
    Path("site.toml").write_text(site + 'command = ["sleep", "1000"]\nsettle = 0\n')
    answer = ask("shake", "--watch", "--format", "json", "site.toml")
    document = json.loads(answer.out)
    assert answer.code == 1
    assert [finding["message"] for finding in document["findings"]] == [
        "undeclared dependency: web needs db, seen in a watched run"
    ]
    assert "web used the file " in document["findings"][0]["evidence"][0]
    assert document["unused"] == [{"driver": "mail", "needed": "web"}]
    assert document["watched"]
    schema = json.loads((files("tierdeps.schemas") / "shake.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(document)


def test_without_strace_processes_cannot_be_watched(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    answer = ask("shake", "--watch", "site.toml")
    assert answer.code == 4
    assert "--watch needs strace to watch processes; install the package strace" in answer.err
