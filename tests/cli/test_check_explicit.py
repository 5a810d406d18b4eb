"""``check --explicit``: the plugins alone are not checked while nobody names the graph files of the repository."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Answer, Ask
    from tests.manager.conftest import Site

GRAPH = "[drivers.a]\nrequires = ['b']\n"
FOUND = {
    "site.toml": GRAPH,
    "quoted.toml": '["drivers".a]\n',
    "inline.toml": "drivers = { a = {} }\n",
    "broken.toml": "[drivers.a\n[drivers.b]\n",
    "deep/folder/site.toml": "[tiers]\norder = ['x']\n\n  [drivers.a]\n",
    "site.json": '{"tiers": {"order": ["core"]}, "drivers": {"a": {}}}',
    "broken.json": '{"drivers": {"a": {}',
    "site.yaml": "tiers:\n  order: [core]\ndrivers:\n  a: {}\n",
    "site.yml": "drivers: {a: {}}\n",
    "site.jsonl": '{"name": "a", "requires": ["b"]}\n{"name": "b"}\n',
    "tiers.jsonl": '{"tiers": {"order": ["core"]}}\n',
}
PASSED = {
    "pyproject.toml": "[tool.tierdeps]\nignore = []\n[tool.other.drivers.a]\n",
    "tierdeps.toml": "[drivers.mine]\nsize = 1\n",
    "other.toml": "[package]\ndrivers = 3\n[tool.drivers]\n",
    "tierdeps.baseline.toml": 'schema = "tierdeps/baseline/1"\n',
    "order.json": '{"schema": "tierdeps/order/1", "drivers": {"a": {}}}',
    "package.json": '{"name": "drivers", "drivers": 1}',
    "deep.json": "[" * 5_000,
    "list.jsonl": '["name", "requires"]\n',
    "compose.yaml": "services:\n  drivers:\n    image: x\n",
    "notes.md": GRAPH,
    "tierdeps.lock": '{"drivers": {"a": {}}}',
}


@pytest.fixture(autouse=True)
def plugin(site: Site, ask: Ask) -> None:
    """Provide a plugin whose drivers are in order, and a repository beside it."""
    del ask
    Path(".gitignore").write_text("/acme*\n")
    site.install_driver("acme-mine", "mine")


def check(ask: Ask, *arguments: str) -> Answer:
    return ask("check", "--explicit", "--only", "acme-mine", *arguments)


def put(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)


def git(*arguments: str) -> None:
    subprocess.run(("git", *arguments), check=True, capture_output=True)  # noqa: S607  whichever git there is


@pytest.mark.parametrize("name", FOUND)
def test_a_graph_file_that_nobody_names_is_refused(ask: Ask, name: str) -> None:
    git("init", "--quiet")
    put(name, FOUND[name])
    git("add", "--all")
    answer = check(ask)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        f"error: {name}: not checked, for nothing names a graph; name GRAPHs, or say graphs = [...] in the settings"
        " ([] if only the installed plugins are to be checked)\n"
    )


@pytest.mark.parametrize("name", PASSED)
def test_what_is_no_graph_file_is_none(ask: Ask, name: str) -> None:
    git("init", "--quiet")
    put(name, PASSED[name])
    git("add", "--all")
    assert check(ask).code == 0


def test_what_git_does_not_keep_is_no_part_of_the_repository(ask: Ask) -> None:
    git("init", "--quiet")
    put("site.toml", GRAPH)
    assert check(ask).code == 0


def test_without_git_the_folder_is_looked_at(ask: Ask) -> None:
    put("site.toml", GRAPH)
    assert check(ask).code == 2
    Path("site.toml").rename("site.txt")
    assert check(ask).code == 0


def test_a_file_that_was_deleted_and_is_not_committed_yet_is_none(ask: Ask) -> None:
    git("init", "--quiet")
    put("site.toml", GRAPH)
    git("add", "--all")
    Path("site.toml").unlink()
    assert check(ask).code == 0


def test_many_files_are_counted(ask: Ask) -> None:
    for number in range(5):
        put(f"{number}.toml", GRAPH)
    assert check(ask).err.startswith("error: 0.toml, 1.toml, 2.toml and 2 more: not checked")


@pytest.mark.parametrize(("graphs", "code"), [([], 0), (["good.toml"], 0), (["site.toml"], 1), (["[gs]*.toml"], 1)])
def test_the_settings_say_what_is_meant(ask: Ask, graphs: list[str], code: int) -> None:
    put("site.toml", GRAPH)
    put("good.toml", "[drivers.good]\n")
    put("pyproject.toml", f"[tool.tierdeps]\ngraphs = {json.dumps(graphs)}\n")
    assert check(ask).code == code


def test_a_graph_on_the_command_line_is_enough(ask: Ask) -> None:
    put("site.toml", GRAPH)
    put("good.toml", "[drivers.good]\n")
    assert check(ask, "good.toml").code == 0


def test_settings_with_tables_of_drivers_are_no_graph(ask: Ask) -> None:
    put("conf.toml", "[drivers.mine]\nsize = 1\n")
    assert check(ask, "--config", "conf.toml").code == 0


def test_unasked_the_plugins_are_checked(ask: Ask) -> None:
    put("site.toml", GRAPH)
    assert ask("check", "--only", "acme-mine").code == 0
