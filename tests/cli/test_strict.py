"""``--strict``: a plugin that fails ends a command with exit 3 before it does anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.test_plugins import GOOD, Shell
from tierdeps.journal import Journal

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

#: A graph whose driver leaves a trace when it is started.
GRAPH = '[drivers.a]\ncommand = ["touch", "started"]\nready = "exit"\n'
HOOK = "from tierdeps import hookimpl\n\n@hookimpl\ndef tierdeps_{hook}():\n    {body}\n"
FAILED = "error: 1 of the plugins failed to load; for the reasons: tierdeps plugins"

COMMANDS = {
    "order": ("order", "graph.toml"),
    "check": ("check", "graph.toml", "--output", "written.txt"),
    "why": ("why", "a", "--graph", "graph.toml"),
    "graph": ("graph", "graph.toml"),
    "explain": ("explain", "TD101"),
    "diff": ("diff", "graph.toml", "graph.toml"),
    "lock": ("lock", "graph.toml"),
    "simulate": ("simulate", "graph.toml", "--restarts", "1"),
    "start": ("start", "graph.toml", "--once"),
    "dry run": ("start", "graph.toml", "--dry-run"),
    "leave running": ("start", "graph.toml", "--leave-running"),
    "detach": ("start", "graph.toml", "--detach"),
}
#: Which hooks a command calls, besides those that all call that read a graph.
CALLED = {
    "facts": ("order", "why", "diff", "lock", "simulate", "start", "dry run", "detach"),
    "rules": ("order", "check", "explain", "lock", "start", "dry run"),
    "importers": ("order", "check", "diff", "lock", "start", "detach"),
    "formats": ("order", "check", "why", "graph", "diff", "simulate"),
    "reporters": ("start", "dry run", "leave running", "detach"),
}
CASES = [(hook, command) for hook, commands in CALLED.items() for command in commands]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    (tmp_path / "graph.toml").write_text(GRAPH)
    return shell


def assert_nothing_was_done(shell: Shell, done: subprocess.CompletedProcess[str]) -> None:
    assert (done.returncode, done.stdout) == (3, ""), done.stderr
    assert done.stderr.splitlines()[-1] == FAILED
    assert "Traceback" not in done.stderr
    left = {path.name for path in shell.folder.iterdir()}
    assert not left & {"started", "written.txt", "tierdeps.lock"}
    with Journal.open(readonly=True) as journal:
        assert journal.runs() == ()


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_plugin_that_cannot_be_imported_ends_every_command_at_once(shell: Shell, command: str) -> None:
    shell.install("acme-broken", "import nonesuch")
    done = shell.run(*COMMANDS[command], "--strict")
    assert_nothing_was_done(shell, done)
    told = "warning: the plugin 'broken' of acme-broken 1.0 cannot be imported: ModuleNotFoundError"
    assert told in done.stderr


@pytest.mark.parametrize(("hook", "command"), CASES)
def test_a_hook_that_fails_ends_the_commands_that_call_it(shell: Shell, hook: str, command: str) -> None:
    shell.install("acme-broken", HOOK.format(hook=hook, body="raise ValueError('no')"))
    done = shell.run(*COMMANDS[command], "--strict")
    assert_nothing_was_done(shell, done)
    assert f"fails in tierdeps_{hook}: ValueError: no" in done.stderr


@pytest.mark.parametrize(("hook", "command"), CASES)
def test_without_strict_it_is_a_warning_and_the_rest_goes_on(shell: Shell, hook: str, command: str) -> None:
    shell.install("acme-broken", HOOK.format(hook=hook, body="raise ValueError('no')"))
    done = shell.run(*COMMANDS[command])
    assert done.returncode == 0, done.stderr
    assert f"fails in tierdeps_{hook}: ValueError: no" in done.stdout + done.stderr
    if command == "detach":
        shell.run("stop", "graph.toml")


@pytest.mark.parametrize("body", ["return 1", "return None", "yield 1", "raise SystemExit", "while True: pass"])
def test_whatever_a_hook_does_wrong_counts(shell: Shell, body: str) -> None:
    shell.install("acme-broken", HOOK.format(hook="rules", body=body))
    assert_nothing_was_done(shell, shell.run("start", "graph.toml", "--once", "--strict"))


@pytest.mark.parametrize("hook", ["tiers", "drivers"])
def test_a_declaration_that_fails_counts_where_plugins_are_asked(shell: Shell, hook: str) -> None:
    shell.install("acme-good", GOOD)
    shell.install("acme-broken", HOOK.format(hook=hook, body="raise ValueError('no')"))
    assert_nothing_was_done(shell, shell.run("start", "--once", "--strict"))
    assert shell.run("start", "--once").returncode == 0


def test_the_settings_may_ask_for_it(shell: Shell) -> None:
    shell.install("acme-broken", "import nonesuch")
    (shell.folder / "tierdeps.toml").write_text("strict = true\n")
    assert_nothing_was_done(shell, shell.run("start", "graph.toml", "--once"))


def test_quiet_keeps_no_name_back(shell: Shell) -> None:
    shell.install("acme-broken", "import nonesuch")
    done = shell.run("start", "graph.toml", "--once", "--strict", "--quiet")
    assert_nothing_was_done(shell, done)
    assert "acme-broken" in done.stderr


def test_a_blocked_plugin_is_no_failure(shell: Shell) -> None:
    shell.install("acme-broken", "import nonesuch")
    done = shell.run("start", "graph.toml", "--once", "--strict", "--block", "broken")
    assert done.returncode == 0, done.stderr
    assert (shell.folder / "started").exists()


def test_a_mistake_of_the_user_is_reported_as_that(shell: Shell) -> None:
    shell.install("acme-broken", HOOK.format(hook="facts", body="raise ValueError('no')"))
    (shell.folder / "graph.toml").write_text("[drivers.a]\nrequires = 1\n")
    done = shell.run("order", "graph.toml", "--strict")
    assert done.returncode == 2
    assert "graph.toml" in done.stderr.splitlines()[-1]


def test_a_check_that_leaves_the_rule_on_plugins_out_warns_all_the_same(shell: Shell) -> None:
    shell.install("acme-broken", "import nonesuch")
    done = shell.run("check", "graph.toml", "--select", "TD1")
    assert done.returncode == 0
    assert "warning: the plugin 'broken' of acme-broken 1.0 cannot be imported" in done.stderr


def test_plugins_shows_them_before_it_exits_3(shell: Shell) -> None:
    shell.install("acme-broken", HOOK.format(hook="facts", body="raise ValueError('no')"))
    done = shell.run("plugins", "--strict")
    assert done.returncode == 3
    assert "fails in tierdeps_facts: ValueError: no" in done.stdout
    assert done.stderr == f"{FAILED}\n"


def test_a_reload_under_strict_touches_nothing(shell: Shell) -> None:
    (shell.folder / "graph.toml").write_text('[drivers.a]\ncommand = ["sleep", "100"]\n')
    started = shell.run("start", "graph.toml", "--detach", "--strict")
    assert started.returncode == 0, started.stderr
    shell.install("acme-broken", "import nonesuch")
    done = shell.run("reload", "graph.toml")
    assert done.returncode == 3
    assert "nothing was changed" in done.stderr
    assert shell.run("stop", "graph.toml").returncode == 0
