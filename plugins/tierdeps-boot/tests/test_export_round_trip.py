"""What is exported and then imported again has the order of the plan."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest
from exported import Order, plan_order, plans, step_units
from foreign import read
from hypothesis import given, settings

from tierdeps import DependencyGraph
from tierdeps_boot import compose, dinit, s6_rc, systemd
from tierdeps_boot._exporters import EXPORTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tierdeps import Importer, Plan

EXPORT = {exporter.name: exporter.export for exporter in EXPORTERS}


class System(NamedTuple):
    """A system that is exported to and imported from; ``steps`` returns the names of its units for steps."""

    importer: Importer
    steps: Callable[[Mapping[str, str]], list[str]]
    file: str = ""


def of_systemd(files: Mapping[str, str]) -> list[str]:
    return [name for name, text in files.items() if "X-Tierdeps-Driver=" in text]


def of_compose(files: Mapping[str, str]) -> list[str]:
    services = re.split(r'^  "(.*)":$', files["compose.yaml"], flags=re.MULTILINE)[1:]
    return [name for name, text in zip(services[::2], services[1::2], strict=True) if "    labels:" in text]


def of_dinit(files: Mapping[str, str]) -> list[str]:
    return [name for name, text in files.items() if "# All drivers" not in text]


def of_s6_rc(files: Mapping[str, str]) -> list[str]:
    return [path.partition("/")[0] for path, text in files.items() if path.endswith("/type") and text != "bundle\n"]


SYSTEMS = {
    "systemd": System(systemd.IMPORTER, of_systemd),
    "compose": System(compose.IMPORTER, of_compose, "compose.yaml"),
    "dinit": System(dinit.IMPORTER, of_dinit),
    "s6-rc": System(s6_rc.IMPORTER, of_s6_rc),
}


def write(folder: Path, system: str, plan: Plan) -> dict[str, str]:
    """Write an export, and return its texts."""
    files = {file.path: file.text for file in EXPORT[system](plan).files}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return files


def imported_order(plan: Plan, steps: Mapping[str, str]) -> Order:
    """Return which exported step is up before which other one starts, under the names that they had."""
    first = {f"{driver.name}:{driver.phases[0]}": steps[driver.name] for driver in plan if driver.name in steps}
    last = {f"{driver.name}:{driver.phases[-1]}": steps[driver.name] for driver in plan if driver.name in steps}
    return frozenset((last[one], first[two]) for one, two in plan_order(plan) if one in last and two in first)


@pytest.mark.parametrize("name", SYSTEMS)
@settings(max_examples=settings().max_examples // 4, deadline=None)
@given(plan=plans())
def test_the_order_is_the_same_again(name: str, plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder, system = tmp_path_factory.mktemp("export"), SYSTEMS[name]
    steps = step_units(plan, system.steps(write(folder, name, plan)))
    declarations = read(system.importer, folder / system.file)
    assert not declarations.findings
    assert imported_order(DependencyGraph.of(declarations).collapse(), steps) == plan_order(plan)
