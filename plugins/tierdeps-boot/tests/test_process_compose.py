"""Files of process-compose."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from foreign import found, pieces, read, said, write
from hypothesis import given, settings

from tierdeps import Alive, Declarations, Driver, InputError, Source
from tierdeps_boot.compose import IMPORTER as COMPOSE
from tierdeps_boot.process_compose import IMPORTER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = """\
version: "0.5"
processes:
  db:
    command: "postgres -p $$PORT"
    description: the database
    working_dir: data
    environment: ["A=1", "B=x=y", "C"]
    readiness_probe: {exec: {command: pg_isready}, period_seconds: 2}
  migrate:
    command: migrate
    depends_on:
      db:
        condition: process_healthy
  web:
    command: serve
    replicas: 2
    depends_on:
      migrate: {condition: process_completed_successfully}
      log: {condition: process_log_ready}
      cleanup: {condition: process_completed}
  log: {command: log, ready_log_line: "ready (now)"}
  cleanup: {command: clean, depends_on: {db: {}}}
  last: {command: l, depends_on: {web: {condition: process_started}}}
  shell: {command: sh, is_foreground: true}
  off: {command: "off", disabled: true}
"""
EDGES = {
    "cleanup": ["requires db"],
    "db": [],
    "last": ["requires web-0", "requires web-1"],
    "log": [],
    "migrate": ["requires db"],
    "off": [],
    "shell": [],
    "web-0": ["requires migrate", "requires log", "requires cleanup"],
    "web-1": ["requires migrate", "requires log", "requires cleanup"],
}


def drivers_of(declarations: Declarations) -> dict[str, Driver]:
    """Return the drivers by name."""
    return {driver.name: driver for driver in declarations.drivers}


def test_processes_are_process_drivers(tmp_path: Path) -> None:
    declarations = read(IMPORTER, write(tmp_path, {"process-compose.yaml": FILE}))
    assert dict(sorted(said(declarations).items())) == EDGES
    assert declarations.findings == ()
    assert declarations.disabled == {"shell", "off"}
    ready = {name: driver.process and driver.process.ready for name, driver in drivers_of(declarations).items()}
    assert ready["db"] == "exec:bash -c pg_isready"
    assert (ready["migrate"], ready["cleanup"], ready["web-0"]) == ("exit", "exit", None)
    assert ready["log"] == r"log:ready\ \(now\)"
    database = drivers_of(declarations)["db"]
    assert database.process is not None
    assert database.process.command == ("bash", "-c", "postgres -p $PORT")
    assert (database.process.cwd, dict(database.process.env)) == ("data", {"A": "1", "B": "x=y"})
    assert database.description == "the database"


def test_only_a_success_that_is_waited_for_must_be_one(tmp_path: Path) -> None:
    web = drivers_of(read(IMPORTER, write(tmp_path, {"process-compose.yaml": FILE})))["web-0"]
    assert [(item.target, str(item.coupling.failed)) for item in web.dependencies] == [
        ("migrate", "block"),
        ("log", "block"),
        ("cleanup", "pass"),
    ]
    assert [item.origin.line for item in web.dependencies] == [18, 19, 20]


@pytest.mark.parametrize(
    ("probe", "ready"),
    [
        ("{http_get: {port: 80}}", "http://127.0.0.1:80/"),
        ("{http_get: {scheme: https, host: h, port: '8080', path: /x}}", "https://h:8080/x"),
        ("{exec: {command: c}}", "exec:bash -c c"),
        ("{exec: {command: '[ $$(id -u) = 0 ]'}}", "exec:bash -c '[ $(id -u) = 0 ]'"),
    ],
)
@pytest.mark.parametrize("key", ["readiness_probe", "liveness_probe"])
def test_a_probe_says_when_a_process_is_ready(tmp_path: Path, probe: str, ready: str, key: str) -> None:
    text = f"processes: {{a: {{command: a, {key}: {probe}}}, b: {{depends_on: {{a: {{condition: process_healthy}}}}}}}}"
    process = drivers_of(read(IMPORTER, write(tmp_path, {"process-compose.yaml": text})))["a"].process
    assert process is not None
    assert process.ready == ready


FILES: list[tuple[dict[str, str], list[str]]] = [
    ({"process-compose.override.yaml": "processes: {a: {depends_on: {c: {}}}}"}, ["requires b", "requires c"]),
    (
        {
            "process-compose.yaml": "extends: x.yaml\nprocesses: {a: {depends_on: {b: {}}}, b: {}}",
            "x.yaml": "processes: {a: {depends_on: {d: {}}}}",
        },
        ["requires d", "requires b"],
    ),
    ({}, ["requires b"]),
]


@pytest.mark.parametrize(("files", "expected"), FILES)
def test_files_are_merged(tmp_path: Path, files: Mapping[str, str], expected: list[str]) -> None:
    base = {"process-compose.yaml": "processes: {a: {depends_on: {b: {}}}, b: {}, c: {}}"}
    assert said(read(IMPORTER, write(tmp_path, {**base, **files})))["a"] == expected


OUTSIDE = "is outside the project and the current folder; run this from a folder above both"
WRONG = [
    ("a: 7", "2: expected a table for the process 'a', got '7'"),
    ("a: {depends_on: [b]}", "2: expected a table for depends_on of 'a', got a list"),
    (
        "a: {depends_on: {b: {condition: process_healty}}}",
        "2: the condition of depends_on of 'a' on 'b' cannot be 'process_healty'; did you mean 'process_healthy'?",
    ),
    (
        "a: {depends_on: {$B: {}}}",
        "2: depends_on of 'a': '$B' refers to a variable, which is only known when it runs",
    ),
    ("a: {depends_on: {'': {}}}", "2: expected the name of a process in depends_on of 'a', got nothing"),
    ("a: {depends_on: {'a:start': {}}}", "2: 'a' depends on 'a:start', and there is no such process"),
    ("a: {depends_on: {'a@*': {}}}", "2: 'a' depends on 'a@*', and there is no such process"),
    ("a: {replicas: x}", "2: expected a number of replicas up to 100 for replicas of 'a', got 'x'"),
    ("a: {replicas: 1000000000}", "2: expected a number of replicas up to 100 for replicas of 'a', got '1000000000'"),
    (
        "a: {depends_on: {b: {condition: process_healthy}}}\n  b: {}",
        "2: 'a' waits until 'b' is healthy, but it has no probe",
    ),
    (
        "a: {depends_on: {b: {condition: process_log_ready}}}\n  b: {}",
        "2: 'a' waits for a line in the log of 'b', but it has no ready_log_line",
    ),
    ("a: {shutdown: {signal: 99}}", "2: expected the number of a signal for shutdown of 'a', got 99"),
    (
        "a: {availability: {max_restarts: many}}",
        "2: expected a whole number for max_restarts in availability of 'a', got 'many'",
    ),
    ("a: {disabled: maybe}", "2: expected true or false for disabled of 'a', got 'maybe'"),
    ("a: {}\n  '': {}", "3: expected the name of a process, got nothing"),
    ("a: {}\nextends: /etc/hostname", f"3: '/etc/hostname' {OUTSIDE}"),
    ("a: {}\nextends: process-compose.yaml", "3: 'process-compose.yaml' extends itself"),
    ("a: {command: !x y}", "2: expected no tag, got '!x'"),
]


@pytest.mark.parametrize(("text", "problem"), WRONG)
def test_what_cannot_be_read_is_a_finding_and_the_rest_is_read(tmp_path: Path, text: str, problem: str) -> None:
    declarations = read(IMPORTER, write(tmp_path, {"process-compose.yaml": f"processes:\n  {text}\n"}))
    assert "a" in said(declarations)
    assert found(declarations, tmp_path) == [f"BT101 process-compose.yaml:{problem}"]


def test_a_command_that_cannot_be_run_is_still_in_order(tmp_path: Path) -> None:
    text = 'processes: {a: {command: "x", environment: ["TIERDEPS_RUN=1"], depends_on: {b: {}}}, b: {}}'
    declarations = read(IMPORTER, write(tmp_path, {"process-compose.yaml": text}))
    assert said(declarations)["a"] == ["requires b"]
    assert found(declarations, tmp_path)[0].startswith(
        "BT102 process-compose.yaml:1: 'a' is read, but cannot be run: env"
    )


NOT_RUN = [
    ("command: 'serve {{.PORT}}'", "it is a template, which process-compose fills in"),
    ("command: x, working_dir: '{{ .DIR }}'", "it is a template, which process-compose fills in"),
    ("command: x, is_daemon: true", "it is a daemon"),
]


@pytest.mark.parametrize(("text", "why"), NOT_RUN)
def test_what_only_process_compose_can_run_is_still_in_order(tmp_path: Path, text: str, why: str) -> None:
    declarations = read(IMPORTER, write(tmp_path, {"process-compose.yaml": f"processes: {{a: {{{text}}}}}"}))
    assert found(declarations, tmp_path) == [f"BT102 process-compose.yaml:1: 'a' is read, but cannot be run: {why}"]
    assert drivers_of(declarations)["a"].process is None


RESTARTS = [
    ("", ("no", 1.0)),
    ("availability: {restart: 'no'}", ("no", 1.0)),
    ("availability: {restart: on_failure}", ("on-failure", 1.0)),
    ("availability: {restart: always, backoff_seconds: 3}", ("always", 3.0)),
    ("availability: {restart: exit_on_failure}", ("no", 1.0)),
]


@pytest.mark.parametrize(("text", "expected"), RESTARTS)
def test_a_process_that_fails_is_started_again_where_it_is_there(
    tmp_path: Path, text: str, expected: tuple[str, float]
) -> None:
    declarations = read(
        IMPORTER, write(tmp_path, {"process-compose.yaml": f"processes: {{a: {{command: x, {text}}}}}"})
    )
    process = drivers_of(declarations)["a"].process
    assert process is not None
    assert (process.restart, process.restart_backoff) == expected


def test_the_signal_and_the_limit_of_restarts_are_read(tmp_path: Path) -> None:
    text = "processes: {a: {command: x, shutdown: {signal: 2}, availability: {restart: always, max_restarts: 7}}}"
    process = drivers_of(read(IMPORTER, write(tmp_path, {"process-compose.yaml": text})))["a"].process
    assert process is not None
    assert (process.stop_signal, process.restart_limit) == ("SIGINT", 7)


ALIVE = [
    ("liveness_probe: {http_get: {port: 80}}", Alive("http://127.0.0.1:80/", 10, 3, 1)),
    (
        "readiness_probe: {exec: {command: c}, period_seconds: 2, timeout_seconds: 5, failure_threshold: 4}",
        Alive("exec:bash -c c", 2, 4, 2),
    ),
    ("readiness_probe: {exec: {command: r}}, liveness_probe: {exec: {command: l}}", Alive("exec:bash -c l", 10, 3, 1)),
    ("liveness_probe: {exec: {command: 'docker inspect -f {{.State}} a'}}", None),
    ("liveness_probe: {}", None),
    ("shutdown: {signal: 2}", None),
]


@pytest.mark.parametrize(("text", "expected"), ALIVE)
def test_a_probe_checks_the_process_while_it_is_up(tmp_path: Path, text: str, expected: Alive | None) -> None:
    declarations = read(
        IMPORTER, write(tmp_path, {"process-compose.yaml": f"processes: {{a: {{command: x, {text}}}}}"})
    )
    process = drivers_of(declarations)["a"].process
    assert process is not None
    assert process.alive == expected
    assert process.ready is None


def test_a_process_that_is_to_end_is_not_checked(tmp_path: Path) -> None:
    text = (
        "processes: {a: {command: x, liveness_probe: {exec: {command: c}}}, "
        "b: {command: x, depends_on: {a: {condition: process_completed}}}}"
    )
    process = drivers_of(read(IMPORTER, write(tmp_path, {"process-compose.yaml": text})))["a"].process
    assert process is not None
    assert (process.ready, process.alive) == ("exit", None)


def test_a_command_that_ends_a_process_is_read(tmp_path: Path) -> None:
    text = "processes: {a: {command: x, shutdown: {command: 'docker stop $$NAME'}}}"
    process = drivers_of(read(IMPORTER, write(tmp_path, {"process-compose.yaml": text})))["a"].process
    assert process is not None
    assert (process.stop_signal, process.stop_command) == ("SIGTERM", ("bash", "-c", "docker stop $NAME"))


def test_what_all_processes_are_given_is_given_to_each(tmp_path: Path) -> None:
    text = "environment: [A=1, B=1]\nprocesses: {a: {entrypoint: [ls, -l], environment: [B=2]}, b: {command: x}}"
    drivers = drivers_of(read(IMPORTER, write(tmp_path, {"process-compose.yaml": text})))
    given = {name: driver.process and dict(driver.process.env) for name, driver in drivers.items()}
    assert given == {"a": {"A": "1", "B": "2"}, "b": {"A": "1", "B": "1"}}
    assert drivers["a"].process is not None
    assert drivers["a"].process.command == ("ls", "-l")


@pytest.mark.parametrize("name", ["compose.yaml", "process-compose.yml"])
def test_a_folder_is_recognised_by_its_processes(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path, {name: "processes: {a: {}}"})
    assert IMPORTER.recognises(Source("x", folder))
    assert not COMPOSE.recognises(Source("x", folder))
    write(tmp_path, {name: "services: {a: {}}"})
    assert not IMPORTER.recognises(Source("x", folder))


WORDS = "processes: a depends_on condition process_healthy replicas 2 extends x { } [ ] command $X ! ~ & *"


@settings(max_examples=60)
@given(pieces(WORDS, "\n", "  ", ": ", "- "))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        assert isinstance(IMPORTER.read(Source("-", None, f"processes:\n  {text}".encode())), Declarations)
