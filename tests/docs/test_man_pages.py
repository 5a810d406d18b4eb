"""Man pages: as the program is, with all their sections, and installed with the package.

``python docs/_ext/man_pages.py`` writes them.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from configparser import ConfigParser
from typing import TYPE_CHECKING

import click
import pytest

from tests.docs.conftest import ROOT
from tierdeps.cli import main
from tierdeps.input_schemas import input_schemas

if TYPE_CHECKING:
    from types import ModuleType

MAN = ROOT / "docs" / "man"
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted(MAN.iterdir())}
SECTIONS = ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO")
COMMANDS = {path.stem.replace("_", "-") for path in (ROOT / "tierdeps" / "cli").glob("[a-z]*.py")}


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("man_pages", ROOT / "docs" / "_ext" / "man_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_they_are_those_of_the_program() -> None:
    assert generator().pages() == PAGES, "python docs/_ext/man_pages.py writes them again"


def test_there_is_one_for_each_command_and_each_kind_of_file() -> None:
    files = {"tierdeps.1", "tierdeps.toml.5", "tierdeps-graph.5"}
    assert set(PAGES) == {f"tierdeps-{name}.1" for name in COMMANDS} | files


@pytest.mark.parametrize("name", PAGES)
def test_each_has_all_sections_in_their_order(name: str) -> None:
    titles = re.findall(r"^\.SH (.+)$", PAGES[name], re.MULTILINE)
    assert [title for title in titles if title in SECTIONS] == list(SECTIONS)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("title", SECTIONS)
def test_no_section_is_empty(name: str, title: str) -> None:
    section = PAGES[name].partition(f"\n.SH {title}\n")[2].partition("\n.SH ")[0]
    assert section.strip()


@pytest.mark.parametrize("name", PAGES)
def test_each_has_the_environment_variables(name: str) -> None:
    assert "\\fBXDG_STATE_HOME\\fR" in PAGES[name]


@pytest.mark.parametrize("name", PAGES)
def test_each_refers_to_pages_that_there_are(name: str) -> None:
    also = PAGES[name].partition(".SH SEE ALSO\n")[2].replace("\\-", "-")
    named = re.findall(r"\\fB([\w.-]+)\\fR\((\d)\)", also)
    assert named
    assert {f"{page}.{section}" for page, section in named} <= set(PAGES)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_s_page_has_all_its_options(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    page = PAGES[f"tierdeps-{name}.1"].replace("\\-", "-")
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    assert [option.opts[-1] for option in options if option.opts[-1] not in page] == []


@pytest.mark.parametrize(("page", "schema"), [("tierdeps.toml.5", "settings"), ("tierdeps-graph.5", "graph-file")])
def test_a_file_s_page_has_all_its_keys(page: str, schema: str) -> None:
    found = input_schemas()[schema]
    keys = [key for table in (found, *found["$defs"].values()) for key in table.get("properties", {})]
    assert len(keys) > 20
    assert [key for key in keys if f"\n\\fB{key}\\fR = " not in PAGES[page]] == []


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff")
@pytest.mark.parametrize("name", PAGES)
def test_a_formatter_has_nothing_to_complain_of(name: str) -> None:
    command = ["groff", "-man", "-ww", "-Tutf8", str(MAN / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "\\f" not in done.stdout


def test_the_wheel_installs_them_where_man_looks() -> None:
    settings = ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    assert dict(settings["options.data_files"]) == {
        "share/man/man1": "docs/man/*.1",
        "share/man/man5": "docs/man/*.5",
    }
