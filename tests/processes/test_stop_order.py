"""When the guard stops a process: as the executor would."""

from __future__ import annotations

from tierdeps import DependencyGraph, Driver, Tier, requires
from tierdeps.model import Policy, Process, after, before, wants
from tierdeps.processes.orphan_guard_state import Order
from tierdeps.processes.stop_order import StopOrder

SLEEPS = Process(("sleep", "1000"))


def process(name: str, *dependencies: object, **more: object) -> Driver:
    return Driver(name, dependencies=dependencies, process=SLEEPS, **more)  # type: ignore[arg-type]


def order_of(driver: str, *drivers: Driver, started: tuple[str, ...] = (), tiers: tuple[Tier, ...] = ()) -> Order:
    plan = DependencyGraph(drivers, tiers=tiers).collapse()
    return StopOrder(plan, 30).of(driver, str.upper, started or [one.name for one in drivers])


def test_it_needs_what_it_depends_on_in_whatever_way() -> None:
    drivers = (
        process("a", requires("b"), wants("c"), after("d")),
        process("b"), process("c"), process("d"), process("e", before("a")), process("f"),
    )  # fmt: skip
    assert order_of("a", *drivers).needs == {"B", "C", "D", "E"}


def test_what_is_no_process_is_passed_through() -> None:
    drivers = (
        process("a", requires("x")),
        Driver("x", dependencies=(requires("y"), requires("b"))),
        Driver("y", dependencies=(requires("c"),)),
        process("b"),
        process("c", requires("d")),
        process("d"),
    )
    assert order_of("a", *drivers).needs == {"B", "C"}


def test_what_did_not_start_stands_for_what_it_needs() -> None:
    drivers = (process("a", wants("b")), process("b", wants("c")), process("c"))
    assert order_of("a", *drivers, started=("a", "c")).needs == {"B", "C"}
    assert order_of("a", *drivers).needs == {"B"}


def test_a_tier_is_a_number_and_other_tiers_are_not_needed() -> None:
    tiers = (Tier("low"), Tier("high", after=("low",)))
    drivers = (process("a", requires("b"), tier="high"), process("b", tier="low"))
    assert order_of("a", *drivers, tiers=tiers) == Order(1, 30)
    assert order_of("b", *drivers, tiers=tiers) == Order(0, 30)


def test_it_has_the_time_of_its_driver_or_else_of_the_run() -> None:
    drivers = (process("a", policy=Policy(stop_timeout=1.5)), process("b"))
    assert order_of("a", *drivers).seconds == 1.5
    assert order_of("b", *drivers).seconds == 30


def test_of_a_driver_that_is_in_no_plan_nothing_is_known() -> None:
    assert order_of("z", process("a")) == Order()


def test_a_long_way_of_drivers_that_are_no_processes_is_walked() -> None:
    links = [Driver(f"x{number}", dependencies=(requires(f"x{number + 1}"),)) for number in range(5000)]
    drivers = (process("a", requires("x0")), *links, process("x5000"))
    assert order_of("a", *drivers).needs == {"X5000"}
