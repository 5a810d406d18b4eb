"""Facts in a lock: who stated them, and how a lock is checked on another host than it was written on."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.test_schemas import VALIDATORS

if TYPE_CHECKING:
    from tests.cli.conftest import Answer, Ask
    from tests.manager.conftest import Site

LOCK = "tierdeps.lock"
GRAPH = """\
[facts]
"from.graph" = true
[drivers.secret]
[drivers.storage]
requires = [
    { on = "secret", when = "from.host" }, { on = "secret", when = "from.graph" },
    { on = "secret", when = "from.settings" }, { on = "secret", when = "from.user" },
    { on = "secret", when = "from.nobody" },
]
"""
#: A plugin that looks at the host: at a file that is there, or not.
PLUGIN = """
from pathlib import Path

@hookimpl
def tierdeps_facts(settings):
    return {"from.host": Path("host.is.one").exists()}
"""
SOURCES = {
    "from.graph": "graph site.toml",
    "from.host": "plugin host",
    "from.nobody": "nobody",
    "from.settings": "settings",
    "from.user": "assumed",
}


@pytest.fixture(autouse=True)
def written(site: Site, ask: Ask) -> None:
    """Write a lock on a host where one fact holds."""
    site.install("acme-host", PLUGIN)
    Path("site.toml").write_text(GRAPH)
    Path("tierdeps.toml").write_text('facts = { "from.settings" = true }\n')
    Path("host.is.one").touch()
    assert ask("lock", "site.toml", "--assume", "from.user=yes").code == 0


def elsewhere() -> None:
    """Change to a host where the fact does not hold."""
    Path("host.is.one").unlink()


def check(ask: Ask, *more: str) -> Answer:
    return ask("lock", "--check", "site.toml", *more)


def test_a_lock_says_who_stated_each_fact() -> None:
    found = json.loads(Path(LOCK).read_text())
    VALIDATORS["lock"].validate(found)
    assert found["fact_sources"] == SOURCES
    assert found["facts"] == {name: name != "from.nobody" for name in SOURCES}


def test_another_host_checks_it_with_the_facts_that_it_records(ask: Ask) -> None:
    elsewhere()
    answer = check(ask)
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == (
        f"note: {LOCK} has the fact from.host as yes (source: plugin host); here it is no\n"
        f"note: {LOCK} has the fact from.user as yes (source: assumed); here it is no\n"
        "warning[TD205] fact 'from.nobody' is not set; assuming no"
        " (site.toml:8, drivers.storage.requires[4]) (-v shows details)\n"
        f"{LOCK}: up to date\n"
    )


@pytest.mark.parametrize("missing", ["--block=acme-host", "--only=tierdeps-libvirt"])
def test_a_host_without_the_plugin_checks_it_too(ask: Ask, missing: str) -> None:
    assert check(ask, missing).code == 0


@pytest.mark.parametrize("assumed", [("from.user=yes",), ("from.host=yes",), ("from.host=yes", "from.user=yes")])
def test_what_is_assumed_as_it_is_recorded_is_up_to_date(ask: Ask, assumed: tuple[str, ...]) -> None:
    elsewhere()
    assert check(ask, *(f"--assume={fact}" for fact in assumed)).code == 0


@pytest.mark.parametrize("fact", ["from.host", "from.user", "from.graph", "from.settings"])
def test_what_is_assumed_otherwise_is_a_difference(ask: Ask, fact: str) -> None:
    answer = check(ask, f"--assume={fact}=no")
    assert answer.code == 1
    assert f'-    "{fact}": true' in answer.out
    assert f'+    "{fact}": false' in answer.out


def test_what_the_repository_says_otherwise_is_a_difference(ask: Ask) -> None:
    Path("tierdeps.toml").write_text('facts = { "from.settings" = false }\n')
    assert check(ask).code == 1
    Path("tierdeps.toml").write_text('facts = { "from.settings" = true, "from.host" = false }\n')
    answer = check(ask)
    assert (answer.code, '+    "from.host": "settings"' in answer.out) == (1, True)
    Path("tierdeps.toml").write_text('facts = { "from.settings" = true }\n')
    assert check(ask).code == 0
    Path("site.toml").write_text(GRAPH.replace("= true", "= false"))
    assert check(ask).code == 1


def test_a_fact_that_the_repository_no_longer_states_is_a_difference(ask: Ask) -> None:
    Path("tierdeps.toml").unlink()
    answer = check(ask)
    assert (answer.code, '+    "from.settings": "nobody"' in answer.out) == (1, True)


def test_a_fact_that_nobody_stated_does_not_depend_on_the_host_that_checks(ask: Ask, site: Site) -> None:
    site.install("acme-more", '@hookimpl\ndef tierdeps_facts(settings):\n    return {"from.nobody": True}\n')
    assert check(ask).code == 0


def test_a_new_dependency_fails_on_any_host_and_the_offered_command_keeps_the_facts(ask: Ask) -> None:
    elsewhere()
    Path("site.toml").write_text(GRAPH + "[drivers.qemu]\nrequires = ['storage']\n")
    answer = check(ask)
    assert answer.code == 1
    last = answer.err.splitlines()[-1]
    assert last == f"error: {LOCK} is out of date; to write it again: tierdeps lock site.toml --keep-facts"
    assert '"from.host": false' not in answer.out
    assert ask(*shlex.split(last.partition("to write it again: tierdeps ")[2])).code == 0
    assert json.loads(Path(LOCK).read_text())["fact_sources"] == SOURCES
    assert json.loads(Path(LOCK).read_text())["facts"]["from.host"] is True
    assert check(ask).code == 0


def test_a_lock_is_written_with_the_facts_of_the_host_unless_others_are_to_be_kept(ask: Ask) -> None:
    elsewhere()
    assert ask("lock", "site.toml").code == 0
    assert json.loads(Path(LOCK).read_text())["facts"]["from.host"] is False


def test_keeping_the_facts_of_no_file_is_an_error(ask: Ask) -> None:
    for text, code in ((None, 2), ("", 2), ("<<<<<<< ours\n", 2)):
        Path(LOCK).unlink()
        if text is not None:
            Path(LOCK).write_text(text)
        answer = ask("lock", "--keep-facts", "site.toml")
        assert (answer.code, answer.out, answer.err.count("\n")) == (code, "", 1)
        assert re.search(r"; to write it( again)?: tierdeps lock site.toml\n$", answer.err)
        Path(LOCK).touch()


def test_a_run_of_the_lock_is_refused_on_another_host_and_the_difference_is_shown(ask: Ask) -> None:
    elsewhere()
    answer = ask("order", "--locked", "site.toml")
    assert answer.code == 1
    *told, advice = answer.err.splitlines()
    assert told == [
        f"error: {LOCK}: the fact from.host is no here, and was locked as yes",
        f"error: {LOCK}: the fact from.user is no here, and was locked as yes",
    ]
    difference, _, fresh = advice.removeprefix("to see the difference: ").partition("; to accept it: ")
    assert fresh == "tierdeps lock site.toml"
    shown = ask(*shlex.split(difference)[1:])
    assert shown.code == 1
    assert '-    "from.host": true' in shown.out


def test_a_lock_without_sources_is_out_of_date(ask: Ask) -> None:
    found = json.loads(Path(LOCK).read_text())
    del found["fact_sources"]
    Path(LOCK).write_text(json.dumps(found))
    assert check(ask).code == 1
    assert ask("order", "--locked", "site.toml", "--assume", "from.user=yes").code == 0


def test_a_source_of_no_fact_is_refused(ask: Ask) -> None:
    found = json.loads(Path(LOCK).read_text())
    found["fact_sources"]["other"] = "nobody"
    Path(LOCK).write_text(json.dumps(found))
    answer = ask("order", "--locked", "site.toml")
    assert (answer.code, "fact_sources: expected one of the facts above, got 'other'" in answer.err) == (2, True)
