"""Random fleets on a virtual clock: the order is legal, tiers are barriers over all hosts, and quorums are counted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from tierdeps._util.frozen import replace
from tierdeps.clock import run_virtually
from tierdeps.engines.local import INLINE
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, OnFailure, Plan, Policy, Report, State, Tier, requires

if TYPE_CHECKING:
    from collections.abc import Mapping

HOSTS = ("h1", "h2", "h3", "h4")
NAMES = ("a", "b", "c", "d")
TIERS = (Tier("early"), Tier("late", after=("early",)))
#: A fleet has some ten drivers, each of which is run: few fleets are enough for an ordinary run of the tests.
EXAMPLES = 25
UP = (State.READY, State.ADOPTED)


class Fleet(NamedTuple):
    """A graph over hosts; ``broken`` are the drivers that fail, by name with the host."""

    graph: DependencyGraph
    broken: frozenset[str]


@st.composite
def fleets(draw: st.DrawFn) -> Fleet:
    """Drivers on groups of hosts that require one of their host, all of a group, or a quorum of it."""
    groups = {
        f"g{number}": tuple(draw(st.lists(st.sampled_from(HOSTS), min_size=1, max_size=4, unique=True)))
        for number in range(2)
    }
    drivers: list[Driver] = []
    placed: dict[str, tuple[str, ...]] = {}
    late = False
    for name in NAMES[: draw(st.integers(1, 4))]:
        group = draw(st.sampled_from(sorted(groups)))
        dependencies = []
        for other, hosts in placed.items():
            match draw(st.sampled_from(["none", "own", "all", "quorum"])):
                case "own" if set(groups[group]) <= set(hosts):
                    dependencies.append(requires(f"{other}@{{host}}"))
                case "all":
                    dependencies.append(requires(f"{other}@*"))
                case "quorum":
                    dependencies.append(requires(f"{other}@*", atleast=draw(st.integers(1, len(hosts)))))
        late = late or draw(st.booleans())
        policy = Policy(on_failure=draw(st.sampled_from([OnFailure.ISOLATE, OnFailure.IGNORE])))
        drivers.append(
            Driver(name, "late" if late else "early", ("start",), tuple(dependencies), hosts=group, policy=policy)
        )
        placed[name] = groups[group]
    every = [f"{name}@{host}" for name, hosts in placed.items() for host in hosts]
    broken = draw(st.frozensets(st.sampled_from(every), max_size=4))
    return Fleet(DependencyGraph(drivers, TIERS, hosts=groups), broken)


def run(fleet: Fleet) -> tuple[Plan, Report, dict[str, float], dict[str, float]]:
    """Start a fleet; return the plan, the report, and when each driver's start began and ended."""
    began: dict[str, float] = {}
    ended: dict[str, float] = {}

    class Noted(Lifecycle):
        async def start(self, context: Context) -> None:
            loop = asyncio.get_running_loop()
            began[context.driver] = loop.time()
            await asyncio.sleep(1 + len(context.driver) % 3 + HOSTS.index(context.driver.partition("@")[2]))
            ended[context.driver] = loop.time()
            if context.driver in fleet.broken:
                raise OSError("no")

    graph = fleet.graph.rebuilt(
        DependencyGraph(
            [_with_lifecycle(driver, Noted) for driver in fleet.graph.drivers.values()],
            TIERS,
            hosts=fleet.graph.declarations.hosts,
        ).declarations
    )
    plan = graph.collapse()

    async def main() -> Report:
        return await Executor(plan, engine=INLINE).start()

    return plan, run_virtually(main()), began, ended


def _with_lifecycle(driver: Driver, kind: type[Lifecycle]) -> Driver:
    found: Driver = replace(driver, lifecycle=kind)
    return found


@settings(max_examples=EXAMPLES)
@given(fleets())
def test_each_driver_is_declared_once_for_each_of_its_hosts(fleet: Fleet) -> None:
    assert not fleet.graph.duplicates
    for name, driver in fleet.graph.drivers.items():
        assert driver.host is not None
        assert name.endswith(f"@{driver.host}")


@settings(max_examples=EXAMPLES)
@given(fleets())
def test_the_order_of_a_fleet_is_legal(fleet: Fleet) -> None:
    plan = fleet.graph.collapse()
    place = {driver.name: (driver.tier == "late", driver.stage) for driver in plan}
    for driver in plan:
        for wait in driver.waits[0]:
            assert place[wait.step.driver] < place[driver.name]


@settings(max_examples=EXAMPLES)
@given(fleets())
def test_a_tier_is_a_barrier_over_all_hosts(fleet: Fleet) -> None:
    plan, _, began, ended = run(fleet)
    early = [ended[driver.name] for driver in plan if driver.tier == "early" and driver.name in ended]
    late = [began[driver.name] for driver in plan if driver.tier == "late" and driver.name in began]
    if early and late:
        assert max(early) <= min(late)


@settings(max_examples=EXAMPLES)
@given(fleets())
def test_a_driver_starts_exactly_where_its_requirements_and_quorums_allow_it(fleet: Fleet) -> None:
    plan, report, began, ended = run(fleet)
    states = {outcome.driver: outcome.state for outcome in report.outcomes}
    ignored = {driver.name for driver in plan if driver.policy.on_failure is OnFailure.IGNORE}
    shut = any(
        driver.tier == "early" and states[driver.name] not in UP and driver.name not in ignored for driver in plan
    )
    for driver in plan:
        may = _allowed(plan, driver.name, states, ignored) and not (shut and driver.tier == "late")
        assert (driver.name in began) == may
        if may:
            assert states[driver.name] is (State.FAILED if driver.name in fleet.broken else State.READY)
            assert all(ended.get(wait.step.driver, 0.0) <= began[driver.name] for wait in driver.waits[0])
        else:
            assert states[driver.name] is State.BLOCKED


def _allowed(plan: Plan, name: str, states: Mapping[str, State], ignored: set[str]) -> bool:
    """Return whether all that a driver requires is up, by counting the members of each quorum."""
    quorums: dict[tuple[str, int], int] = {}
    for wait in plan.drivers[name].waits[0]:
        up = states[wait.step.driver] in UP
        if wait.coupling.atleast is not None:
            key = (wait.of, wait.coupling.atleast)
            quorums[key] = quorums.get(key, 0) + up
        elif not up and wait.step.driver not in ignored:
            return False
    return all(count >= atleast for (_, atleast), count in quorums.items())
