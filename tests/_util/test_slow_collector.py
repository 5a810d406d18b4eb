"""The collector runs seldom while large plans start or stop, and as before afterwards."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING
from weakref import ref

import pytest

from tierdeps._util.gc import BULK_THRESHOLD, FEW_OBJECTS, MAX_MADE_OLD, SlowCollector

if TYPE_CHECKING:
    from collections.abc import Iterator


USUAL = (700, 10, 10)


@pytest.fixture(autouse=True)
def _usual() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(*USUAL)
    yield
    gc.set_threshold(*before)


def test_it_runs_seldom_until_the_last_one_has_ended() -> None:
    one, other = SlowCollector(), SlowCollector()
    for collector in (one, one, other):
        collector.start()
        assert gc.get_threshold() == (BULK_THRESHOLD, 10, 10)
    for _ in range(2):
        one.end()
        assert gc.get_threshold() == (BULK_THRESHOLD, 10, 10)
    other.end()
    assert gc.get_threshold() == USUAL


def test_one_that_is_dropped_has_ended() -> None:
    one = SlowCollector()
    one.start()
    del one
    assert gc.get_threshold() == USUAL


@pytest.mark.parametrize("first", [0, BULK_THRESHOLD + 1])
def test_a_collector_that_runs_less_often_already_stays_as_it_is(first: int) -> None:
    gc.set_threshold(first, 10, 10)
    one = SlowCollector()
    one.start()
    assert gc.get_threshold()[0] == first
    one.end()
    assert gc.get_threshold()[0] == first


def _generation_of(found: object) -> int:
    return next(number for number in range(3) if any(one is found for one in gc.get_objects(number)))


@pytest.mark.parametrize(("number", "generation"), [(FEW_OBJECTS, 2), (BULK_THRESHOLD + 1000, 2), (100, 0)])
def test_what_was_made_until_it_ends_counts_as_old_if_it_is_much(number: int, generation: int) -> None:
    gc.collect()
    one = SlowCollector()
    one.start()
    made: list[object] = [[] for _ in range(number)]
    last: list[object] = []
    assert _generation_of(last) == 0
    one.end()
    assert _generation_of(last) == generation
    del made


class Node:
    itself: Node


def test_garbage_of_small_plans_is_collected_as_always() -> None:
    gc.collect()
    found = []
    for _ in range(USUAL[0] * USUAL[1]):
        one = SlowCollector()
        one.start()
        node = Node()
        node.itself = node
        found.append(ref(node))
        del node
        one.end()
    assert sum(one() is not None for one in found) < len(found) / 2


def test_garbage_of_large_plans_is_collected_after_some_of_them() -> None:
    gc.collect()
    found = []
    for _ in range(MAX_MADE_OLD + 1):
        one = SlowCollector()
        one.start()
        made = [Node() for _ in range(FEW_OBJECTS)]
        for node in made:
            node.itself = node
        found.append(ref(made[0]))
        del made, node
        one.end()
    assert not any(one() for one in found)


def test_what_the_application_has_frozen_stays_frozen() -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        one = SlowCollector()
        one.start()
        one.end()
        assert gc.get_freeze_count() >= frozen > 0
    finally:
        gc.unfreeze()
