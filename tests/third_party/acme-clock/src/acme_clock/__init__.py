"""A clock and the bus that it ticks on, and what they ask of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Driver, Tier, after, hookimpl, requires

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tierdeps import Dependency, Engine, Rule, Settings

tierdeps_api = ">=1,<2"


@hookimpl
def tierdeps_tiers() -> Iterable[Tier]:
    """Declare hardware before what is made of it."""
    return [Tier("hardware"), Tier("services", after=("hardware",))]


@hookimpl
def tierdeps_drivers(settings: Settings) -> Iterable[Driver]:
    """Declare a bus and a clock; the clock's lifecycle is imported only when it runs."""
    yield Driver("bus", tier="hardware", provides=("ticks",), lifecycle="acme_clock.hands:Bus")
    yield Driver(
        "clock",
        tier="services",
        phases=("wind", "tick"),
        dependencies=(requires("ticks", reason="it ticks on the bus"),),
        lifecycle="acme_clock.hands:Clock",
        description=str(settings.of("clock").get("face", "")),
    )


@hookimpl
def tierdeps_dependencies(driver: Driver) -> Iterable[Dependency] | None:
    """Let whatever logs come after the clock."""
    return [after("clock", reason="log lines have times")] if driver.name == "log" else None


@hookimpl
def tierdeps_facts() -> Mapping[str, bool]:
    """State that time goes on."""
    return {"clock.ticks": True}


@hookimpl
def tierdeps_rules() -> Iterable[Rule]:
    """Add a rule; rules are imported when they are wanted."""
    from acme_clock.rule import RULE

    return (RULE,)


@hookimpl
def tierdeps_engines() -> Iterable[Engine]:
    """Add an engine, for ``start --engine acme-worker``."""
    from acme_clock.engine import ENGINE

    return (ENGINE,)
