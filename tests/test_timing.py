"""Durations as distributions."""

from __future__ import annotations

from random import Random
from statistics import mean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.errors import DeclarationError
from tierdeps.timing import parse_timing


def draws(text: str) -> list[float]:
    random, timing = Random(7), parse_timing(text, "timing")  # noqa: S311
    return [timing.draw(random) for _ in range(4000)]


def test_each_distribution_is_what_its_parameters_say() -> None:
    assert set(draws("constant(2)")) == {2.0}
    assert set(draws("0.5")) == {0.5}
    assert 1 <= min(draws("uniform(1, 3)")) <= max(draws("uniform(1, 3)")) <= 3
    assert mean(draws("exponential(4)")) == pytest.approx(4, rel=0.1)
    assert mean(draws("normal(4, 1)")) == pytest.approx(4, rel=0.1)
    assert median(draws("lognormal(0.05, 0.5)")) == pytest.approx(0.05, rel=0.1)


def test_no_step_takes_less_than_zero_seconds() -> None:
    assert min(draws("normal(0.1, 5)")) == 0.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lognorml(1, 2)", "did you mean 'lognormal'"),
        ("lognormal(1)", r"expected lognormal\(median, sigma\)"),
        ("uniform(3, 1)", "the smaller one first"),
        ("constant(-1)", "from 0"),
        ("nan", "from 0"),
        ("1 + thread soon", "timing of storage:start, "),
        ("soon", "a distribution such as"),
        ("constant(constant(1))", "a distribution such as"),
    ],
)
def test_a_text_that_is_no_distribution_is_refused_in_one_sentence(text: str, expected: str) -> None:
    with pytest.raises(DeclarationError, match=expected):
        parse_timing(text, "timing of storage:start")


def test_a_step_may_leave_a_thread_behind() -> None:
    timing = parse_timing("0.2 + thread uniform(1, 2)", "timing")
    assert str(timing) == "constant(0.2) + thread uniform(1, 2)"
    assert str(timing.thread) == "uniform(1, 2)"
    assert parse_timing("0.2", "timing").thread is None


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        timing = parse_timing(text, "timing")
    except DeclarationError:
        return
    assert parse_timing(str(timing), "timing").kind == timing.kind
