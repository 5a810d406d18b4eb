"""``tierdeps shake``: what it refuses before the first run, and what of the runs no format hides."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

DRIVERS = """\
from pathlib import Path
from tierdeps import Lifecycle

Path("run").touch()  # of every run some trace is left

class Db(Lifecycle):
    async def start(self, context): Path("shared").touch()
    async def stop(self, context): Path("shared").unlink()

class Web(Lifecycle):
    async def start(self, context): Path("shared").read_text()

class Mail(Lifecycle):
    async def start(self, context): pass

class Never(Lifecycle):
    async def start(self, context): raise RuntimeError("no luck")

class Sometimes(Lifecycle):
    starts = 0
    async def start(self, context):
        Sometimes.starts += 1
        if Sometimes.starts in (2, 5, 7, 8): raise RuntimeError("no luck")

class Adopted(Lifecycle):
    async def adopt(self, context): return True
"""
#: The formats in which the answer is read by machines.
FORMATS = ("concise", "github", "gitlab", "html", "json", "junit", "markdown", "sarif", "text")


def write_graph(**drivers: str) -> None:
    Path("site.toml").write_text(
        "".join(f'[drivers.{name}]\nlifecycle = "outcome_drivers:{kind}"\n' for name, kind in drivers.items())
    )


@pytest.fixture(autouse=True)
def module(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    del ask
    Path("outcome_drivers.py").write_text(DRIVERS)
    monkeypatch.syspath_prepend(str(Path.cwd()))
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.delitem(sys.modules, "outcome_drivers", raising=False)
    write_graph(db="Db", web="Web")


@pytest.mark.parametrize("arguments", [("--format", "html"), ("--output", "report.html")], ids=["printed", "file"])
def test_the_page_shows_the_graph_and_the_finding(ask: Ask, arguments: tuple[str, str]) -> None:
    answer = ask("shake", *arguments, "site.toml")
    assert answer.code == 1
    page = answer.out if arguments[0] == "--format" else Path("report.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "undeclared dependency: web needs db" in page


@pytest.mark.parametrize(
    "arguments",
    [
        ("--output", "nowhere/found.json"),
        ("--output", "sarif:site.toml/found"),
        ("--output", "sarif:folder"),
        ("--baseline", "nowhere/baseline.toml"),
        ("--baseline", "broken.toml"),
        ("--baseline", "nowhere/b.toml", "--update-baseline", "--reason", "known"),
        ("--slow-time", "5"),
        ("--watch-time", "5"),
        ("--slow", "--watch-time", "5"),
        ("--watch", "--slow-time", "5"),
        ("--watch", "--phases"),
        ("--watch", "--seed", "0"),
        ("--watch", "--runs", "3"),
        ("--watch", "--budget", "3"),
        ("--slow", "--seed", "4"),
    ],
    ids=" ".join,
)
def test_what_cannot_work_or_has_no_effect_is_refused_before_anything_is_run(
    ask: Ask, arguments: tuple[str, ...]
) -> None:
    Path("folder").mkdir()
    Path("broken.toml").write_text("[[")
    answer = ask("shake", *arguments, "site.toml")
    assert (answer.code, answer.out) == (2, "")
    assert not Path("run").exists()


def test_a_format_whose_library_is_missing_is_refused_before_anything_is_run(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "junitparser", None)
    answer = ask("shake", "--format", "junit", "site.toml")
    assert answer.code == 2
    assert not Path("run").exists()


def test_a_device_is_a_file_to_write_to(ask: Ask) -> None:
    write_graph(db="Db")
    assert ask("shake", "--output", "json:/dev/stderr", "site.toml").code == 0


def calls_it_no_success(text: str, format_name: str) -> bool:
    """Return whether no word is in the answer with which checks report success; rules and pages have these words."""
    return "no problems found" not in text and (format_name in {"html", "sarif"} or "passed" not in text)


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize(
    ("drivers", "arguments", "said"),
    [
        ({"db": "Db", "gone": "Never"}, (), "gone"),
        ({"db": "Db", "mail": "Sometimes"}, (), "mail"),
        ({"db": "Db", "web": "Web"}, ("--runs", "3"), "web"),
    ],
    ids=["always", "at random", "unfinished"],
)
def test_no_format_calls_a_failure_without_an_explanation_success(
    ask: Ask, format_name: str, drivers: dict[str, str], arguments: tuple[str, ...], said: str
) -> None:
    write_graph(**drivers)
    answer = ask("shake", "--format", format_name, *arguments, "site.toml")
    assert answer.code == 4
    assert said in answer.out
    assert calls_it_no_success(answer.out, format_name)
    assert {"gone": "failed: gone", "mail": "flaky: mail", "web": "unfinished: web"}[said] in answer.out or (
        format_name == "json"
    )
    if format_name == "json":
        assert not json.loads(answer.out)["ok"]
    elif format_name == "junit":
        suite = ET.fromstring(answer.out)[0]  # noqa: S314  it was written here
        assert (suite.get("name"), suite.get("errors")) == ("tierdeps shake", "1")
    elif format_name == "sarif":
        assert not json.loads(answer.out)["runs"][0]["invocations"][0]["executionSuccessful"]
    elif format_name == "markdown":
        assert answer.out.startswith("## tierdeps shake: failed\n")


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("kind", ["limit", "adopted"])
def test_no_format_hides_what_was_not_examined(ask: Ask, format_name: str, kind: str) -> None:
    write_graph(db="Db", mail="Mail" if kind == "limit" else "Adopted")
    limit = ("--runs", "1") if kind == "limit" else ()
    answer = ask("shake", "--format", format_name, *limit, "site.toml")
    assert answer.code == 0
    assert calls_it_no_success(answer.out, format_name)
    said = "ended" if kind == "limit" else "it was running already"
    assert said in answer.out or (format_name == "json" and not json.loads(answer.out)["complete"])
    if format_name == "markdown":
        assert answer.out.startswith("## tierdeps shake: incomplete\n")


def test_a_complete_search_without_failures_has_passed(ask: Ask) -> None:
    write_graph(db="Db")
    answer = ask("shake", "--format", "markdown", "site.toml")
    assert answer.out == "## tierdeps shake: passed\n\n1 driver, 0 dependencies, 1 tier: no problems found\n"
    assert answer.code == 0


def test_an_entry_of_the_baseline_is_stale_once_the_dependency_is_declared(ask: Ask) -> None:
    ask("shake", "--update-baseline", "--reason", "later", "site.toml")
    assert ask("shake", "site.toml").code == 0
    Path("site.toml").write_text(Path("site.toml").read_text() + 'requires = ["db"]\n')
    limited = ask("shake", "--driver", "db", "site.toml")
    assert "TD401" not in limited.out, "a search that was not complete says nothing of it"
    answer = ask("shake", "site.toml")
    assert "TD401" in answer.out
    assert "tierdeps shake site.toml --prune" in answer.out
    pruned = ask("shake", "--prune", "site.toml")
    assert "0 added, 1 removed, 0 in total" in pruned.err
    assert "TD401" not in pruned.out


def test_an_entry_on_drivers_of_several_tiers_is_stale_only_if_tiers_are_ignored(ask: Ask) -> None:
    graph = '[tiers]\norder = ["one", "two"]\n' + Path("site.toml").read_text()
    Path("site.toml").write_text(
        graph.replace('Db"\n', 'Db"\ntier = "one"\n').replace('Web"\n', 'Web"\ntier = "two"\n')
    )
    ask("shake", "--across-tiers", "--update-baseline", "--reason", "later", "site.toml")
    assert "TD401" not in ask("shake", "site.toml").out
    Path("site.toml").write_text(Path("site.toml").read_text() + 'requires = ["db"]\n')
    answer = ask("shake", "--across-tiers", "site.toml")
    assert "TD401" in answer.out
    assert "tierdeps shake site.toml --across-tiers --prune" in answer.out
    assert answer.out.endswith("\nno undeclared dependency found, 1 finding on the baseline\n")


def test_an_entry_is_not_stale_where_a_driver_could_not_be_examined(ask: Ask) -> None:
    ask("shake", "--update-baseline", "--reason", "later", "site.toml")
    write_graph(db="Db", web="Never")
    assert "TD401" not in ask("shake", "site.toml").out


@pytest.mark.parametrize(("kind", "code"), [("Db", 0), ("Never", 4)])
def test_once_all_is_fixed_no_finding_is_left(ask: Ask, kind: str, code: int) -> None:
    write_graph(db="Db", other=kind if kind == "Never" else "Web", web="Web")
    answer = ask("shake", "--fix", "site.toml")
    assert answer.code == code
    assert answer.out.startswith("error[TD305]")


def test_what_could_not_be_fixed_is_left(ask: Ask) -> None:
    graph = '[tiers]\norder = ["one", "two"]\n' + Path("site.toml").read_text()
    Path("site.toml").write_text(
        graph.replace('Db"\n', 'Db"\ntier = "two"\n').replace('Web"\n', 'Web"\ntier = "one"\n')
    )
    answer = ask("shake", "--across-tiers", "--fix", "site.toml")
    assert answer.code == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_between_two_runs_prints_what_was_found(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(Path("state").resolve()))
    # the command that resets is what runs when the signal comes
    Path("reset.py").write_text(
        "import os, pathlib, sys, time\n"
        "if pathlib.Path('second').exists():\n"
        f"    os.kill(os.getppid(), {int(number)})\n    time.sleep(0.5)\n    sys.exit(1)\n"
        "if pathlib.Path('first').exists(): pathlib.Path('second').touch()\n"
        "pathlib.Path('first').touch()\n"
    )
    command = [sys.executable, "-m", "tierdeps", "shake", "--reset", f"{sys.executable} reset.py", "site.toml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 130, done.stderr
    assert "unfinished: web failed in some runs" in done.stdout
    assert done.stdout.endswith("no undeclared dependency found; interrupted\n")
