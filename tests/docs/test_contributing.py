"""The pages for contributors list every message that there is."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from inspect import cleandoc
from pathlib import Path
from textwrap import dedent, indent
from typing import get_args

import pytest

from tests.docs.conftest import ROOT
from tierdeps.control import messages
from tierdeps.executor.run import RUN_TRANSITIONS, RunState
from tierdeps.journal.schema import migrate
from tierdeps.processes import orphan_guard

PAGES = ROOT / "docs" / "contributing"


def test_every_request_and_reply_of_the_control_socket_is_described() -> None:
    page = (PAGES / "control-socket.rst").read_text()
    tags = {kind.__struct_config__.tag for kind in (*get_args(messages.Request), *get_args(messages.Reply))}
    shown = set(re.findall(r'"type":"([\w-]+)"', page)) | set(re.findall(r"\* - ``([\w-]+)``", page))
    assert shown - {"type"} == tags


def test_every_line_of_the_guard_protocol_is_described() -> None:
    page = (PAGES / "orphan-guard.rst").read_text()
    described = set(re.findall(r"\* - ``(\S)[^`]*``", page))
    assert described == set(re.findall(r"^``(\S)[^`]*``$", orphan_guard.__doc__ or "", re.MULTILINE))


def test_every_table_and_column_of_the_journal_is_described() -> None:
    page = (PAGES / "journal.rst").read_text()
    described = {}
    for name, body in re.findall(r"^\.\. list-table:: ``(\w+)``(.*?)(?=^\S)", page, re.MULTILINE | re.DOTALL):
        cells = re.findall(r"^   \* - (``.*)$", body, re.MULTILINE)
        described[name] = sorted(column for cell in cells for column in re.findall(r"``(\w+)``", cell))
    with closing(sqlite3.connect(":memory:")) as journal:
        migrate(journal, 0)
        tables = journal.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        columns = {
            name: sorted(row[1] for row in journal.execute(f"PRAGMA table_info({name})"))
            for (name,) in tables.fetchall()
        }
        indexes = {name for (name,) in journal.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE INDEX%'")}
    assert described == columns
    assert {name for name in indexes if f"``{name}``" in page} == indexes


def test_the_page_of_the_executor_draws_the_states_of_a_run_as_the_code_does() -> None:
    page = (PAGES / "executor.rst").read_text()
    code = dedent(cleandoc(RunState.__doc__ or "").split("::\n\n")[1].split("\n\n")[0])
    assert indent(code, "   ") in page


def test_every_state_of_a_run_has_its_transitions() -> None:
    assert set(RUN_TRANSITIONS) == set(RunState)


def test_every_package_is_in_the_picture_of_the_architecture() -> None:
    page = (PAGES / "architecture.rst").read_text()
    packages = {path.parent.name for path in (ROOT / "tierdeps").glob("*/__init__.py")}
    assert not {name for name in packages if not re.search(rf"\b{name}\b", page)}


def test_every_module_of_the_executor_is_on_its_page() -> None:
    page = (PAGES / "executor.rst").read_text()
    named = set(re.findall(r"^``(\w+)``  ", page, re.MULTILINE))
    assert named == {path.stem for path in (ROOT / "tierdeps" / "executor").rglob("*.py")} - {"__init__"}


def test_every_method_that_the_page_of_the_executor_names_is_in_its_code() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "tierdeps" / "executor").rglob("*.py"))
    named = re.findall(r"``([A-Z]\w+)\.(\w+)``", (PAGES / "executor.rst").read_text())
    assert named
    assert [
        f"{owner}.{name}"
        for owner, name in named
        if not re.search(rf"^class {owner}\b", code, re.MULTILINE) or not re.search(rf"\b{name}\b", code)
    ] == []


def test_every_property_test_is_described_with_its_promise() -> None:
    page = (PAGES / "tests.rst").read_text()
    described = set(re.findall(r"``(test_\w+)``", page))
    assert {path.stem for path in (ROOT / "tests" / "property").glob("test_*.py")} <= described


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.rst")), ids=lambda page: page.stem)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    """A name is relative to the repository, to the package, or to the one subpackage that the page is about."""
    roots = [ROOT, ROOT / "tierdeps", *filter(Path.is_dir, (ROOT / "tierdeps" / page.stem, ROOT / "tests/property"))]
    named = set(re.findall(r"``([a-z_/]+\.py)``", page.read_text()))
    assert not {name for name in named if not any((root / name).is_file() for root in roots)}


def test_every_class_and_constant_of_the_page_about_scale_is_in_the_code() -> None:
    named = set(re.findall(r"``([A-Z]\w+)", (PAGES / "scale.rst").read_text()))
    code = "\n".join(path.read_text() for path in (ROOT / "tierdeps").rglob("*.py"))
    assert named <= set(re.findall(r"^(?:class )?([A-Z]\w+)", code, re.MULTILINE))
