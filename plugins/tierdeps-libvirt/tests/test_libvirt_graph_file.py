"""graphs/libvirt-today.toml says in a file what the plugin says in code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps import DependencyGraph, Manager, Settings, Source
from tierdeps_libvirt import tierdeps_drivers, tierdeps_tiers

if TYPE_CHECKING:
    from tierdeps import Driver

FILE = Path(__file__).parents[3] / "graphs" / "libvirt-today.toml"
TOML = next(importer for importer in Manager(Settings(), path=()).importers() if importer.name == "toml")
DECLARED = TOML.read(Source("graphs/libvirt-today.toml", FILE, FILE.read_bytes()))


def said(driver: Driver) -> tuple[object, ...]:
    """Tell all that both can say of a driver; a file lists what is needed verb by verb."""
    dependencies = sorted(driver.dependencies, key=lambda item: (item.kind, item.target, item.when or ""))
    return driver.name, driver.tier, driver.phases, driver.provides, driver.description, dependencies


def test_the_drivers_are_the_same_to_the_word() -> None:
    in_code = {driver.name: said(driver) for driver in tierdeps_drivers()}
    assert {driver.name: said(driver) for driver in DECLARED.drivers} == in_code


def test_the_plans_are_the_same() -> None:
    from_code = DependencyGraph(tierdeps_drivers(), tierdeps_tiers(), facts=DECLARED.facts).collapse()
    assert DependencyGraph.of(DECLARED).collapse().digest == from_code.digest
