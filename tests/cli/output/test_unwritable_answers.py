"""Answers that cannot be written: a full device, a closed pipe, a missing stream."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.pipes import FULL, shell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.hosts import Host

#: Commands that answer without that anything runs.
ANSWERS = (
    "--help",
    "--version",
    "start --help",
    "explain TD101",
    "completion bash",
    "order graph.toml",
    "order graph.toml --format json",
    "check graph.toml",
    "check graph.toml --format github",
    "check graph.toml --output text:-",
    "graph graph.toml",
    "why web --graph graph.toml",
    "diff graph.toml graph.toml --format json",
    "simulate graph.toml --restarts 1",
    "plugins",
    "lock graph.toml --output -",
    "status --list",
    "start graph.toml --dry-run",
    "start graph.toml --dry-run --format json",
)
SENTENCE = "error: the output cannot be written: no space left on device\n"


@pytest.fixture
def folder(host: Host) -> Path:
    host.graph({"web": ("db",), "db": ()})
    return host.folder


def test_a_full_device_exits_4_with_one_sentence_whatever_the_command(folder: Path) -> None:
    script = "".join(f"tierdeps {command} 2>&1 >{FULL}; echo $?\n" for command in ANSWERS)
    notes = ("note: ", "graph.toml: ")
    said = [line for line in shell(folder, script).stdout.splitlines(keepends=True) if not line.startswith(notes)]
    assert said == [SENTENCE, "4\n"] * len(ANSWERS)


def test_unbuffered_output_to_a_full_device_exits_4_too(folder: Path) -> None:
    script = "".join(f"tierdeps {command} 2>&1 >{FULL}; echo $?\n" for command in ANSWERS[:5])
    assert shell(folder, script, PYTHONUNBUFFERED="1").stdout == (SENTENCE + "4\n") * 5


def test_a_closed_pipe_is_silent_whatever_the_command(folder: Path) -> None:
    script = "".join(f"tierdeps {command} 2>&1 > >(exec true); echo $?\n" for command in ANSWERS)
    done = shell(folder, "trap '' PIPE\n" + script)
    assert {line for line in done.stdout.splitlines() if not line.startswith("note: ")} == {"0"}
    assert done.stderr == ""


def test_a_check_with_findings_exits_1_at_a_closed_pipe(folder: Path) -> None:
    (folder / "wrong.toml").write_text('[drivers.a]\nrequires = ["nobody"]\n')
    done = shell(folder, "tierdeps check wrong.toml | head -n 0; exit ${PIPESTATUS[0]}")
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("options", ["", "--format json", "-v"])
def test_a_run_whose_answer_cannot_be_written_exits_4_with_one_message(folder: Path, host: Host, options: str) -> None:
    done = shell(folder, f"tierdeps start graph.toml --once {options} >{FULL}")
    assert done.returncode == 4
    assert done.stderr.count(SENTENCE) == 1
    assert "Traceback" not in done.stderr
    assert host.running() == {}


def test_a_closed_pipe_does_not_change_the_exit_code_of_a_run(folder: Path, host: Host) -> None:
    assert shell(folder, "tierdeps start graph.toml --once | head -n 0; exit ${PIPESTATUS[0]}").returncode == 0
    (folder / "fails.toml").write_text('[drivers.a]\ncommand = ["false"]\n')
    assert shell(folder, "tierdeps start fails.toml --once | head -n 0; exit ${PIPESTATUS[0]}").returncode == 4
    assert host.running() == {}


@pytest.mark.parametrize(
    ("out", "code"),
    [(f">{FULL}", 4), (f">{FULL} 2>&1", 4), (f"2>{FULL}", 0), (">&-", 0), ("2>&-", 0), ("<&- >&- 2>&-", 0)],
)
def test_an_instance_in_the_background_survives_a_caller_that_cannot_write(
    folder: Path, host: Host, out: str, code: int
) -> None:
    done = shell(folder, f"tierdeps start graph.toml --detach {out}")
    assert done.returncode == code
    assert {driver: len(pids) for driver, pids in host.running().items()} == {"web": 1, "db": 1}
    assert host.ask("reload").code == 0
    assert host.ask("stop").code == 0


def test_an_instance_in_the_background_survives_a_closed_pipe_of_its_caller(folder: Path, host: Host) -> None:
    done = shell(folder, "tierdeps start graph.toml --detach | head -n 0; exit ${PIPESTATUS[0]}")
    assert done.returncode == 0
    assert "in the background" in done.stderr
    assert {driver: len(pids) for driver, pids in host.running().items()} == {"web": 1, "db": 1}
    assert host.ask("stop").code == 0


@pytest.mark.parametrize("command", ["stop", "stop --format json", "stop --fast"])
def test_a_stop_is_waited_for_although_its_answer_cannot_be_written(folder: Path, host: Host, command: str) -> None:
    assert host.ask("start", "graph.toml", "--detach").code == 0
    done = shell(folder, f"tierdeps {command} >{FULL}")
    assert host.alive() == ()
    assert (done.returncode, done.stderr) == (4, SENTENCE)


def test_a_standard_error_that_is_full_changes_no_exit_code(folder: Path) -> None:
    (folder / "wrong.toml").write_text('[drivers.a]\nrequires = ["nobody"]\n')
    commands = {"order graph.toml": 0, "order wrong.toml": 1, "check wrong.toml": 1, "order nonesuch.toml": 2, "-x": 2}
    script = "".join(f"tierdeps {command} 2>{FULL} >answer; echo $?\n" for command in commands)
    assert shell(folder, script).stdout.split() == [str(code) for code in commands.values()]


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_no_exit_code(folder: Path, closed: str) -> None:
    some = ANSWERS[::3]
    script = "".join(f"tierdeps {command} {closed} >>out.txt; echo $?\n" for command in some)
    script += f"tierdeps order nonesuch.toml {closed}; echo $?\ntierdeps start graph.toml --once {closed}; echo $?\n"
    script += f"tierdeps order - {closed}; echo $?\n"
    codes = [line for line in shell(folder, script).stdout.splitlines() if line.isdigit()]
    assert codes == [*["0"] * len(some), "2", "0", "2"]


def test_no_file_gets_the_number_of_a_stream_that_is_closed(folder: Path, host: Host) -> None:
    """What a driver prints, and what its programs print, would be written into the journal otherwise."""
    (folder / "prints.py").write_text(
        "import os, subprocess\nfrom tierdeps import Lifecycle\n"
        "class Loud(Lifecycle):\n"
        "    def start(self, context):\n"
        "        open('streams', 'w').write(' '.join(os.readlink(f'/proc/self/fd/{n}') for n in range(3)))\n"
        "        subprocess.run(['sh', '-c', 'echo out; echo err >&2; cat'], check=True)\n"
    )
    (folder / "loud.toml").write_text('[drivers.loud]\nlifecycle = "prints:Loud"\n')
    assert shell(folder, "tierdeps start loud.toml --once <&- >&- 2>&-").returncode == 0
    assert (folder / "streams").read_text().split() == ["/dev/null"] * 3
    assert host.ask("status", "loud.toml").code == 0


def test_an_output_file_is_written_although_all_streams_are_closed(folder: Path) -> None:
    done = shell(folder, "tierdeps check graph.toml --output json:answer.json <&- >&- 2>&-")
    assert done.returncode == 0
    assert json.loads((folder / "answer.json").read_text())["ok"] is True


def test_a_program_that_calls_the_command_line_without_streams_is_served(folder: Path) -> None:
    call = "from tierdeps.cli import run_cli; run_cli(['order', '-'])"
    script = f"import sys; sys.stdin = sys.stdout = sys.stderr = None; {call}"
    assert shell(folder, f'"{sys.executable}" -c "{script}"').returncode == 2
