"""Hosts that join a run: one that differs starts nothing, and keeps no other host from anything."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tierdeps._util.frozen import replace
from tierdeps.engines.fleet.messages import Invoke, Load, Reply, Undo, Welcome, to_worker
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

    def __init__(self, earlier: dict[str, tuple[str, ...]] | None = None) -> None:
        self.facts: dict[str, dict[str, bool]] = {}
        self.versions: dict[str, str] = {}
        self.used: dict[str, dict[str, bool]] = {}
        self.silent: set[str] = set()
        self.made: list[str] = []
        self.opened: list[tuple[str, tuple[str, ...]]] = []
        #: What workers still hold for a session that has just been opened.
        self.held: dict[str, tuple[str, ...]] = {}
        self.notices: list[object] = []
        options = FleetOptions(host_facts=self.used, held=earlier or {})
        self.session = FleetSession(options, self.notices.append, lambda _: self)

    def open(self, host: str, hello: Hello) -> None:
        self.opened.append((host, hello.drivers))
        stated = {name: self.facts[host][name] for name in hello.facts if name in self.facts.get(host, {})}
        welcome = Welcome(30, {"tierdeps": self.versions.get(host)} if host in self.versions else {}, stated)
        welcome = replace(welcome, held=self.held.get(host, ()))
        if host not in self.silent:
            asyncio.get_running_loop().call_soon(self.session.opened, host, welcome)

    def post(self, host: str, body: bytes) -> None:
        message = to_worker.decode(body)
        if isinstance(message, Undo):
            self.made.append(f"{message.driver} undone on {host}")
            asyncio.get_running_loop().call_soon(self.session.received, host, [Reply(message.number, result="")])
            return
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


def placed(host: str) -> Plan:
    return DependencyGraph([Driver("moved", host=host, process=Process(("sleep", "1")))]).collapse()


def moved(host: str) -> DriverSpec:
    return DriverSpec("moved", ("start",), host=host)


def test_a_start_asks_the_hosts_of_an_earlier_plan_which_stop_what_they_held() -> None:
    async def main() -> None:
        workers = Workers({"a": ("moved",)})
        workers.session.follow(placed("b"), 30)
        await workers.session.load(moved("b"))
        assert sorted(workers.opened) == [("a", ()), ("b", ("moved",))]
        assert workers.made == ["moved load"]

    asyncio.run(main())


@pytest.mark.parametrize("earlier", ["moved", "removed"])
def test_nothing_starts_while_a_host_of_an_earlier_plan_is_out_of_reach(earlier: str) -> None:
    async def main() -> None:
        workers = Workers({"a": (earlier,)})
        workers.silent.add("a")
        workers.session.follow(placed("b"), 30)
        workers.session.lost("a", "no worker for the host a is registered")
        with pytest.raises(RemoteError, match=f"{earlier} may still run on a.*no worker .* is registered; if that"):
            await workers.session.load(moved("b"))
        assert workers.made == []

    asyncio.run(main())


@pytest.mark.parametrize("ended", [True, False])
def test_what_is_moved_off_a_lost_host_starts_once_that_has_ended(ended: bool) -> None:
    async def main() -> None:
        workers = Workers()
        workers.session.follow(placed("a"), 30)
        await workers.session.load(moved("a"))
        await workers.call(moved("a"), "start")
        workers.silent.add("a")
        workers.session.lost("a", "nothing was heard", ended=ended)
        workers.session.follow(placed("b"), 30)
        if ended:
            await workers.session.load(moved("b"))
            return
        workers.session.lost("a", "nothing was heard again")
        with pytest.raises(RemoteError, match="moved may still run on a"):
            await workers.session.load(moved("b"))
        workers.silent.clear()
        workers.session.follow(placed("b"), 30)
        await workers.session.load(moved("b"))
        assert workers.opened[-1] == ("a", ())

    asyncio.run(main())


def test_what_a_worker_inherited_and_nothing_has_called_is_stopped_before_it_starts_elsewhere() -> None:
    async def main() -> None:
        workers = Workers()
        workers.held["a"] = ("moved",)
        workers.session.follow(placed("a"), 30)
        await workers.session.load(moved("a"))
        workers.session.follow(placed("b"), 30)
        await workers.session.load(moved("b"))
        assert workers.made == ["moved load", "moved undone on a", "moved load"]

    asyncio.run(main())


def test_a_driver_that_was_moved_is_not_lost_with_its_former_host() -> None:
    async def main() -> None:
        workers = Workers()
        for host in ("a", "b"):
            workers.session.follow(placed(host), 30)
            await workers.session.load(moved(host))
            await workers.call(moved(host), "start")
            if host == "a":
                await workers.call(moved(host), "stop")
        workers.session.lost("a", "gone")
        assert workers.notices == []
        assert workers.made == [f"moved {what}" for what in ("load", "start", "stop", "load", "start")]

    asyncio.run(main())


def test_nothing_starts_where_workers_differ_in_what_this_host_does_not_have() -> None:
    async def main() -> None:
        workers = Workers()
        workers.silent = {"a", "b"}
        workers.session.follow(plan(), 30)
        for host, version in (("a", "1.0"), ("b", "2.0")):
            workers.session.opened(host, Welcome(30, {"acme-fleet": version}))
        for driver in (A, B):
            with pytest.raises(RemoteError, match=r"acme-fleet 1.0 on a, 2.0 on b"):
                await workers.session.load(driver)

    asyncio.run(main())
