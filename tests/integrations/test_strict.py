"""Nothing that runs in CI passes while a plugin is broken."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.integrations.conftest import Workshop

ROOT = Path(__file__).parents[2]
CLEAN = "[drivers.storage]\n[drivers.secret]\n"
BROKEN = {
    "import": "import nonesuch\n",
    "hook": "from tierdeps import hookimpl\n\n@hookimpl\ndef tierdeps_rules():\n    raise ValueError('no')\n",
}
#: Files that people copy into their CI, with commands that check declarations.
PAGES = ("docs/howto/ci.rst", "docs/howto/baseline.rst", "docs/ci/gitlab.yml", "action.yml", ".pre-commit-hooks.yaml")
TEMPLATE = "tierdeps/scaffold/template/.github/workflows/ci.yml.in"
#: A command at the beginning of a line, or behind what a page, a script or a workflow has there.
COMMAND = re.compile(
    r"^\s*(?:\$ |- |- run: |entry: )?(?:\w+=\d )?(tierdeps (?:check|lock --check) .*|tierdeps check)$", re.MULTILINE
)


@pytest.fixture(params=sorted(BROKEN))
def broken(request: pytest.FixtureRequest, workshop: Workshop) -> Workshop:
    workshop.plugin("mine", BROKEN[request.param])
    (workshop.folder / "site.toml").write_text(CLEAN)
    (workshop.folder / "compose.yaml").write_text("services: {web: {}}\n")
    return workshop


def test_the_action_fails(broken: Workshop, read_yaml: Any, tmp_path: Path) -> None:
    (script,) = (step["run"] for step in read_yaml("action.yml")["runs"]["steps"] if step["name"] == "Check")
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    done = broken.run(
        *("bash", "-eo", "pipefail", "-c", script),
        **{"GRAPHS": "site.toml", "OPTIONS": "", "SARIF": "out.sarif", "RUNNER_TEMP": str(tmp_path), **files},
    )
    assert done.returncode == 3, done.stderr
    assert "the plugin 'mine' of mine 1.0" in done.stderr


def test_the_gitlab_job_fails(broken: Workshop, read_yaml: Any) -> None:
    pytest.importorskip("junitparser", reason="JUnit reports are an extra")
    script = "\n".join(read_yaml("docs/ci/gitlab.yml")["tierdeps"]["script"])
    done = broken.run("bash", "-eo", "pipefail", "-c", script, TIERDEPS_GRAPHS="site.toml")
    assert done.returncode == 3, done.stderr


def test_the_hooks_fail(broken: Workshop, read_yaml: Any) -> None:
    assert broken.run("tierdeps", "lock", "site.toml").returncode == 0
    for hook in read_yaml(".pre-commit-hooks.yaml"):
        graph = "compose.yaml" if "compose" in hook["entry"] else "site.toml"
        done = replace(broken, plugins=("boot",)).run(*shlex.split(hook["entry"]), graph)
        assert done.returncode == 3, (hook["id"], done.stderr)


@pytest.mark.parametrize("page", [*PAGES, TEMPLATE])
def test_every_check_that_people_copy_is_strict(page: str) -> None:
    commands = COMMAND.findall((ROOT / page).read_text())
    assert commands, f"no command was found in {page}"
    assert [command for command in commands if "--strict" not in command] == []
