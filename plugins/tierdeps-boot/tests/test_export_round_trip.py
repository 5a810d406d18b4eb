"""What is exported and then imported again has the order of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from exported import Order, plan_order, plans, steps_in_order
from foreign import read
from hypothesis import HealthCheck, given, settings

from tierdeps import DependencyGraph
from tierdeps_boot import compose, dinit, s6_rc
from tierdeps_boot._exporters import EXPORTERS

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps import Importer, Plan

SYSTEMS: dict[str, tuple[Importer, str]] = {
    "compose": (compose.IMPORTER, "compose.yaml"),
    "dinit": (dinit.IMPORTER, ""),
    "s6-rc": (s6_rc.IMPORTER, ""),
}
EXPORT = {exporter.name: exporter.export for exporter in EXPORTERS}


def imported_order(plan: Plan, names: dict[str, str]) -> Order:
    """Return which exported step is up before which other one starts, under the names that they had."""
    first = {f"{driver.name}:{driver.phases[0]}": driver.name for driver in plan}
    last = {f"{driver.name}:{driver.phases[-1]}": driver.name for driver in plan}
    pairs = ((last.get(needed), first.get(step)) for needed, step in plan_order(plan))
    return frozenset((names[one], names[two]) for one, two in pairs if one in names and two in names)


@pytest.mark.parametrize("system", SYSTEMS)
@settings(max_examples=settings().max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=plans())
def test_the_order_is_the_same_again(system: str, plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("export")
    names = write(folder, system, plan)
    importer, file = SYSTEMS[system]
    declarations = read(importer, folder / file)
    assert not declarations.findings
    assert imported_order(DependencyGraph.of(declarations).collapse(), names) == plan_order(plan)


def write(folder: Path, system: str, plan: Plan) -> dict[str, str]:
    """Write an export, and return the step of each unit that is one."""
    from tierdeps_boot._exporters.units import named, plain_name, units

    for file in EXPORT[system](plan).files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    found = [unit for unit in units(plan) if unit.driver is not None]
    allowed = "._-:@" if system == "s6-rc" else "._-"
    escaped = named(
        units(plan),
        lambda name: ("x" if name.startswith("s6rc-") and system == "s6-rc" else "") + plain_name(name, allowed),
        255,
    )
    return dict(zip([escaped[unit.name] for unit in found], steps_in_order(plan), strict=True))
