"""What becomes of the dependencies of a compose file's services."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from foreign import found, read, said, write

from tierdeps_boot.compose import IMPORTER

if TYPE_CHECKING:
    from pathlib import Path

EDGES = [
    ("a: {depends_on: [b]}\nb: {}", {"a": ["requires b"], "b": []}),
    ("a: {depends_on: {b: {condition: service_started}}}\nb:", {"a": ["requires b"], "b": []}),
    ("a: {depends_on: {b: {condition: service_healthy}}}\nb: {}", {"a": ["requires b:healthy"], "b": []}),
    (
        "a: {depends_on: {b: {condition: service_completed_successfully}}}\nb: {}\nc: {depends_on: [b]}",
        {"a": ["requires b:completed"], "b": [], "c": ["requires b:start"]},
    ),
    ("a: {depends_on: {b: {required: false}}}", {"a": ["wants b?"]}),
    ("a: {links: [b, 'c:alias']}\nb: {}\nc: {}", {"a": ["requires b", "requires c"], "b": [], "c": []}),
    ("a: {volumes_from: ['b:ro', 'container:x', 'container:x:ro']}\nb: {}", {"a": ["requires b"], "b": []}),
    ("a: {network_mode: 'service:b'}\nb: {network_mode: host}", {"a": ["requires b"], "b": []}),
    ("a: {ipc: 'service:b', pid: 'service:c'}\nb: {}\nc: {}", {"a": ["requires b", "requires c"], "b": [], "c": []}),
    ("a: {external_links: [b]}", {"a": []}),
    (
        "a: {links: [b], depends_on: {b: {condition: service_healthy}}}\nb: {}",
        {"a": ["requires b:healthy"], "b": []},
    ),
    ("a: {deploy: {replicas: 3}, scale: 0}", {"a": []}),
    ("'a b': {depends_on: ['c.d']}\nc.d: {}", {"a b": ["requires c.d"], "c.d": []}),
]


def services(text: str) -> str:
    """Return a compose file with these services."""
    indented = "\n".join(f"  {line}" for line in text.splitlines())
    return f"services:\n{indented}\n"


@pytest.mark.parametrize(("text", "expected"), EDGES)
def test_what_a_service_uses_is_what_it_requires(tmp_path: Path, text: str, expected: dict[str, list[str]]) -> None:
    declarations = read(IMPORTER, write(tmp_path, {"compose.yaml": services(text)}))
    assert said(declarations) == expected
    assert declarations.findings == ()


def test_a_condition_that_is_waited_for_is_a_phase(tmp_path: Path) -> None:
    text = services(
        "a: {depends_on: {b: {condition: service_healthy}}}\nb: {healthcheck: {test: x}}\nc: {healthcheck: {}}"
    )
    drivers = {driver.name: driver for driver in read(IMPORTER, write(tmp_path, {"compose.yaml": text})).drivers}
    assert drivers["b"].phases == ("start", "healthy")
    assert drivers["c"].phases == ("start",)


RESTARTS = [
    ("a: {depends_on: {b: {restart: true}}}", "restart"),
    ("a: {depends_on: {b: {restart: false}}}", None),
    ("a: {depends_on: [b]}", None),
    ("a: {links: [b]}", "restart"),
    ("a: {network_mode: 'service:b'}", "restart"),
    ("a: {volumes_from: [b]}", None),
    ("a: {depends_on: {b: {restart: true, required: false}}}", "restart"),
]


@pytest.mark.parametrize(("text", "expected"), RESTARTS)
def test_what_shares_something_is_restarted_with_it(tmp_path: Path, text: str, expected: str | None) -> None:
    declarations = read(IMPORTER, write(tmp_path, {"compose.yaml": services(f"{text}\nb: {{}}")}))
    assert [item.coupling.on_restart for item in declarations.drivers[0].dependencies] == [expected]


def test_each_entry_knows_its_line(tmp_path: Path) -> None:
    text = """\
    services:
      a:
        depends_on:
          - b
          - c
        network_mode: service:d
      b:
        depends_on:
          c:
            condition: service_started
      c: {}
      d: {}
    """
    folder = write(tmp_path, {"compose.yaml": dedent(text)})
    lines = {
        (driver.name, item.target): item.origin.line
        for driver in read(IMPORTER, folder).drivers
        for item in driver.dependencies
    }
    assert lines == {("a", "b"): 4, ("a", "c"): 5, ("a", "d"): 6, ("b", "c"): 9}


def test_aliases_and_merge_keys_are_followed(tmp_path: Path) -> None:
    text = """\
    x-base: &base
      depends_on: &needed [b]
    x-other: &other
      depends_on: [c]
      links: [c]
    services:
      a:
        <<: [*base, *other]
      b: {<<: *other, depends_on: []}
      c: {}
      d: {depends_on: *needed}
    """
    declarations = read(IMPORTER, write(tmp_path, {"compose.yaml": dedent(text)}))
    assert said(declarations) == {
        "a": ["requires b", "requires c"],
        "b": ["requires c"],
        "c": [],
        "d": ["requires b"],
    }


def test_merge_keys_are_followed_in_the_entries_too(tmp_path: Path) -> None:
    text = """\
    x-healthy: &healthy {condition: service_healthy}
    x-needed: &needed
      b: {<<: *healthy, restart: true}
    services:
      a:
        depends_on:
          <<: *needed
          c: {<<: *healthy, condition: service_started}
      b: {}
      c: {}
    """
    declarations = read(IMPORTER, write(tmp_path, {"compose.yaml": dedent(text)}))
    assert said(declarations)["a"] == ["requires b:healthy", "requires c"]
    assert [item.origin.line for item in declarations.drivers[0].dependencies] == [3, 8]


HEALTH = [
    ("{disable: true}", "BT101"),
    ("{test: NONE}", "BT101"),
    ("{test: [NONE]}", "BT101"),
    ("{disable: false}", ""),
    ("{test: [CMD, x]}", ""),
    ("", ""),
]


@pytest.mark.parametrize(("check", "code"), HEALTH)
def test_the_health_of_a_disabled_check_is_never_reached(tmp_path: Path, check: str, code: str) -> None:
    text = services(f"a: {{depends_on: {{b: {{condition: service_healthy}}}}}}\nb: {{healthcheck: {check}}}")
    declarations = read(IMPORTER, write(tmp_path, {"compose.yaml": text}))
    message = "compose.yaml:2: 'a' waits until 'b' is healthy, but its health check is disabled"
    assert found(declarations, tmp_path) == ([f"{code} {message}"] if code else [])
