"""The output of plugins and drivers is not part of an answer, for any command, hook, format or descriptor."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_plugins import Shell

if TYPE_CHECKING:
    from tests.cli.conftest import Ask
    from tests.cli.hosts import Answer, Host

NOISE = "noise of a plugin"
#: Prints wherever a plugin's code is run: at its import, in every hook, and in everything that hooks return.
PLUGIN = f"""
import os, subprocess, sys
from tierdeps import Driver, Lifecycle, hookimpl
from tierdeps.formats import Format
from tierdeps.importers import Importer
from tierdeps.model import Declarations, Severity
from tierdeps.reporters import Reporter
from tierdeps.rules import Rule

def noise(what):
    print("{NOISE}:", what, flush=True)
    sys.__stdout__.write("{NOISE}: " + what + " past sys.stdout\\n"); sys.__stdout__.flush()
    os.write(1, ("{NOISE}: " + what + " at the descriptor\\n").encode())
    subprocess.run(["echo", {NOISE!r}], check=True)

noise("import")

class Loud(Lifecycle):
    def probe(self, context): noise("probe")
    def adopt(self, context): noise("adopt")
    def start(self, context): noise("start")
    def stop(self, context): noise("stop")
    async def cleanup(self, context): noise("cleanup")

@hookimpl
def tierdeps_drivers():
    noise("drivers")
    return [Driver("loud", lifecycle=Loud)]

@hookimpl
def tierdeps_dependencies(driver):
    noise("dependencies")

@hookimpl
def tierdeps_facts():
    noise("facts")
    return {{"loud": True}}

def check(context):
    noise("rule")
    yield from ()

@hookimpl
def tierdeps_rules():
    noise("rules")
    return [Rule("XX901", "loud", Severity.WARNING, "It is loud.", "example", "Hush.", check)]

def recognises(source):
    noise("recognises")
    return source.name.endswith(".loud")

def read(source):
    noise("read")
    return Declarations((Driver("loud", lifecycle=Loud),))

@hookimpl
def tierdeps_importers():
    noise("importers")
    return [Importer("loud", recognises, read)]

def render(subject, view):
    noise("render")
    yield "rendered"

@hookimpl
def tierdeps_formats():
    noise("formats")
    return [Format("order", "loud", render)]

@hookimpl
def tierdeps_engines():
    noise("engines")
    return []

class Listens(Reporter):
    def event(self, event): noise("event")
    def run_ended(self, report): noise("ended")

@hookimpl
def tierdeps_reporters():
    noise("reporters")
    return [Listens()]
