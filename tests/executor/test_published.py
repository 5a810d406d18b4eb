"""Values that drivers publish: read by what depends on them, on any host, as plain data of the expected type."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps.errors import RunError
from tierdeps.model import State, StepEvent, after, requires, wants
from tierdeps.published import MAX_LENGTH, Published

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context


@dataclass
class Address:
    name: str
    port: int


def publishing(**values: object) -> Any:
    async def publish(context: Context) -> None:
        for key, value in values.items():
            context.publish(key, value)

    return publish


class Reading:
    """Makes a look-up in a call, and keeps the result."""

    def __init__(self, read: Callable[[Context], object]) -> None:
        self.read = read
        self.got: object = "never read"

    async def __call__(self, context: Context) -> None:
        self.got = self.read(context)


@pytest.mark.parametrize("hosts", [(None, None), ("a", "a"), ("a", "b"), (None, "b")])
@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("10.0.0.1", str),
        (6789, int),
        (b"\0key", bytes),
        (["a", "b"], list[str]),
        ({"a": 1}, dict[str, int]),
        (Address("mon", 6789), Address),
    ],
)
def test_a_dependent_reads_what_was_published(
    world: World, hosts: tuple[str | None, str | None], value: object, kind: type
) -> None:
    world.deeds["mon:start"] = publishing(address=value)
    reading = world.deeds["osd:start"] = Reading(lambda context: context.value("mon", "address", kind))
    drivers = [world.driver("mon", host=hosts[0]), world.driver("osd", requires("mon"), host=hosts[1])]
    report = world.start(world.plan(drivers))
    assert report.ok, report["osd"].reason
    assert reading.got == value


def test_a_later_value_replaces_an_earlier_one(world: World) -> None:
    world.deeds["mon:initialize"] = publishing(address="one", port=1)
    world.deeds["mon:autostart"] = publishing(address="two")
    reading = world.deeds["osd:start"] = Reading(
        lambda context: [context.value("mon", key) for key in ("address", "port")]
    )
    phases = ("initialize", "autostart")
    assert world.start(world.plan([world.driver("mon", phases=phases), world.driver("osd", requires("mon"))])).ok
    assert reading.got == ["two", 1]


def test_all_values_of_a_group_are_read_at_once(world: World) -> None:
    for name in "ab":
        world.deeds[f"mon@{name}:start"] = publishing(address=f"10.0.0.{name}")
    reading = world.deeds["osd:start"] = Reading(lambda context: context.values("mon@*", "address", str))
    drivers = [*(world.driver(f"mon@{name}", host=name) for name in "ab"), world.driver("osd", requires("mon@*"))]
    assert world.start(world.plan(drivers)).ok
    assert reading.got == {"mon@a": "10.0.0.a", "mon@b": "10.0.0.b"}


def test_what_is_adopted_publishes_too(world: World) -> None:
    async def adopt(context: Context) -> bool:
        context.publish("address", "here")
        return True

    world.deeds["mon:adopt"] = adopt
    reading = world.deeds["osd:start"] = Reading(lambda context: context.value("mon", "address", str))
    assert world.start(world.plan([world.driver("mon"), world.driver("osd", requires("mon"))])).ok
    assert reading.got == "here"


@pytest.mark.parametrize(
    ("key", "kind", "message"),
    [
        (
            "port",
            int,
            "read 'port' of 'mon', which has published only 'address', 'key'; call context.publish('port'",
        ),
        ("address", int, "read 'address' of 'mon': it is no int"),
        ("key", int, "read 'key' of 'mon': it is no int"),
        ("key", Address, "read 'key' of 'mon': it is no Address"),
    ],
)
def test_what_is_missing_or_of_another_type_fails_the_call(world: World, key: str, kind: type, message: str) -> None:
    world.deeds["mon:start"] = publishing(address="10.0.0.1", key="AQBnot-shown")
    world.deeds["osd:start"] = Reading(lambda context: context.value("mon", key, kind))
    report = world.start(world.plan([world.driver("mon"), world.driver("osd", requires("mon"))]))
    assert message in report["osd"].reason
    assert "AQBnot-shown" not in f"{report['osd'].reason} {report['osd'].traceback}"


def test_what_has_published_nothing_is_named(world: World) -> None:
    world.deeds["osd:start"] = Reading(lambda context: context.value("mon", "address"))
    report = world.start(world.plan([world.driver("mon"), world.driver("osd", requires("mon"))]))
    assert "read 'address' of 'mon', which has published nothing" in report["osd"].reason


def test_of_what_is_not_there_nothing_is_read(world: World) -> None:
    reading = world.deeds["osd:start"] = Reading(
        lambda context: [context.value("mon", "address"), context.values("mon", "address", str)]
    )
    assert world.start(world.plan([world.driver("osd", wants("mon"))])).ok
    assert reading.got == [None, {}]
    world.deeds["osd:start"] = Reading(lambda context: context.value("mon", "address", str))
    report = world.start(world.plan([world.driver("osd", wants("mon"))]))
    assert "read 'address' of 'mon', which is not there" in report["osd"].reason


def test_what_is_not_declared_is_refused_even_where_the_error_is_hidden(world: World) -> None:
    async def read(context: Context) -> None:
        with suppress(RunError):
            context.value("mon", "address")

    world.deeds["osd:start"] = read
    report = world.start(world.plan([world.driver("mon"), world.driver("osd", after("other"))]))
    assert "undeclared dependency: osd:start looked up 'mon'" in report["osd"].reason


def test_a_lifecycle_of_another_host_is_refused_by_a_message_that_names_values(world: World) -> None:
    world.deeds["osd:start"] = Reading(lambda context: context.get("mon"))
    report = world.start(world.plan([world.driver("mon", host="a"), world.driver("osd", requires("mon"), host="b")]))
    assert report["osd"].reason == (
        "osd:start looked up the lifecycle of 'mon', which is on a and not on b; publish what is needed with"
        " context.publish(KEY, VALUE) there, and read it here with context.value('mon', KEY)"
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (object(), "a object cannot be published; publish text, numbers, lists"),
        (lambda: None, "a function cannot be published"),
        ("x" * MAX_LENGTH, f"a value of {MAX_LENGTH + 2} characters cannot be published; the limit is {MAX_LENGTH}"),
    ],
)
def test_only_short_plain_data_is_published(world: World, value: object, message: str) -> None:
    world.deeds["mon:start"] = publishing(what=value)
    assert message in world.start(world.plan([world.driver("mon")]))["mon"].reason


def test_a_value_is_a_copy(world: World) -> None:
    value = ["a"]

    async def publish(context: Context) -> None:
        context.publish("list", value)
        value.append("b")

    world.deeds["mon:start"] = publish
    reading = world.deeds["osd:start"] = Reading(lambda context: context.value("mon", "list"))
    assert world.start(world.plan([world.driver("mon"), world.driver("osd", requires("mon"))])).ok
    assert reading.got == ["a"]


def test_a_secret_is_in_no_event_and_in_no_report(world: World) -> None:
    key = "AQB-this-is-a-secret"

    async def publish(context: Context) -> None:
        context.publish("key", {"user": "admin", "key": key}, secret=True)
        context.degraded(f"cannot use {key}")

    async def fail(context: Context) -> None:
        found = context.value("mon", "key", dict[str, str])
        raise ValueError(f"the server refused {found['key']}")

    async def skip(context: Context) -> str:
        return f"no {context.value('mon', 'key', dict[str, str])['key']}"

    async def lose(context: Context) -> None:
        context.lost(f"{context.value('mon', 'key', dict[str, str])['key']} has ended")

    world.deeds |= {"mon:start": publish, "osd:start": fail, "mds:probe": skip, "mgr:start": lose}
    names = ("osd", "mds", "mgr")
    drivers = [world.driver("mon"), *(world.driver(name, requires("mon")) for name in names)]
    report = world.start(world.plan(drivers), on_failure="isolate")
    assert report["osd"].reason == "ValueError: the server refused ***"
    assert report["mds"].reason == "no ***"
    assert report["mds"].state is State.SKIPPED
    shown = f"{report.outcomes} {world.recorder.events}"
    assert key not in shown
    assert "cannot use ***" in shown
    assert any(event.mark is StepEvent.FAILED and "***" in event.reason for event in world.recorder.events)


def test_the_representation_of_a_value_does_not_contain_it() -> None:
    assert "AQB-not-this" not in repr(Published.of({"key": "AQB-not-this"}))


def test_a_secret_is_in_no_message_of_a_driver(world: World, caplog: pytest.LogCaptureFixture) -> None:
    async def publish(context: Context) -> None:
        context.publish("key", "first line\nAQB-the-second-line", secret=True)
        context.logger.warning("%s and %s", "AQB-the-second-line", "another thing")

    world.deeds["mon:start"] = publish
    assert world.start(world.plan([world.driver("mon")])).ok
    assert [record.getMessage() for record in caplog.records] == ["*** and another thing"]
