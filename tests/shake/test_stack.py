"""The dependencies of graphs/stack.toml, removed one at a time: stand-ins of its programs need what these need.

tests/live/test_shake_stack.py does the same with the programs.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.shake.worlds import World, delay, found, one, shake
from tierdeps.shake.outcome import Limits

DRIVERS = tomllib.loads((Path(__file__).parents[2] / "graphs/stack.toml").read_text())["drivers"]
NEEDS = {name: one(*section.get("requires", ())) for name, section in DRIVERS.items()}
PAIRS = sorted((name, needed) for name, section in DRIVERS.items() for needed in section.get("requires", ()))


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_each_dependency_of_the_stack_is_found_when_it_is_not_declared(pair: tuple[str, str]) -> None:
    plan = World(NEEDS, frozenset({pair})).plan
    assert found(shake(plan, Limits(across_tiers=True))) == {(pair[0], frozenset({pair[1]}))}
    assert found(delay(plan, Limits(across_tiers=True))) == {(pair[0], frozenset({pair[1]}))}


def test_nothing_is_found_in_the_stack_as_it_is() -> None:
    assert found(shake(World(NEEDS).plan, Limits(across_tiers=True))) == set()
