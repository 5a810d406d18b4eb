"""Every mistake of a user is one sentence and a documented exit code, in every command."""

from __future__ import annotations

import json
import os
import pwd
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.faulty import ENDING, commands, complaint, with_argument, with_options
from tierdeps.cli import _inputs

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

DEEP = 20_000
GRAPHS = {
    "phase.toml": '[drivers.b]\nrequires = [{on = "a", phase = "x:y"}]\n[drivers.a]\n',
    "far.toml": '[drivers.b]\nrequires = ["a:x:y"]\n[drivers.a]\n',
    "phases.toml": '[drivers.b]\nrequires = ["a:x:y"]\n[drivers.a]\nphases = ["x:y"]\n',
    "dotted.toml": ".".join("a" * 50_000) + " = 1\n",
    "quoted.toml": "drivers = {a = {" + ".".join(["'b'"] * 50_000) + " = 1}}\n",
    "header.toml": "[" + " . ".join("a" * 50_000) + "]\n",
    "headers.toml": "[[" + ".".join("a" * 50_000) + "]]\n",
    "deep.toml": "a = " + "[" * DEEP + "]" * DEEP,
    "tables.toml": "a = " + "{a=" * DEEP + "1" + "}" * DEEP,
    "deep.json": '{"a":' + "[" * DEEP + "]" * DEEP + "}",
    "tables.json": '{"a":' * DEEP + "1" + "}" * DEEP,
    "deep.jsonl": '{"name":' + "[" * DEEP + "]" * DEEP + "}\n",
    "deep.yaml": "a: " + "[" * DEEP + "]" * DEEP,
    "indented.yaml": "".join(" " * level + "a:\n" for level in range(500)),
    "aliases.yaml": "a: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60)),
    "number.toml": "a = " + "1" * 5000,
    "nothing.toml": "",
    "nul.toml": "\0" * 99,
    "\udcff.toml": "[drivers.a]\n",
    "\udcff\nxff.toml": "[drivers.a]\n",
}
NAMES = {
    "long": "x" * 300 + ".toml",
    "very-long": "x" * 5000,
    "long-folder": "x" * 300 + "/a.toml",
    "long-path": "x/" * 3000 + "a.toml",
    "pattern": "x" * 300 + "*.toml",
    "below-a-file": "good.toml/a.toml",
    "nul": "a\0b.toml",
    "half": "\ud800.toml",
    "bytes": "\udcfe\udcff",
    "folder": ".",
    "nothing": "",
    "missing": "missing.toml",
    "loop": "loop.toml",
    "dash": "-",
    "address": "qemu:////\udcff",
}
#: Descriptors that no process has open, however many its tests left.
NOT_OPEN = "999999,999998,999997"
VALUES = ["nan", "-inf", "1e999", "-1", "foo", "", "x" * 300, "\udcff", "5,6", NOT_OPEN, "2026-99-99", "."]
#: What runs the words of a command in this process, for each line that comes.
CHILD = """
import contextlib, io, json, sys
from tierdeps.cli import run_cli
for line in sys.stdin:
    err, code = io.StringIO(), None
    with contextlib.redirect_stderr(err), contextlib.redirect_stdout(io.StringIO()):
        try: run_cli(json.loads(line))
        except SystemExit as error: code = error.code
    print(json.dumps([code, err.getvalue()]), flush=True)
"""
#: Root may do anything by its capabilities.
WITHOUT = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]


def complaints(ask: Ask, cases: list[list[str]]) -> list[str]:
    """Return what is wrong with how commands end, each run in this process."""
    found = []
    for words in cases:
        answer = ask(*words)
        found.append(complaint(words, answer.code, answer.err))
    return list(filter(None, found))


@pytest.fixture
def good(ask: Ask) -> str:
    """Write a graph of which everything is right."""
    del ask  # which made its folder the current one
    Path("good.toml").write_text("[drivers.a]\n")
    Path("loop.toml").symlink_to("loop.toml")
    return "good.toml"


@pytest.mark.parametrize("command", commands())
def test_no_graph_is_a_bug(command: str, ask: Ask, good: str) -> None:
    for name, text in GRAPHS.items():
        Path(name).write_text(text)
    assert complaints(ask, [with_argument(command, name) for name in (*GRAPHS, good)]) == []


@pytest.mark.parametrize("command", commands())
@pytest.mark.usefixtures("good")
def test_no_name_of_a_graph_is_a_bug(command: str, ask: Ask) -> None:
    assert complaints(ask, [with_argument(command, name) for name in NAMES.values()]) == []


