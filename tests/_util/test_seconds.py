"""Numbers of seconds: which are accepted, and waits that no timer is too small for."""

from __future__ import annotations

from itertools import islice
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps._util.seconds import MAX_DURATION_S, MAX_WAIT_S, doubled, is_seconds, waits

#: What poll and epoll count, in seconds: milliseconds in a number of 32 bits with a sign.
POLL_S = (2**31 - 1) / 1000


@pytest.mark.parametrize("value", [0.001, 1, 2_147_484, 1_074_000, MAX_DURATION_S])
def test_numbers_up_to_a_year_are_seconds(value: float) -> None:
    assert is_seconds(value)


@pytest.mark.parametrize("value", [0, -1, nan, inf, -inf, MAX_DURATION_S + 1, 10**400, True, "30", None])
def test_anything_else_is_not(value: object) -> None:
    assert not is_seconds(value)


def test_zero_is_only_where_it_may_be() -> None:
    assert is_seconds(0, zero=True)
    assert not is_seconds(0)


class Clock:
    """Time that goes on by as much as is waited."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@given(st.floats(min_value=-1, max_value=4 * MAX_DURATION_S))
def test_a_wait_is_repeated_until_all_of_it_is_over(seconds: float) -> None:
    clock, waited = Clock(), []
    for wait in islice(waits(seconds, clock=clock), 10_000):
        waited.append(wait)
        clock.now += wait
    assert clock.now == pytest.approx(max(seconds, 0.0))
    assert all(0 <= wait <= MAX_WAIT_S < POLL_S for wait in waited)


def test_there_is_one_wait_even_where_no_time_is_left() -> None:
    assert list(waits(-5)) == [0.0]
    assert list(waits(0)) == [0.0]


def test_a_wait_that_ends_early_is_not_counted_as_over() -> None:
    clock = Clock()
    assert len(list(islice(waits(3 * MAX_WAIT_S, clock=clock), 50))) == 50, "no time went by, so it goes on"


def test_a_pause_is_doubled_up_to_the_longest_one() -> None:
    assert [doubled(0.5, times, 60.0) for times in range(9)] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize("times", [64, 1023, 1024, 1_000_000])
def test_a_pause_can_be_doubled_as_often_as_may_be(times: int) -> None:
    assert doubled(0.0, times, 60.0) == 0.0
    assert doubled(1e-9, times, 60.0) == 60.0
