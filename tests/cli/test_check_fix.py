"""``check --fix`` and ``--diff``: one verified way to fix a finding is taken, and all else is left to people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

SITE = """\
# the site
[tiers]
order = ["core", "late"]

[drivers.storage]   # disks
tier = "core"
requires = [
    "secrt",   # keys
    "net",
]
[drivers.secret]
tier = "core"
[drivers.net]
tier = "core"
wants = ["secret", "secret"]

[drivers.qemu]
after = ["storge"]
"""
FIXED = (
    SITE.replace("secrt", "secret")
    .replace('["secret", "secret"]', '["secret"]')
    .replace('["storge"]', '["storage"]\ntier = "core"')
)


@pytest.fixture(autouse=True)
def site(ask: Ask) -> None:
    del ask
    Path("site.toml").write_text(SITE)


def test_names_are_corrected_repetitions_removed_and_tiers_written_down(ask: Ask) -> None:
    answer = ask("check", "site.toml", "--fix")
    assert Path("site.toml").read_text() == FIXED
    assert answer.code == 0
    assert answer.out.startswith("4 drivers, 4 dependencies, ")
    assert answer.out.count("\n") == 1, "nothing is left to be found"
    assert "fixed 4 findings in site.toml" in answer.err


def test_a_difference_is_shown_and_nothing_is_written(ask: Ask) -> None:
    answer = ask("check", "site.toml", "--diff")
    assert answer.code == 1
    assert Path("site.toml").read_text() == SITE
    lines = answer.out.splitlines()
    assert lines[:2] == ["--- site.toml", "+++ site.toml"]
    assert '-    "secrt",   # keys' in lines
    assert '+    "secret",   # keys' in lines
    assert ask("check", "site.toml", "--diff", "--fix").out == answer.out
    assert Path("site.toml").read_text() == SITE


def test_there_is_no_difference_where_nothing_is_to_be_fixed(ask: Ask) -> None:
    Path("site.toml").write_text(FIXED)
    answer = ask("check", "site.toml", "--diff")
    assert (answer.code, answer.out) == (0, "")


def test_what_is_fixed_once_stays_as_it_is(ask: Ask) -> None:
    ask("check", "site.toml", "--fix")
    answer = ask("check", "site.toml", "--fix")
    assert Path("site.toml").read_text() == FIXED
    assert "nothing was fixed" in answer.err


def test_only_what_is_selected_is_fixed(ask: Ask) -> None:
    ask("check", "site.toml", "--fix", "--select", "missing")
    assert Path("site.toml").read_text() == SITE.replace("secrt", "secret")


def test_what_the_baseline_excuses_is_not_fixed(ask: Ask) -> None:
    ask("check", "site.toml", "--update-baseline", "--reason", "later")
    ask("check", "site.toml", "--fix")
    assert Path("site.toml").read_text() == SITE


@pytest.mark.parametrize(
    "graph",
    [
        '[drivers.a]\nrequires = ["b"]\n[drivers.b]\nrequires = ["a"]\n',
        '[tiers]\norder = ["x", "y"]\n[drivers.a]\ntier = "x"\nrequires = ["b"]\n[drivers.b]\ntier = "y"\n',
        '[drivers.a]\nrequires = ["nothing-like-it"]\n',
        '[drivers.a]\nrequires = ["k"]\n[drivers.b]\nprovides = ["k"]\n[drivers.c]\nprovides = ["k"]\n',
        'disable = ["b"]\n[drivers.a]\nrequires = ["b"]\n[drivers.b]\n',
        '[drivers.a]\nrequires = ["b:x"]\n[drivers.b]\nphases = ["one", "two"]\n',
    ],
    ids=["cycle", "inversion", "missing", "ambiguous", "disabled", "phases"],
)
def test_a_decision_is_left_to_people(ask: Ask, graph: str) -> None:
    Path("site.toml").write_text(graph)
    before = ask("check", "site.toml")
    answer = ask("check", "site.toml", "--fix")
    assert Path("site.toml").read_text() == graph
    assert (answer.code, answer.out) == (before.code, before.out)
    assert "nothing was fixed" in answer.err


def test_a_dependency_is_kept_whose_driver_a_lifecycle_may_look_up(ask: Ask) -> None:
    graph = '[drivers.a]\nlifecycle = "acme:A"\nrequires = ["b", "c"]\n[drivers.b]\nrequires = ["c"]\n[drivers.c]\n'
    Path("site.toml").write_text(graph)
    ask("check", "site.toml", "--fix", "--select", "TD201")
    assert Path("site.toml").read_text() == graph
    Path("site.toml").write_text(graph.replace('lifecycle = "acme:A"\n', ""))
    ask("check", "site.toml", "--fix", "--select", "TD201")
    assert 'requires = ["b"]' in Path("site.toml").read_text()


def test_each_of_several_graphs_is_fixed_in_its_own_file(ask: Ask) -> None:
    Path("more.toml").write_text('[drivers.extra]\nafter = ["storag"]\n[drivers.storage]\n')
    answer = ask("check", "--each", "site.toml", "more.toml", "gone.toml", "--fix")
    assert answer.code == 2  # one of them cannot be read
    assert Path("site.toml").read_text() == FIXED
    assert 'after = ["storage"]' in Path("more.toml").read_text()


def test_a_name_that_another_graph_declares_is_corrected_where_it_is_used(ask: Ask) -> None:
    Path("site.toml").write_text("[drivers.storage]\n")
    Path("more.toml").write_text('[drivers.extra]\nafter = [{ on = "storag:start", phase = "start" }]\n')
    answer = ask("check", "site.toml", "more.toml", "--fix")
    assert Path("more.toml").read_text() == ('[drivers.extra]\nafter = [{ on = "storage:start", phase = "start" }]\n')
    assert answer.code == 0


@pytest.mark.parametrize("name", ["site.yaml", "site.json"])
def test_other_kinds_of_files_are_fixed_too(ask: Ask, name: str) -> None:
    text = {
        "site.yaml": "# all\ndrivers:\n  a:\n    requires: [sectre]  # keys\n  secret:\n",
        "site.json": '{\n  "drivers": {\n    "a": {\n      "requires": [\n        "sectre"\n      ]\n    },\n'
        '    "secret": {}\n  }\n}\n',
    }[name]
    Path(name).write_text(text)
    assert ask("check", name, "--fix").code == 0
    assert Path(name).read_text() == text.replace("sectre", "secret")


def test_a_graph_from_the_standard_input_is_only_checked(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    from io import BytesIO, TextIOWrapper

    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"[drivers.a]\nrequires = ['b']\n[drivers.bb]\n")))
    answer = ask("check", "-", "--diff")
    assert (answer.code, answer.out) == (0, "")


def test_a_name_of_the_settings_is_not_corrected(ask: Ask) -> None:
    Path("site.toml").write_text("[drivers.storage]\n[drivers.qemu]\n")
    settings = '[[dependencies]]\ndriver = "qemu"\nafter = "storag"\n'
    Path("tierdeps.toml").write_text(settings)
    ask("check", "site.toml", "--fix")
    assert Path("tierdeps.toml").read_text() == settings
