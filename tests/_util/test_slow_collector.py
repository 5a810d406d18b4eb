"""The collector runs seldom while large plans start or stop, and as before afterwards."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING
from weakref import ref

import pytest

from tierdeps._util.gc import BULK_THRESHOLD, SlowCollector

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


def test_what_was_made_until_it_ends_counts_as_old() -> None:
    one = SlowCollector()
    one.start()
    made: list[object] = []
    assert _generation_of(made) == 0
    one.end()
    assert _generation_of(made) == 2


def test_garbage_that_was_made_meanwhile_is_freed_by_a_full_collection() -> None:
    class Node:
        itself: Node

    one = SlowCollector()
    one.start()
    node = Node()
    node.itself = node
    found = ref(node)
    del node
    one.end()
    gc.collect()
    assert found() is None


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