"""
COMMANDS = {
    "order": ("order", "--format", "json"),
    "order of a graph": ("order", "a.loud", "--format", "json"),
    "check": ("check", "--format", "json"),
    "why": ("why", "loud", "--format", "json"),
    "graph": ("graph", "--format", "json"),
    "simulate": ("simulate", "--restarts", "1", "--format", "json"),
    "plugins": ("plugins", "--format", "json"),
    "diff": ("diff", "a.loud", "b.loud", "--format", "json"),
    "start": ("start", "--once", "--format", "json"),
    "start of a graph": ("start", "a.loud", "--once", "--format", "json"),
    "dry run": ("start", "--dry-run", "--format", "json"),
    "leave running": ("start", "--leave-running", "--format", "json"),
}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    for name in ("a.loud", "b.loud"):
        (tmp_path / name).write_text("")
    shell.install("acme-loud", PLUGIN)
    return shell


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_json_answers_stay_valid(shell: Shell, command: str) -> None:
    done = shell.run(*COMMANDS[command])
    assert done.returncode == 0, done.stderr
    assert NOISE in done.stderr
    assert NOISE not in done.stdout
    if command in ("start", "start of a graph", "dry run", "leave running"):
        documents = [json.loads(line) for line in done.stdout.splitlines()]
        assert documents[-1]["schema"] == "tierdeps/report/1"
    else:
        json.loads(done.stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        *(("order",), ("check",), ("explain", "XX901"), ("graph", "--format", "dot"), ("order", "--format", "loud")),
        *(("start", "--once"), ("start", "--dry-run"), ("plugins",), ("lock", "--output", "-"), ("check", "-q")),
    ],
)
def test_text_answers_stay_the_same(shell: Shell, arguments: tuple[str, ...]) -> None:
    done = shell.run(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert NOISE not in done.stdout
    assert NOISE in done.stderr


def test_the_output_of_every_kind_of_method_is_on_the_standard_error(shell: Shell) -> None:
    done = shell.run("start", "--once")
    for what in ("import", "drivers", "probe", "adopt", "start", "stop", "cleanup", "reporters", "event", "ended"):
        assert f"{NOISE}: {what}\n" in done.stderr
        assert f"{NOISE}: {what} at the descriptor\n" in done.stderr
        assert f"{NOISE}: {what} past sys.stdout\n" in done.stderr


def test_completion_offers_only_names(shell: Shell) -> None:
    words = {"_TIERDEPS_COMPLETE": "bash_complete", "COMP_WORDS": "tierdeps why lo", "COMP_CWORD": "2"}
    command = [sys.executable, "-c", "from tierdeps.cli import run_cli; run_cli()"]
    environment = {**os.environ, "PYTHONPATH": str(shell.folder), **words}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd=shell.folder, timeout=60
    )
    assert done.stdout == "plain,loud\n"
    assert NOISE in done.stderr


def test_a_driver_in_the_background_prints_to_the_log_and_no_answer_has_it(shell: Shell) -> None:
    started = shell.run("start", "--detach", "--format", "json")
    assert started.returncode == 0, started.stderr
    assert [json.loads(line) for line in started.stdout.splitlines()]
    reloaded = shell.run("reload", "--format", "json")
    assert json.loads(reloaded.stdout.splitlines()[-1])["schema"] == "tierdeps/reload/1"
    stopped = shell.run("stop", "--format", "json")
    assert [json.loads(line) for line in stopped.stdout.splitlines()][-1]["schema"] == "tierdeps/report/1"
    (log,) = Path(os.environ["XDG_STATE_HOME"], "tierdeps", "log").iterdir()
    text = log.read_text()
    assert f"{NOISE}: stop\n" in text
    assert f"{NOISE}: stop at the descriptor\n" in text


def test_an_answer_to_dev_stdout_is_on_the_standard_output(shell: Shell) -> None:
    done = shell.run("check", "--output", "json:/dev/stdout", "--quiet")
    assert json.loads(done.stdout[done.stdout.index("{") : done.stdout.rindex("}") + 1])["ok"] is True
    assert NOISE not in done.stdout


def test_without_a_standard_error_the_answer_is_complete(shell: Shell) -> None:
    script = f'exec "{sys.executable}" -m tierdeps order --format json 2>&-'
    environment = {**os.environ, "PYTHONPATH": str(shell.folder)}
    done = subprocess.run(
        ["/bin/sh", "-c", script], capture_output=True, check=False, env=environment, cwd=shell.folder
    )
    assert done.returncode == 0
    assert b"loud" in done.stdout


def test_a_closed_pipe_is_no_error(shell: Shell) -> None:
    script = f'"{sys.executable}" -m tierdeps check --format json | true; exit "${{PIPESTATUS[0]}}"'
    environment = {**os.environ, "PYTHONPATH": str(shell.folder)}
    done = subprocess.run(
        ["/bin/bash", "-c", script], capture_output=True, text=True, check=False, env=environment, cwd=shell.folder
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_a_full_disk_is_reported(shell: Shell) -> None:
    script = f'exec "{sys.executable}" -m tierdeps order > /dev/full'
    environment = {**os.environ, "PYTHONPATH": str(shell.folder)}
    done = subprocess.run(
        ["/bin/sh", "-c", script], capture_output=True, text=True, check=False, env=environment, cwd=shell.folder
    )
    assert done.returncode == 4
    assert "error: the output cannot be written: no space left on device" in done.stderr


def test_a_pager_shows_only_the_answer(shell: Shell) -> None:
    """On a terminal, while the standard error goes to a file."""
    (shell.folder / "many.toml").write_text("".join(f"[drivers.d{number}]\n" for number in range(200)))
    errors = shell.folder / "errors"
    own, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(shell.folder), "PAGER": "cat", "TERM": "xterm"}
    with errors.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "tierdeps", "order", "many.toml"],
            stdin=theirs, stdout=theirs, stderr=sink, env=environment, cwd=shell.folder,
        )  # fmt: skip
    os.close(theirs)
    shown = b""
    while part := _read(own):
        shown += part
    os.close(own)
    assert process.wait(60) == 0
    assert b"d199" in shown
    assert NOISE.encode() not in shown
    assert NOISE in errors.read_text()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody holds its other end
        return b""


def test_a_command_of_another_distribution_keeps_its_standard_output(host: Host) -> None:
    info = host.folder / "acme_speak-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: acme-speak\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tierdeps.commands]\nspeak = acme_speak:command\n")
    (host.folder / "acme_speak.py").write_text(
        "import click\nprint('while it is imported')\n@click.command()\ndef command(): click.echo('its answer')\n"
    )
    answer: Answer = host.ask("speak")
    assert (answer.code, answer.out) == (0, "its answer\n")
    assert "while it is imported" in answer.err


def test_help_is_printed_to_the_standard_output(ask: Ask) -> None:
    assert "Usage: tierdeps order" in ask("order", "--help").out
    assert ask("--version").out.startswith("tierdeps ")


def test_the_streams_are_restored(ask: Ask) -> None:
    before = sys.stdout, sys.stderr
    Path("graph.toml").write_text("[drivers.a]\n")
    assert ask("order", "graph.toml").code == 0
    assert ask("order", "nonesuch.toml").code == 2
    assert (sys.stdout, sys.stderr) == before
