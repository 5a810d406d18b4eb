"""``tierdeps lock``, and what ``--locked`` makes of the file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

SITE = """\
[tiers]
order = ["core", "hypervisor"]
[facts]
"pool.auth" = true
[drivers.secret]
tier = "core"
[drivers.storage]
tier = "core"
requires = [{ on = "secret", when = "pool.auth" }]
[drivers.qemu]
tier = "hypervisor"
"""
CYCLE = '[drivers.a]\nrequires = ["b"]\n[drivers.b]\nrequires = ["a"]\n'
BARE = 'import sys; from tierdeps.cli import run_cli\ntry: run_cli(["order", "--locked", "site.toml"])\nfinally: '
LOCK = Path("tierdeps.lock")


@pytest.fixture(autouse=True)
def locked(ask: Ask) -> None:
    Path("site.toml").write_text(SITE)
    assert ask("lock", "site.toml").code == 0


def test_writes_one_driver_a_line() -> None:
    assert [line for line in LOCK.read_text().splitlines() if '"name": "qemu"' in line] == [
        '    {"tier": "hypervisor", "stage": 1, "name": "qemu", "file": "site.toml"}'
    ]


def test_says_what_it_wrote_on_the_side(ask: Ask) -> None:
    answer = ask("lock", "site.toml")
    assert (answer.out, answer.err.split(",")[0]) == ("", "tierdeps.lock: 3 drivers")
    assert ask("lock", "-q", "site.toml").err == ""


def test_prints_instead_of_writing(ask: Ask) -> None:
    answer = ask("lock", "--output", "-", "site.toml")
    assert answer.out == LOCK.read_text()


def test_leaves_no_part_of_a_file_behind(ask: Ask) -> None:
    assert {path.name for path in Path().iterdir()} == {"site.toml", "tierdeps.lock"}


def test_a_file_that_cannot_be_written_is_reported(ask: Ask) -> None:
    answer = ask("lock", "--output", "not/there", "site.toml")
    assert (answer.code, answer.err) == (2, "error: not/there: cannot be written: no such file or directory\n")


def test_a_graph_with_errors_is_not_locked(ask: Ask) -> None:
    Path("cycle.toml").write_text(CYCLE)
    before = LOCK.read_text()
    answer = ask("lock", "cycle.toml")
    assert (answer.code, answer.out) == (1, "")
    assert "TD101" in answer.err
    assert LOCK.read_text() == before


def test_check_finds_it_up_to_date(ask: Ask) -> None:
    answer = ask("lock", "--check", "site.toml")
    assert (answer.code, answer.out) == (0, "")


def test_check_shows_the_difference(ask: Ask) -> None:
    Path("site.toml").write_text(SITE + 'requires = ["storage"]\n')
    before = LOCK.read_text()
    answer = ask("lock", "--check", "site.toml")
    assert answer.code == 1
    assert '+    {"tier": "hypervisor", "stage": 1, "name": "qemu", "waits":' in answer.out
    assert "tierdeps.lock is out of date; to write it again: tierdeps lock" in answer.err
    assert LOCK.read_text() == before


def test_check_shows_the_difference_of_long_files_in_little_time(ask: Ask) -> None:
    names = {f"d{number:05}": {"requires": [f"d{number // 2:05}"] if number else []} for number in range(6_000)}
    Path("long.json").write_text(json.dumps({"drivers": names}))
    assert ask("lock", "long.json").code == 0
    names["d00000"] = {"requires": ["x"]}
    names["x"] = {"requires": []}
    Path("long.json").write_text(json.dumps({"drivers": names}))
    answer = ask("lock", "--check", "long.json")
    assert answer.code == 1
    assert '+    {"tier": "default", "stage": 1, "name": "x", "file": "long.json"},' in answer.out


@pytest.mark.parametrize("command", [("lock", "--check"), ("order", "--locked")])
def test_a_lock_that_is_not_there_is_reported(ask: Ask, command: tuple[str, ...]) -> None:
    LOCK.unlink()
    answer = ask(*command, "site.toml")
    assert answer.code == 2
    assert answer.err.endswith("; to write it: tierdeps lock site.toml\n")


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_locked_order_is_the_order(ask: Ask, form: str) -> None:
    plain = ask("order", "--format", form, "site.toml")
    assert ask("order", "--locked", "--format", form, "site.toml") == plain
    assert plain.code == 0


def test_a_lock_that_no_longer_holds_is_refused(ask: Ask) -> None:
    answer = ask("order", "--locked", "site.toml", "--assume", "pool.auth=no")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        "error: tierdeps.lock: the fact pool.auth is no here, and was locked as yes\n"
        "to see the difference: tierdeps lock site.toml --assume=pool.auth=no --check; to accept it: "
        "tierdeps lock site.toml --assume=pool.auth=no\n"
    )


def test_no_more_than_twenty_mismatches_are_reported(ask: Ask) -> None:
    Path("site.toml").write_text(SITE + "".join(f"[drivers.x{number}]\ntier = 'core'\n" for number in range(30)))
    answer = ask("order", "--locked", "site.toml")
    assert answer.code == 1
    assert "and 10 more\n" in answer.err
    assert answer.err.count("is new") == 20


def test_a_lock_with_a_merge_conflict_is_refused(ask: Ask) -> None:
    LOCK.write_text("<<<<<<< ours\n" + LOCK.read_text())
    answer = ask("order", "--locked", "site.toml")
    assert (answer.code, answer.out) == (2, "")
    assert "tierdeps.lock: line 1" in answer.err


@pytest.mark.parametrize("module", ["networkx", "asyncio", "tierdeps.conformance"])
def test_the_locked_order_never_imports(module: str) -> None:
    script = f"{BARE}assert {module!r} not in sys.modules, 'imported'"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "qemu" in done.stdout


def test_a_lock_is_the_same_from_anywhere_and_under_any_hash_seed(ask: Ask, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    found = set()
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "tierdeps", "lock", "--output", "-", str(tmp_path / "site.toml")]
        done = subprocess.run(command, capture_output=True, check=True, cwd=folder, env={"PYTHONHASHSEED": seed})
        found.add(done.stdout)
    assert found == {LOCK.read_bytes()}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--locked=other.lock", "site.toml"),
        ("--locked", "other.lock", "site.toml"),
        ("site.toml", "--locked", "other.lock"),
        ("--locked", "plan.json", "site.toml"),
        ("--locked=plan.json", "--", "site.toml"),
    ],
)
@pytest.mark.parametrize("command", [("order",), ("start", "--dry-run")])
def test_another_lock_file_can_be_named(ask: Ask, command: tuple[str, ...], arguments: tuple[str, ...]) -> None:
    plain = ask(*command, "--locked", "site.toml")
    Path("other.lock").write_bytes(LOCK.read_bytes())
    LOCK.rename("plan.json")
    assert ask(*command, *arguments) == plain
    assert plain.code == 0


@pytest.mark.parametrize(
    "arguments", [("--locked", "site.toml"), ("site.toml", "--locked"), ("--locked", "--", "site.toml")]
)
def test_a_graph_after_locked_is_a_graph(ask: Ask, arguments: tuple[str, ...]) -> None:
    Path("more.toml").write_text("[drivers.more]\n")
    assert ask("order", *arguments).code == 0
    answer = ask("order", *arguments, "more.toml")
    assert (answer.code, answer.out) == (1, "")
    assert "the driver more is new" in answer.err


def test_a_file_that_is_no_lock_is_not_taken_for_a_graph(ask: Ask) -> None:
    answer = ask("order", "--locked=site.toml")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: site.toml: ")


def test_a_lock_file_that_is_not_there_is_reported_with_the_command_that_writes_it(ask: Ask) -> None:
    answer = ask("order", "--locked=my other.lock", "site.toml", "--assume", "pool.auth=no")
    assert answer.code == 2
    assert answer.err == (
        "error: my other.lock: no such file or directory; to write it: "
        "tierdeps lock site.toml --assume=pool.auth=no '--output=my other.lock'\n"
    )


def test_the_advice_names_the_file_and_the_settings(ask: Ask) -> None:
    Path("other.lock").write_bytes(LOCK.read_bytes())
    Path("settings.toml").write_text("")
    Path("site.toml").write_text(SITE + 'requires = ["storage"]\n')
    options = ("site.toml", "--config", "settings.toml")
    wrong = ask("order", "--locked", "other.lock", *options)
    command = "tierdeps lock site.toml --config=settings.toml --output=other.lock"
    assert f"to see the difference: {command} --check; to accept it: {command}\n" in wrong.err
    stale = ask("lock", "--check", "--output", "other.lock", *options)
    assert stale.err == f"error: other.lock is out of date; to write it again: {command}\n"
    Path("other.lock").write_text("{}")
    assert ask("order", "--locked", "other.lock", *options).err.endswith(f"; to write it again: {command}\n")


def test_the_advice_leaves_the_graphs_of_the_settings_to_the_settings(ask: Ask) -> None:
    Path("tierdeps.toml").write_text('graphs = ["site.toml"]\n')
    assert ask("order", "--locked").code == 0
    Path("site.toml").write_text(SITE + 'requires = ["storage"]\n')
    assert ask("lock", "--check").err == "error: tierdeps.lock is out of date; to write it again: tierdeps lock\n"


@pytest.fixture(name="below")
def _below(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Go to a folder below that of settings which name the graph."""
    Path("tierdeps.toml").write_text('graphs = ["site.toml"]\n')
    Path(".git").mkdir(exist_ok=True)  # settings are looked for up to the root of the repository
    Path("deep").mkdir()
    LOCK.unlink()
    monkeypatch.chdir("deep")
    return ask


def test_without_a_graph_the_lock_is_beside_the_settings(below: Ask) -> None:
    assert below("lock").err.startswith("../tierdeps.lock: 3 drivers")
    assert not LOCK.exists()
    assert below("lock", "--check").err == "../tierdeps.lock: up to date\n"
    assert below("order", "--locked").out == below("order").out


def test_with_a_graph_the_lock_is_in_the_current_folder(below: Ask) -> None:
    assert below("lock", "../site.toml").err.startswith("tierdeps.lock: 3 drivers")
    assert below("order", "--locked", "../site.toml").code == 0
    assert not Path("..", LOCK).exists()


def test_the_advice_on_a_lock_beside_the_settings_names_no_file(below: Ask) -> None:
    assert below("order", "--locked").err.endswith(
        "../tierdeps.lock: no such file or directory; to write it: tierdeps lock\n"
    )
    Path("..", LOCK).write_text("")
    assert below("order", "--locked").err.endswith("to write it again: tierdeps lock\n")