@pytest.mark.parametrize("command", commands())
def test_no_value_of_an_option_is_a_bug(command: str, ask: Ask, good: str) -> None:
    cases = [words for value in VALUES for words in with_options(command, good, value)]
    assert complaints(ask, cases) == []


@pytest.mark.parametrize("command", commands())
def test_a_deleted_current_folder_is_no_bug(
    command: str, ask: Ask, good: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    cases = [with_argument(command, name) for name in (str(tmp_path / good), good, "../good.toml", "*.toml")]
    assert complaints(ask, [*cases, [command, *ENDING.get(command, ())]]) == []


@pytest.mark.parametrize("command", commands())
def test_no_home_is_no_bug(command: str, ask: Ask, good: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert complaints(ask, [with_argument(command, good)]) == []


def test_no_home_is_reported_with_what_to_set(ask: Ask, good: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    answer = ask("status", good)
    assert (answer.code, answer.out) == (4, "")
    assert answer.err.startswith("error: there is no home folder for the journal")
    assert answer.err.endswith("set HOME, or XDG_STATE_HOME to a folder\n")


@pytest.mark.parametrize("option", ["{}", "--config={}", "--baseline={}"])
def test_what_has_no_end_is_read_up_to_a_limit(
    option: str, ask: Ask, good: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_inputs, "MAX_STREAM_BYTES", 1 << 20)
    endless = "endless"
    try:
        os.mknod(endless, stat.S_IFCHR | 0o600, os.makedev(1, 5))
        Path(endless).open("rb").close()
    except PermissionError:
        pytest.skip("only root makes device nodes, and not everywhere")
    answer = ask("check", good, option.format(endless))
    limit = "expected at most 1 MiB from a pipe, a device or standard input, got more; a regular file may be larger"
    assert (answer.code, answer.err) == (2, f"error: endless: {limit}\n")


def test_a_regular_file_may_be_longer_than_a_stream(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_inputs, "MAX_STREAM_BYTES", 10)
    Path("long.toml").write_text("[drivers.a]\n" + "#" * 100)
    assert ask("check", "long.toml").code == 0


def test_what_may_not_be_read_or_entered_is_no_bug(ask: Ask, good: str, tmp_path: Path) -> None:
    if not os.geteuid() and subprocess.run([*WITHOUT, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system has no setpriv, or root may give up nothing")
    del ask
    closed, unreadable = tmp_path / "closed", tmp_path / "unreadable.toml"
    (closed / "in").mkdir(parents=True)
    (closed / "in" / "a.toml").write_text("[drivers.a]\n")
    unreadable.write_text("[drivers.a]\n")
    closed.chmod(0)
    unreadable.chmod(0)
    names = ["unreadable.toml", "closed", "closed/", "closed/in", "closed/in/a.toml", "closed/*", "closed/../good.toml"]
    cases = [with_argument(command, name) for command in commands() for name in names]
    cases += [words for command in commands() for name in names for words in with_options(command, good, name)]
    cases += [["diff", good, name] for name in names] + [["check", "--output", f"text:{name}", good] for name in names]
    child = subprocess.run(
        [*([] if os.geteuid() else WITHOUT), sys.executable, "-c", CHILD],
        input="".join(f"{json.dumps(words)}\n" for words in cases),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    closed.chmod(0o700)
    answers = [json.loads(line) for line in child.stdout.splitlines()]
    assert len(answers) == len(cases), child.stderr
    assert list(filter(None, (complaint(words, *answer) for words, answer in zip(cases, answers, strict=True)))) == []
    assert any("permission denied" in err for _, err in answers)


@pytest.mark.parametrize("value", ["foo", "", "1,2", "900,901,902", "1,2,3,4", "9" * 99 + ",1,1"])
def test_what_only_a_start_in_the_background_is_given_is_refused(value: str, ask: Ask, good: str) -> None:
    answer = ask("start", good, f"--detached={value}")
    assert answer.code == 2
    assert answer.err.startswith("error: --detached is internal; use --detach\n")


def test_an_instance_of_a_file_whose_name_is_no_text_is_known_again(ask: Ask) -> None:
    name = "\udcff.toml"
    Path(name).write_text("[drivers.a]\n")
    assert ask("start", name, "--once").code == 0
    answer = ask("status", name, "--format", "json")
    assert answer.code == 0, answer.err
    assert ask("timeline", "\\xff.toml").code != 0, "another name is another instance"


def test_a_phase_with_a_colon_is_named_as_a_phase_that_is_not_there(ask: Ask) -> None:
    Path("phase.toml").write_text(GRAPHS["phase.toml"])
    answer = ask("check", "phase.toml")
    assert answer.code == 1
    assert "b has no phase 'x:y', only start" in answer.out
