"""The code frame of a finding points to the very entry that is wrong, whatever the form of the declaration."""

from __future__ import annotations

import importlib
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tierdeps.cli._source_code import code_frame
from tierdeps.model import Driver, Evidence, Origin, requires

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

TOML = """\
[tiers]
order = ["core"]
[drivers.storage]
phases = ["initialize"]
provides = [
  "pools",
  "volumes",
  "spare",
]
tier = "cre"
requires = ["sec", { on = "secret", phase = "init", when = "hot" }]
[drivers.secret]
tier = "core"
provides = ["pools"]
[[drivers.secret.wants]]
on = "volumes"
when = "cold"
[drivers.web]
tier = "core"
requires = ["pools"]
"""
YAML = """\
tiers:
  order: [core]
drivers:
  storage:
    phases: [initialize]
    provides:
      - pools
      - volumes
      - spare
    tier: cre
    requires:
      - sec
      - on: secret
        phase: init
        when: hot
  secret:
    tier: core
    provides: [pools]
    wants:
      - on: volumes
        when: cold
  web:
    tier: core
    requires: [pools]
"""
JSON = """\
{"tiers": {"order": ["core"]}, "drivers": {
  "storage": {
    "phases": ["initialize"],
    "provides": ["pools", "volumes", "spare"],
    "tier": "cre",
    "requires": ["sec", {"on": "secret", "phase": "init", "when": "hot"}]
  },
  "secret": {"tier": "core", "provides": ["pools"], "wants": [{"on": "volumes", "when": "cold"}]},
  "web": {"tier": "core", "requires": ["pools"]}
}}
"""
LINES = """\
{"tiers": {"order": ["core"]}}
{"name": "storage", "phases": ["initialize"], "provides": ["pools", "volumes", "spare"], "tier": "cre", "requires": ["sec", {"on": "secret", "phase": "init", "when": "hot"}]}
{"name": "secret", "tier": "core", "provides": ["pools"], "wants": [{"on": "volumes", "when": "cold"}]}
{"name": "web", "tier": "core", "requires": ["pools"]}
"""  # noqa: E501
#: What the carets are under, in any finding of each code.
WRONG = {
    "TD103": {"sec"},
    "TD104": {"pools"},
    "TD107": {"init", "phases"},
    "TD108": {"cre"},
    "TD203": {"spare"},
    "TD206": {"hot", "cold"},
}


def marked(text: str) -> set[str]:
    """Return what the carets of an answer are under, without quotes."""
    lines = text.splitlines()
    pairs = [(above, below) for above, below in pairwise(lines) if set(below.strip(" |")) == {"^"}]
    return {above[below.index("^") : below.rindex("^") + 1].strip("\"'") for above, below in pairs}


@pytest.mark.parametrize("code", WRONG)
@pytest.mark.parametrize(("name", "text"), [("a.toml", TOML), ("a.yaml", YAML), ("a.json", JSON), ("a.jsonl", LINES)])
def test_the_carets_are_under_what_is_wrong(ask: Ask, name: str, text: str, code: str) -> None:
    Path(name).write_text(text)
    assert marked(ask("check", "--all", f"--select={code}", name).out) == WRONG[code]


def test_concise_output_names_the_line_of_the_entry(ask: Ask) -> None:
    Path("a.toml").write_text(TOML)
    out = ask("check", "--select=TD108", "--format=concise", "a.toml").out
    assert out.startswith("a.toml:10:8: TD108 error: ")


MODULE = """\
from tierdeps import Driver, requires

DRIVERS = (
    Driver("storage", provides=("pools", "volumes"), dependencies=(requires("sec"), requires("secret", phase="init"))),
    Driver(
        "secret",
        tier="cre",
    ),
)
"""


@pytest.fixture(name="module")
def _module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "framed_of_tests.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module("framed_of_tests")
    return "framed_of_tests.py"


@pytest.mark.parametrize(
    ("line", "key", "name", "under"),
    [
        (4, "provides", "volumes", '"volumes"'),
        (4, "on", "sec", 'requires("sec")'),
        (4, "on", "secret", 'requires("secret", phase="init")'),
        (4, "phase", "init", '"init"'),
        (5, "tier", "cre", '"cre"'),
        (5, "", "", "Driver("),
        (5, "phases", "", "Driver("),
    ],
)
def test_in_python_the_caret_is_under_the_argument(module: str, line: int, key: str, name: str, under: str) -> None:
    frame = code_frame(Evidence("", Origin(module, line), key=key, name=name))
    assert frame is not None
    assert frame.text[frame.start : frame.end] == under
    assert Driver("a", dependencies=(requires("b"),)).dependencies[0].origin.line  # such lines are what calls have


def test_a_file_that_has_changed_shows_its_new_lines(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("first", "second"):
        Path("graph.toml").write_text(f'[drivers.a]\nrequires = ["{name}"]\n')
        assert f'2 | requires = ["{name}"]' in ask("check", "graph.toml").out
