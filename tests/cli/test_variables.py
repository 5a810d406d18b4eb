"""Variables, env files and programs, as ``check``, ``start``, ``order`` and ``lock`` treat them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

GRAPH = """\
[drivers.web]
command = ["sh", "-c", "echo $MODE ${PORT} $${x}"]
env_file = "web.env"
ready = "exit"
"""


@pytest.fixture(autouse=True)
def graph(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the graph into the folder in which commands run."""
    del ask
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TIERDEPS_CGROUP", "no")
    monkeypatch.delenv("PORT", raising=False)
    Path("graph.toml").write_text(GRAPH)
    Path("web.env").write_text("MODE=live\nAPI_TOKEN=hunter2hunter2\n")


def codes(ask: Ask, *arguments: str) -> list[str]:
    document = json.loads(ask("check", "--format", "json", *arguments).out)
    return [finding["code"] for finding in document["findings"]]


def test_a_variable_that_is_not_set_is_found_with_its_place_before_anything_starts(ask: Ask) -> None:
    for command in (("check", "graph.toml"), ("start", "graph.toml", "--once")):
        answer = ask(*command)
        assert answer.code == 1
        text = answer.out + answer.err
        assert "error[TD306] command of web: ${PORT} is not set" in text
        assert "declared in graph.toml:1, drivers.web" in text
        assert '2 | command = ["sh", "-c", "echo $MODE ${PORT} $${x}"]' in text
    assert "nothing has been started yet" in ask("status").err


@pytest.mark.parametrize("written", ["${1}", "${PORT:+x}"])
def test_what_is_no_variable_is_to_be_written_in_another_way(ask: Ask, written: str) -> None:
    Path("graph.toml").write_text(GRAPH.replace("${PORT}", written))
    answer = ask("check", "graph.toml")
    assert answer.code == 1
    assert f"command of web: '{written}' is no variable" in answer.out
    assert "write ${NAME} or ${NAME:-default}; a dollar that is meant as such" in answer.out
    assert "set it in the environment" not in answer.out


def test_with_it_the_process_runs(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8080")
    assert codes(ask, "graph.toml") == []
    assert ask("start", "graph.toml", "--once").code == 0
    assert ask("logs", "web").out == "live 8080\n"


def test_order_and_lock_have_the_variables_as_they_are_written(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask("order", "graph.toml").code == 0
    assert ask("lock", "graph.toml").code == 0
    lock = Path("tierdeps.lock").read_text()
    assert "${PORT}" in lock
    assert "hunter2" not in lock
    for port in ("1", "2"):
        monkeypatch.setenv("PORT", port)
        assert ask("lock", "--check", "graph.toml").code == 0
        assert ask("start", "--locked", "--once", "graph.toml").code == 0
        assert ask("logs", "web").out == f"live {port}\n"


def test_an_env_file_that_is_missing_is_found(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8080")
    Path("web.env").unlink()
    assert codes(ask, "graph.toml") == ["TD306"]
    assert "env_file of web: there is no file web.env" in ask("start", "graph.toml").err
    Path("graph.toml").write_text(GRAPH.replace('"web.env"', '["-web.env"]'))
    assert codes(ask, "graph.toml") == []


def test_no_secret_is_in_any_answer(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8080")
    Path("graph.toml").write_text(GRAPH.replace("$MODE", "$MODE $API_TOKEN").replace("ready", 'cwd = "."\nready'))
    answers = [
        ask("check", "graph.toml"),
        ask("start", "graph.toml", "--once", "--format", "json", "-v"),
        ask("status", "--all"),
        ask("logs"),
        ask("graph", "--format", "json", "graph.toml"),
    ]
    assert all("hunter2" not in answer.out + answer.err for answer in answers)
    assert ask("logs", "web").out == "live *** 8080\n"


def test_programs_are_looked_for_on_request(ask: Ask) -> None:
    Path("graph.toml").write_text('[drivers.web]\ncommand = ["nonesuch"]\nuser = "nonesuch"\n')
    assert codes(ask, "graph.toml") == []
    assert codes(ask, "graph.toml", "--programs") == ["TD307", "TD307"]


def test_a_start_looks_for_programs_before_anything_starts(ask: Ask) -> None:
    Path("graph.toml").write_text(
        '[drivers.db]\ncommand = ["touch", "started"]\nready = "exit"\n'
        '[drivers.web]\nrequires = ["db"]\ncommand = ["nonesuch"]\n'
    )
    answer = ask("start", "graph.toml", "--once")
    assert answer.code == 1
    assert "error[TD307] command of web: the program 'nonesuch' is not on the PATH" in answer.err
    assert not Path("started").exists()


def test_a_start_leaves_files_to_the_drivers_that_may_make_them(ask: Ask) -> None:
    Path("graph.toml").write_text(
        '[drivers.folder]\ncommand = ["mkdir", "made"]\nready = "exit"\n'
        '[drivers.web]\nrequires = ["folder"]\ncommand = ["true"]\ncwd = "made"\nready = "exit"\n'
    )
    assert ask("start", "graph.toml", "--once").code == 0


def test_a_driver_whose_failure_does_not_stop_the_run_is_left_to_it(ask: Ask) -> None:
    Path("graph.toml").write_text(
        '[drivers.web]\ncommand = ["nonesuch"]\non_failure = "ignore"\n'
        '[drivers.db]\ncommand = ["true"]\nready = "exit"\n'
    )
    assert "nonesuch' is not on the PATH; install it" in ask("start", "graph.toml", "--once").out


def test_variables_and_placeholders_of_instances_go_together(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8080")
    Path("graph.toml").write_text(
        '[drivers.web]\ninstances = ["a", "b"]\ncommand = ["echo", "{instance}", "${PORT}", "{{x}}"]\nready = "exit"\n'
    )
    assert ask("start", "graph.toml", "--once").code == 0
    assert ask("logs", "web@a").out == "a 8080 {x}\n"


def test_an_override_may_have_variables(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8080")
    Path("other.env").write_text("MODE=test")
    Path("more.toml").write_text('[drivers.web]\noverride = true\nenv_file = "other.env"\n')
    assert ask("start", "graph.toml", "more.toml", "--once").code == 0
    assert ask("logs", "web").out == "test 8080\n"
