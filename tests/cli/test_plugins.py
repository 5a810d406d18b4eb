"""``tierdeps plugins`` as it is typed, with distributions in a temporary folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
from tierdeps import Driver, Tier, hookimpl

@hookimpl
def tierdeps_tiers():
    return [Tier("core")]

@hookimpl
def tierdeps_drivers():
    return [Driver("clock", tier="core"), Driver("bus", tier="core")]
"""
MODULES = {"acme-good": GOOD, "acme-broken": "import nonesuch", "acme-old": "tierdeps_api = '<1'"}

INCOMPATIBLE = "needs version <1 of the plugin contract, and this tierdeps has 1; install versions that are compatible"
DUPLICATE = (
    "is registered by acme-good 1.0 and other-good 1.0; none of them is loaded;"
    " choose with --block acme-good or --block other-good, or --only DISTRIBUTION"
)


class Shell:
    """Runs the command in a folder of its own, where the distributions are all that is installed besides ours."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, distribution: str, code: str, name: str = "") -> None:
        module = distribution.replace("-", "_")
        (self.folder / f"{module}.py").write_text(code)
        info = self.folder / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {distribution}\nVersion: 1.0\n")
        point = f"{name or distribution.rpartition('-')[2]} = {module}"
        (info / "entry_points.txt").write_text(f"[tierdeps]\n{point}\n")

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", **more}
        command = [sys.executable, "-m", "tierdeps", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, cwd=self.folder, timeout=60
        )

    def plugins(self, *arguments: str, **more: str) -> dict[str, dict[str, object]]:
        """Return the JSON document's plugins by distribution, ours alone."""
        done = self.run("plugins", "--format", "json", *arguments, **more)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert found["schema"] == "tierdeps/plugins/1"
        return {item["distribution"]: item for item in found["plugins"] if item["distribution"] in MODULES}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    for distribution, code in MODULES.items():
        shell.install(distribution, code)
    return shell


ONLY = ("--only", "acme-good", "--only", "acme-broken", "--only", "acme-old")


def without_others(text: str) -> list[str]:
    """Return the lines, those of plugins that happen to be installed here omitted, spaces squeezed."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return [line for line in lines if not line.endswith(" blocked")][1:]


def test_shows_what_became_of_each_plugin(shell: Shell) -> None:
    done = shell.run("plugins", *ONLY)
    assert without_others(done.stdout) == [
        "",
        "NAME DISTRIBUTION VERSION STATUS",
        "broken acme-broken 1.0 broken",
        "good acme-good 1.0 active",
        "hooks drivers, tiers",
        "tiers core",
        "drivers bus, clock",
        "old acme-old 1.0 incompatible",
        "",
        "broken (acme-broken 1.0) cannot be imported: ModuleNotFoundError: No module named 'nonesuch'",
        "re-run with --traceback broken, or --block broken",
        "",
        f"old (acme-old 1.0) {INCOMPATIBLE}",
    ]
    assert (done.returncode, done.stderr) == (0, "")


def test_is_the_same_at_every_call_and_reports_times_only_when_asked(shell: Shell) -> None:
    assert shell.run("plugins").stdout == shell.run("plugins", PYTHONHASHSEED="7").stdout
    assert " ms" not in shell.run("plugins").stdout
    assert " ms" in shell.run("plugins", "-v").stdout
    assert "seconds" in shell.plugins("-v")["acme-good"]
    assert "seconds" not in shell.plugins()["acme-good"]


def test_shows_a_traceback_whole(shell: Shell) -> None:
    for name in ("broken", "acme-broken"):
        lines = shell.run("plugins", "--traceback", name).stdout.splitlines()
        assert lines[2] == "Traceback (most recent call last):"
        assert lines[-2:] == ["    import nonesuch", "ModuleNotFoundError: No module named 'nonesuch'"]


def test_says_so_where_there_is_no_traceback(shell: Shell) -> None:
    assert shell.run("plugins", "--traceback", "good").stdout == "good (acme-good 1.0) is active\n"
    done = shell.run("plugins", "--traceback", "brokn")
    assert (done.returncode, done.stderr) == (2, "error: no plugin is named 'brokn'; did you mean 'broken'?\n")


def test_gives_all_of_it_as_json(shell: Shell) -> None:
    assert shell.plugins()["acme-good"] == {
        "name": "good",
        "distribution": "acme-good",
        "version": "1.0",
        "reference": "acme_good",
        "status": "active",
        "problem": None,
        "tiers": ["core"],
        "drivers": ["bus", "clock"],
        "hooks": ["tierdeps_drivers", "tierdeps_tiers"],
    }
    assert {name: item["status"] for name, item in shell.plugins().items()} == {
        "acme-broken": "broken",
        "acme-good": "active",
        "acme-old": "incompatible",
    }


@pytest.mark.parametrize("arguments", [(), ("-v",)])
def test_keeps_to_its_schema(shell: Shell, arguments: tuple[str, ...]) -> None:
    schema = json.loads(files("tierdeps.schemas").joinpath("plugins.json").read_text())
    Draft202012Validator.check_schema(schema)
    document = json.loads(shell.run("plugins", "--format", "json", *arguments).stdout)
    Draft202012Validator(schema).validate(document)


def test_a_plugin_is_blocked_by_option_by_environment_or_by_settings(shell: Shell) -> None:
    assert shell.plugins("--block", "broken")["acme-broken"]["status"] == "blocked"
    assert shell.plugins(TIERDEPS_BLOCK="broken,old")["acme-old"]["status"] == "blocked"
    assert shell.plugins(TIERDEPS_ONLY="acme-good")["acme-broken"]["status"] == "blocked"
    (shell.folder / "tierdeps.toml").write_text("block = ['broken']")
    assert shell.plugins()["acme-broken"]["status"] == "blocked"


def test_a_name_that_matches_nothing_is_an_error(shell: Shell) -> None:
    done = shell.run("plugins", "--block", "brokn")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: no plugin is named 'brokn'; did you mean 'broken'?\n"


def test_with_strict_a_plugin_that_failed_fails_the_command_after_its_answer(shell: Shell) -> None:
    done = shell.run("plugins", "--strict")
    assert done.returncode == 3
    assert "acme-broken" in done.stdout
    assert done.stderr.startswith("error: ")
    assert shell.run("plugins", "--strict", "--only", "good").returncode == 0


def test_names_both_of_two_plugins_of_one_name_once(shell: Shell) -> None:
    shell.install("other-good", GOOD, name="good")
    lines = shell.run("plugins", "--block", "broken", "--block", "old").stdout.splitlines()
    told = [line for line in lines if line.startswith("good is registered by")]
    assert told == [f"good {DUPLICATE}"]


def test_escapes_what_a_terminal_would_act_upon(shell: Shell) -> None:
    shell.install("acme-evil", "raise ValueError('\\x1b[2J')")
    for arguments in ((), ("--traceback", "evil")):
        text = shell.run("plugins", *arguments).stdout
        assert "\x1b" not in text
        assert "ValueError: \\x1b[2J" in text


def test_imports_nothing_heavy(shell: Shell) -> None:
    code = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr))"
    shell.install("acme-spy", code)
    modules = set(shell.run("plugins", "--only", "spy").stderr.split())
    assert "acme_spy" in modules
    assert not modules & {"networkx", "asyncio", "rich", "dataclasses", "yaml", "packaging", "importlib.metadata"}


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("plugins", "--help")])
def test_help_and_version_import_nobody(shell: Shell, arguments: tuple[str, ...]) -> None:
    shell.install("acme-bomb", "import os; os._exit(99)")
    assert shell.run(*arguments).returncode == 0
