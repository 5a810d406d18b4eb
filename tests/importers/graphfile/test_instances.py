"""Tables of graph files that declare several instances."""

from __future__ import annotations

import pytest

from tests.importers.graphfile.read import KINDS, read, read_drivers
from tierdeps import InputError


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_declares_a_driver_for_each_instance(kind: str) -> None:
    table = {
        "instances": ["a", "b"],
        "command": ["work", "--shard={instance}"],
        "ready": "tcp:127.0.0.1:80{instance}0",
        "env": {"SHARD": "{{{instance}}}"},
        "cwd": "/srv/{instance}",
        "requires": ["db@{instance}", {"on": "log", "reason": "log of {instance}"}],
        "provides": ["queue-{instance}"],
        "description": "shard {instance}",
    }
    table["instances"] = ["1", "2"]
    first, second = read_drivers({"worker": table}, kind).drivers
    assert (first.name, second.name) == ("worker@1", "worker@2")
    assert second.process is not None
    assert second.process.command == ("work", "--shard=2")
    assert second.process.ready == "tcp:127.0.0.1:8020"
    assert second.process.env == (("SHARD", "{2}"),)
    assert second.process.cwd == "/srv/2"
    assert [(item.target, item.reason) for item in second.dependencies] == [("db@2", ""), ("log", "log of 2")]
    assert second.provides == ("queue-2",)
    assert second.description == "shard 2"
    assert first.origin == second.origin
    assert first.origin.key == "drivers.worker"


def test_origins_are_lines_of_the_one_declaration() -> None:
    found = read("[drivers.worker]\ninstances = ['a', 'b']\nrequires = [\n  'x',\n  'y',\n]\n").drivers
    for driver in found:
        assert str(driver.origin) == "site.toml:1, drivers.worker"
        assert [str(item.origin) for item in driver.dependencies] == [
            "site.toml:4, drivers.worker.requires[0]",
            "site.toml:5, drivers.worker.requires[1]",
        ]


def test_braces_in_a_table_without_instances_are_text() -> None:
    (driver,) = read("[drivers.a]\ncommand = ['sh', '-c', 'echo ${HOME} {instance}']").drivers
    assert driver.process is not None
    assert driver.process.command[2] == "echo ${HOME} {instance}"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("command = ['w', '{instnace}']", "line 3, drivers.w.command[1]: unknown placeholder {instnace}; did you mean"),
        (
            "env = { A = '{B}' }\ncommand = ['w']",
            "line 3, drivers.w.env.A: unknown placeholder {B}: beside {instance}",
        ),
        (
            "requires = ['x', { on = 'y{' }]",
            "line 3, drivers.w.requires[1].on: a single '{': beside {instance}, double",
        ),
        ("description = '}'", "line 3, drivers.w.description: a single '}'"),
        ("command = ['w']\nready = 'tcp:h:{instance}'", 'line 4, drivers.w.ready: expected "notify", "exit", '),
        ("commnad = ['{x}']", "line 3, drivers.w.commnad: unknown key 'commnad'; did you mean 'command'?"),
    ],
)
def test_a_mistake_is_reported_once_with_its_line(lines: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        read(f"[drivers.w]\ninstances = ['a', 'b']\n{lines}")
    assert str(refused.value).startswith(f"site.toml: {message}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("[]", "expected a list of names, one or more, got an empty list"),
        ("['a', 'a']", "expected names that differ, got 'a', 'a'"),
        ("['a*']", "expected names, without '*', got the string 'a*'"),
    ],
)
def test_names_that_cannot_be_are_refused(value: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        read(f"[drivers.w]\ninstances = {value}")
    assert str(refused.value) == f"site.toml: line 2, drivers.w.instances: {message}"


def test_they_are_a_list() -> None:
    with pytest.raises(InputError) as refused:
        read("[drivers.w]\ninstances = 'a'")
    assert str(refused.value) == "site.toml: line 2, drivers.w.instances: expected a list of names, got the string 'a'"
