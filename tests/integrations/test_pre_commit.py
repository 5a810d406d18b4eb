"""The hooks for pre-commit, run by pre-commit itself."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import subprocess

    from tests.integrations.conftest import Workshop

ROOT = Path(__file__).parents[2]
CLEAN = '[drivers.storage]\nrequires = ["secret"]\n[drivers.secret]\n'
CYCLE = CLEAN + 'requires = ["storage"]\n'

pytest.importorskip("pre_commit", reason="pre-commit is an extra for tests")

DECLARING = (
    "from tierdeps import Driver, hookimpl\n\n@hookimpl\ndef tierdeps_drivers(settings):\n    return [Driver('mine')]\n"
)


@pytest.fixture
def hooks(workshop: Workshop, tmp_path: Path) -> Path:
    """Make a throw-away repository that has the hooks as this one has them."""
    folder = tmp_path / "hooks"
    folder.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", folder)
    workshop.git("init", "--quiet", folder=folder)
    workshop.commit("Offer hooks", folder)
    return folder


def try_repo(workshop: Workshop, hooks: Path, hook: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    home = str(workshop.folder.parent / "pre-commit")
    command = (
        sys.executable,
        "-m",
        "pre_commit",
        "try-repo",
        str(hooks),
        hook,
        "--all-files",
        "--verbose",
        "--color=never",
    )
    return workshop.run(*command, *arguments, PRE_COMMIT_HOME=home)


def test_the_check_passes_a_plugin_of_the_user_s_own(workshop: Workshop, hooks: Path) -> None:
    workshop.plugin("mine", DECLARING)
    done = try_repo(workshop, hooks, "tierdeps-check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no problems found" in done.stdout


def test_the_check_fails_a_cycle_of_the_user_s_plugins(workshop: Workshop, hooks: Path) -> None:
    needs = "dependencies=(requires('{}'),)"
    drivers = f"[Driver('a', {needs.format('b')}), Driver('b', {needs.format('a')})]"
    workshop.plugin(
        "mine", DECLARING.replace("import Driver", "import Driver, requires").replace("[Driver('mine')]", drivers)
    )
    done = try_repo(workshop, hooks, "tierdeps-check")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "exit code: 1" in done.stdout.replace("- ", "")
    assert "error[TD101] 2 drivers need each other in a cycle: a -> b -> a" in done.stdout


def test_the_check_does_not_pass_where_there_is_nothing_to_check(workshop: Workshop, hooks: Path) -> None:
    done = try_repo(workshop, hooks, "tierdeps-check")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "exit code: 2" in done.stdout.replace("- ", "")


@pytest.mark.parametrize(("graph", "code"), [(CLEAN, 0), (CYCLE, 1)])
def test_arguments_of_the_user_name_graph_files(workshop: Workshop, hooks: Path, graph: str, code: int) -> None:
    (workshop.folder / "site.toml").write_text(graph)
    (workshop.folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks}\n  rev: {workshop.git('rev-parse', 'HEAD', folder=hooks)}\n"
        "  hooks:\n  - id: tierdeps-check\n    args: [site.toml]\n"
    )
    workshop.git("add", "--all")
    home = str(workshop.folder.parent / "pre-commit")
    done = workshop.run(sys.executable, "-m", "pre_commit", "run", "--all-files", PRE_COMMIT_HOME=home)
    assert done.returncode == code, done.stdout + done.stderr


def test_every_hook_runs_a_command_that_there_is(read_yaml: Any, workshop: Workshop) -> None:
    for hook in read_yaml(".pre-commit-hooks.yaml"):
        assert hook["language"] == "system"
        done = workshop.run(*hook["entry"].split(), "--help")
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("graph", "code"), [(CLEAN, 0), (CYCLE, 1)])
def test_without_arguments_the_graphs_of_the_settings_are_checked(
    workshop: Workshop, hooks: Path, graph: str, code: int
) -> None:
    workshop.plugin("mine", DECLARING)
    (workshop.folder / "site.toml").write_text(graph)
    (workshop.folder / "tierdeps.toml").write_text('graphs = ["*ite.toml"]\n')
    workshop.git("add", "--all")
    done = try_repo(workshop, hooks, "tierdeps-check")
    assert done.returncode == code, done.stdout + done.stderr
    assert "2 drivers, " in done.stdout


@pytest.mark.parametrize("graph", [CLEAN, CYCLE])
def test_a_graph_that_nothing_names_does_not_pass_beside_a_plugin(workshop: Workshop, hooks: Path, graph: str) -> None:
    workshop.plugin("mine", DECLARING)
    (workshop.folder / "site.toml").write_text(graph)
    workshop.git("add", "--all")
    done = try_repo(workshop, hooks, "tierdeps-check")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "error: site.toml: not checked, for nothing names a graph; name GRAPHs, or say graphs = [...]" in done.stdout
    (workshop.folder / "tierdeps.toml").write_text("graphs = []\n")
    assert try_repo(workshop, hooks, "tierdeps-check").returncode == 0


@pytest.mark.parametrize(("graph", "code"), [(CLEAN, 0), (CYCLE, 1)])
def test_each_graph_that_is_committed_is_checked_by_itself(
    workshop: Workshop, hooks: Path, graph: str, code: int
) -> None:
    folder = workshop.folder / "fleet" / "graphs"
    folder.mkdir(parents=True)
    (folder / "a.toml").write_text(CLEAN)
    (folder / "b.toml").write_text(graph)
    (workshop.folder / "pyproject.toml").write_text("[tool.other]\n")
    workshop.git("add", "--all")
    done = try_repo(workshop, hooks, "tierdeps-check-each")
    assert done.returncode == code, done.stdout + done.stderr
    assert f"2 graphs: {2 - code} passed" in done.stdout


@pytest.mark.parametrize(("needed", "code"), [("db", 0), ("bd", 1)])
def test_each_compose_file_that_is_committed_is_checked(
    workshop: Workshop, hooks: Path, needed: str, code: int
) -> None:
    pytest.importorskip("tierdeps_boot", reason="the importer of compose files is in a distribution of its own")
    workshop = replace(workshop, plugins=("boot",))
    folder = workshop.folder / "site"
    folder.mkdir()
    (folder / "docker-compose.yml").write_text(f"services: {{web: {{depends_on: [{needed}]}}, db: {{}}}}\n")
    (folder / "other.yml").write_text("no: compose\n")
    workshop.git("add", "--all")
    done = try_repo(workshop, hooks, "tierdeps-check-compose")
    assert done.returncode == code, done.stdout + done.stderr
    assert ("no problems found" in done.stdout) is (code == 0)


def test_the_lock_of_the_settings_graphs_is_checked(workshop: Workshop, hooks: Path) -> None:
    (workshop.folder / "site.toml").write_text(CLEAN)
    (workshop.folder / "tierdeps.toml").write_text('graphs = ["site.toml"]\n')
    assert workshop.run("tierdeps", "lock").returncode == 0
    workshop.git("add", "--all")
    assert try_repo(workshop, hooks, "tierdeps-lock").returncode == 0
    (workshop.folder / "site.toml").write_text(CLEAN + "[drivers.more]\n")
    workshop.git("add", "--all")
    assert try_repo(workshop, hooks, "tierdeps-lock").returncode == 1
