"""Hosts that join a run: one that differs starts nothing, and keeps no other host from anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tierdeps.engines.fleet.messages import Invoke, Load, Reply, Welcome, to_worker
from tierdeps.engines.fleet.session import FleetOptions, FleetSession
from tierdeps.engines.remote.messages import DriverSpec, RemoteCall
from tierdeps.errors import RemoteError
from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, Process

if TYPE_CHECKING:
    from tierdeps.engines.fleet.messages import Hello
    from tierdeps.model import Plan

CHANGED = "the facts of b have changed"
A, B, LATE = (DriverSpec(f"on-{name}", ("start",), host=name[0]) for name in ("a", "b", "a-later"))


class Workers:
    """Connections to hosts of which each answers at once, with the facts that it states now, unless it is silent."""

    def __init__(self) -> None:
        self.facts: dict[str, dict[str, bool]] = {}
        self.versions: dict[str, str] = {}
        self.used: dict[str, dict[str, bool]] = {}
        self.silent: set[str] = set()
        self.made: list[str] = []
        self.session = FleetSession(FleetOptions(host_facts=self.used), lambda _: None, lambda _: self)

    def open(self, host: str, hello: Hello) -> None:
        stated = {name: self.facts[host][name] for name in hello.facts if name in self.facts.get(host, {})}
        welcome = Welcome(30, {"tierdeps": self.versions.get(host)} if host in self.versions else {}, stated)
        if host not in self.silent:
            asyncio.get_running_loop().call_soon(self.session.opened, host, welcome)

    def post(self, host: str, body: bytes) -> None:
        message = to_worker.decode(body)
        assert isinstance(message, Load | Invoke)
        driver = message.driver if isinstance(message, Load) else message.call.driver
        self.made.append(f"{driver.name} {'load' if isinstance(message, Load) else message.call.phase}")
        asyncio.get_running_loop().call_soon(self.session.received, host, [Reply(message.number, result=True)])

    def close(self, bye: bytes) -> None:
        raise AssertionError(bye)

    async def call(self, driver: DriverSpec, phase: str) -> None:
        await self.session.call(RemoteCall(driver, phase, {}, 1.0))


def plan() -> Plan:
    process = Process(("sleep", "1"))
    return DependencyGraph([Driver(one.name, host=one.host, process=process) for one in (A, B, LATE)]).collapse()


def test_what_differs_before_anything_starts_keeps_all_hosts_from_it() -> None:
    async def main() -> None:
        workers = Workers()
        workers.used["b"] = {"disk": False}
        workers.facts["b"] = {"disk": True}
        workers.session.follow(plan(), 30)
        for driver in (A, B):
            with pytest.raises(RemoteError, match=CHANGED):
                await workers.session.load(driver)
        assert workers.made == []

    asyncio.run(main())


@pytest.mark.parametrize("by", ["facts", "versions"])
def test_a_host_that_comes_back_and_differs_keeps_no_other_one_from_anything(by: str) -> None:
    async def main() -> None:
        workers = Workers()
        workers.used["b"] = {"disk": False}
        workers.facts["b"] = {"disk": False}
        workers.session.follow(plan(), 30)
        if by == "facts":
            workers.facts["b"] = {"disk": True}
        else:
            workers.versions["b"] = "0"
        await workers.session.load(A)
        workers.session.lost("b", "the worker on b has ended")
        workers.session.follow(plan(), 30)
        with pytest.raises(RemoteError, match="differs" if by == "versions" else CHANGED):
            await workers.session.load(B)
        await workers.session.load(LATE)
        await workers.call(A, "stop")
        assert workers.made == ["on-a load", "on-a-later load", "on-a stop"]

    asyncio.run(main())


def test_a_plan_that_was_made_with_the_facts_of_now_starts_there() -> None:
    async def main() -> None:
        workers = Workers()
        workers.used["b"] = {"disk": False}
        workers.session.follow(plan(), 30)
        await workers.session.load(B)
        workers.facts["b"] = {"disk": True}
        workers.session.lost("b", "the worker on b has ended")
        workers.session.follow(plan(), 30)
        with pytest.raises(RemoteError, match=CHANGED):
            await workers.session.load(B)
        workers.used["b"] = {"disk": True}
        workers.session.follow(plan(), 30)
        await workers.session.load(B)

    asyncio.run(main())


def test_what_is_up_is_stopped_while_another_host_has_not_answered() -> None:
    async def main() -> None:
        workers = Workers()
        workers.session.follow(plan(), 30)
        await workers.session.load(A)
        workers.silent.add("b")
        workers.session.lost("b", "the worker on b has ended")
        workers.session.follow(plan(), 30)
        await asyncio.wait_for(workers.call(A, "stop"), 30)

    asyncio.run(main())


def test_calls_on_a_host_that_is_lost_fail_with_its_reason() -> None:
    async def main() -> None:
        workers = Workers()
        workers.session.follow(plan(), 30)
        await workers.session.load(A)
        workers.session.lost("a", "the worker on a has ended")
        with pytest.raises(RemoteError, match="the worker on a has ended"):
            await workers.call(A, "stop")
        with pytest.raises(RemoteError, match="the worker on a has ended"):
            await workers.session.load(LATE)

    asyncio.run(main())
