"""``tierdeps config``: what is in force, and where it comes from."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from tests.test_schemas import closed, schema
from tierdeps.settings import Settings

if TYPE_CHECKING:
    import pytest

    from tests.cli.conftest import Ask

SETTINGS = """\
strict = false
block = ["acme"]
graphs = ["site.toml"]

[facts]
"pool.auth" = true

[drivers.storage]
uri = "storage:///session"
since = 2030-01-01

[[dependencies]]
driver = "b"
requires = "a"
"""


def document(ask: Ask, *arguments: str) -> dict[str, tuple[Any, list[str]]]:
    """Return each value with where it comes from."""
    answer = ask("config", "--format", "json", *arguments)
    assert (answer.code, answer.err) == (0, "")
    found = json.loads(answer.out)
    Draft202012Validator(closed(schema("config"))).validate(found)
    return {
        ".".join(item["path"]): (item["value"], [_whence(one) for one in item["from"]]) for item in found["settings"]
    }


def _whence(one: dict[str, Any]) -> str:
    return f"{one['source']} {one['name']} {one['line']}"


def test_each_value_has_the_line_that_states_it(ask: Ask) -> None:
    Path("tierdeps.toml").write_text(SETTINGS)
    found = document(ask)
    assert found["strict"] == (False, ["file tierdeps.toml 1"])
    assert found["graphs"] == (["site.toml"], ["file tierdeps.toml 3"])
    assert found["facts.pool.auth"] == (True, ["file tierdeps.toml 6"])
    assert found["drivers.storage.uri"] == ("storage:///session", ["file tierdeps.toml 9"])
    assert found["drivers.storage.since"] == ("2030-01-01", ["file tierdeps.toml 10"])
    assert found["dependencies"] == ("b requires a", ["file tierdeps.toml 12"])
    assert found["engine"] == ("local", ["default None None"])


def test_without_a_file_all_is_the_default(ask: Ask) -> None:
    answer = ask("config")
    assert answer.code == 0
    assert answer.out.startswith("settings: no file\n\nSETTING ")
    found = document(ask)
    assert set(found) == set(Settings.__struct_fields__) - {"source"}
    assert {whence for _, (whence,) in found.values()} == {"default None None"}


def test_options_and_variables_are_named(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("tierdeps.toml").write_text(SETTINGS)
    monkeypatch.setenv("TIERDEPS_ONLY", "one two")
    found = document(ask, "--block", "other", "--strict")
    assert found["only"] == (["one", "two"], ["environment TIERDEPS_ONLY None"])
    assert found["block"] == (["acme", "other"], ["file tierdeps.toml 2", "option --block None"])
    assert found["strict"] == (True, ["option --strict None"])


def test_sections_have_lines_too(ask: Ask) -> None:
    Path("setup.cfg").write_text("[tierdeps]\nstrict = yes\n[tierdeps:drivers.storage]\nuri = x\n")
    found = document(ask)
    assert found["strict"] == (True, ["file setup.cfg 2"])
    assert found["drivers.storage.uri"] == ("x", ["file setup.cfg 4"])


def test_a_baseline_that_exists_is_in_force(ask: Ask) -> None:
    assert document(ask)["baseline"] == ("", ["default None None"])
    Path("tierdeps.baseline.toml").write_text("")
    assert document(ask)["baseline"] == ("tierdeps.baseline.toml", ["default None None"])


def test_the_file_is_the_one_of_the_option(ask: Ask) -> None:
    Path("mine.toml").write_text("strict = true\n")
    Path("tierdeps.toml").write_text(SETTINGS)
    answer = ask("config", "--config", "mine.toml")
    assert answer.out.splitlines()[0] == "settings: mine.toml"
    assert "mine.toml:1" in answer.out


def test_text_has_a_line_for_each_value(ask: Ask) -> None:
    Path("tierdeps.toml").write_text('[choose]\nsecret-lookup = "sec\u001bret"\n'.replace("\u001b", "\\u001b"))
    answer = ask("config")
    assert [line.split() for line in answer.out.splitlines() if line.startswith("choose")] == [
        ["choose.secret-lookup", '"sec\\u001bret"', "tierdeps.toml:2"]
    ]


def test_imports_no_plugin(ask: Ask) -> None:
    sys.modules.pop("tierdeps_libvirt", None)
    ask("config")
    assert "tierdeps_libvirt" not in sys.modules


def test_a_mistake_in_the_file_is_reported(ask: Ask) -> None:
    Path("tierdeps.toml").write_text("strict = 1\n")
    assert ask("config").code == 2
