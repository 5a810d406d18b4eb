"""A driver for which nothing is run, while something is for others, is a milestone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, Process

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

SITE = """
[drivers.network]
requires = ["link"]
[drivers.link]
command = ["true"]
ready = "exit"
[drivers.system]
requires = ["network"]
[drivers.off]
"""


@pytest.fixture
def site(ask: Ask) -> Ask:
    Path("site.toml").write_text(f'disable = ["off"]\n{SITE}')
    return ask


def test_the_order_marks_it(site: Ask) -> None:
    rows = [line.split() for line in site("order", "site.toml").out.splitlines()[3:]]
    assert rows == [
        ["1", "link"],
        ["1", "off", "(disabled)"],
        ["2", "network", "(milestone)"],
        ["3", "system", "(milestone)"],
    ]
    drivers = json.loads(site("order", "--format", "json", "site.toml").out)["drivers"]
    assert {name: driver.get("milestone") for name, driver in drivers.items()} == {
        "link": None,
        "off": None,
        "network": True,
        "system": True,
    }


def test_the_start_says_so(site: Ask) -> None:
    answer = site("start", "--once", "site.toml")
    assert answer.code == 0
    assert [line.split(maxsplit=1)[1] for line in answer.out.splitlines() if "milestone" in line] == [
        "network ready (milestone)",
        "system ready (milestone)",
    ]
    assert "note: nothing is run for off, network, system: they have neither a command nor a lifecycle;" in answer.err
    assert answer.err.endswith("they are milestones\n")


def test_the_report_has_it(site: Ask) -> None:
    report = json.loads(site("start", "--once", "--format", "json", "site.toml").out.splitlines()[-1])
    assert {item["driver"]: item.get("milestone", False) for item in report["outcomes"]} == {
        "link": False,
        "off": False,
        "network": True,
        "system": True,
    }


def test_where_nothing_is_run_at_all_nothing_is_one(ask: Ask) -> None:
    Path("site.toml").write_text("[drivers.a]\n[drivers.b]\nrequires = ['a']\n")
    assert "milestone" not in ask("order", "site.toml").out
    answer = ask("start", "--once", "site.toml")
    assert "milestone" not in answer.out + answer.err


def test_a_plan_that_makes_its_drivers_on_look_up_knows_it_too() -> None:
    assert DependencyGraph.from_names({"a": ["b"], "b": []}).collapse().runs_nothing
    many = [Driver(f"d{number}") for number in range(20_000)]
    plan = DependencyGraph((*many, Driver("it", process=Process(("true",))))).collapse()
    assert not plan.runs_nothing
    assert plan.is_milestone(plan.drivers["d7"])
    assert not plan.is_milestone(plan.drivers["it"])
