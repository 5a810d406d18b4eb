"""The reference lists everything."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from tests.docs.conftest import ROOT
from tests.docs.extension import load
from tierdeps import hookspecs
from tierdeps.manager import Manager
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

DOCS = ROOT / "docs"


def test_every_public_name_is_described_once_and_named_on_the_page_of_the_library() -> None:
    pages = [page.read_text() for page in sorted((DOCS / "reference").glob("*.rst"))]
    directive = r"^\.\. (?:auto(?!module)|py:)\w+:: tierdeps\.(\w+)(?:\(|$)"
    described = [name for page in pages for name in re.findall(directive, page, re.MULTILINE)]
    public = import_module("tierdeps").__all__
    assert sorted(described) == public
    library = (DOCS / "reference" / "library.rst").read_text()
    mentioned = set(re.findall(r"(?::: |`~)tierdeps\.(\w+)\b(?!\.)", library))
    assert mentioned == set(public)


def test_no_argument_of_a_command_lacks_a_description() -> None:
    """The pages of commands cannot be built otherwise."""
    reference = load("tierdeps_reference")
    arguments = {
        reference.argument_name(argument)
        for _, command in reference.own_commands()
        for argument in command.params
        if argument.param_type_name == "argument"
    }
    assert arguments <= reference.ARGUMENTS.keys()


@pytest.fixture(scope="module", name="built")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sphinx_click", reason="the documentation is built with the extra docs")
    folder = tmp_path_factory.mktemp("docs")
    source, target = folder / "docs", folder / "built"
    shutil.copytree(DOCS, source)
    # its sources are shown in the how-to on engines
    shutil.copytree(ROOT / "tests" / "third_party", folder / "tests" / "third_party")
    shutil.copytree(ROOT / "graphs", folder / "graphs")  # pictures are drawn of these
    for name in ("CHANGELOG.rst", "CONTRIBUTING.rst"):
        shutil.copy(ROOT / name, folder)
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "text", str(source), str(target / "text")]
    command += [] if shutil.which("dot") else ["-D", "suppress_warnings=tierdeps.graphviz"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


def test_every_command_has_a_page(built: Path) -> None:
    from tierdeps.cli import main

    own = {path.stem.replace("_", "-") for path in (ROOT / "tierdeps" / "cli").glob("[a-z]*.py")}
    assert own <= set(main.list_commands(None))  # type: ignore[arg-type]  # it does not look at it
    assert {page.stem for page in (built / "text/reference/commands").iterdir()} == own


def test_the_list_of_commands_says_what_each_is_for(built: Path) -> None:
    page = " ".join((built / "text/reference/commands.txt").read_text().split())
    assert "Check a graph for problems: cycles, missing drivers, wrong tiers" in page


def test_a_command_s_page_has_its_options(built: Path) -> None:
    page = (built / "text/reference/commands/start.txt").read_text()
    assert "--leave-running" in page
    assert "Start everything, report and exit; stop nothing." in page


def test_every_argument_of_a_command_is_described(built: Path) -> None:
    assert (
        "A graph file, a folder that an importer recognises"
        in (built / "text/reference/commands/order.txt").read_text()
    )
    assert "The name of a driver." in (built / "text/reference/commands/why.txt").read_text()
    pages = [page.read_text() for page in (built / "text/reference/commands").iterdir()]
    assert not [page for page in pages if "Required argument" in page or "Optional argument" in page]


def test_every_code_has_a_page_and_is_in_the_list(built: Path) -> None:
    codes = (built / "text/reference/codes.txt").read_text()
    for rule in Manager(Settings(), path=()).rules():
        assert rule.code in codes
        page = (built / f"text/reference/codes/{rule.code}.txt").read_text()
        assert f"tierdeps explain {rule.code}" in page
        assert " ".join(rule.how_to_fix.split())[:40] in " ".join(page.split())


def test_every_hook_is_there(built: Path) -> None:
    hooks = (built / "text/reference/hooks.txt").read_text()
    assert all(name in hooks for name in vars(hookspecs) if name.startswith("tierdeps_"))


def test_every_schema_has_a_page_with_its_keys(built: Path) -> None:
    for file in (ROOT / "tierdeps" / "schemas").glob("*.json"):
        if file.stem != "catalog":
            page = (built / f"text/reference/schemas/{file.stem}.txt").read_text()
            keys = json.loads(file.read_text()).get("properties", {})
            assert all(key in page for key in keys), file.stem
