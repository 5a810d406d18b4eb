"""Which programs count for coverage."""

from __future__ import annotations

import os

import pytest

from tests.measured import SETTINGS, is_first_case


@pytest.mark.parametrize("one", ["a", "b"])
@pytest.mark.parametrize("other", [1, 2])
def test_a_test_counts_with_the_first_of_each_of_its_parameters(
    request: pytest.FixtureRequest, one: str, other: int
) -> None:
    assert is_first_case(request.node) == ((one, other) == ("a", 1))


def test_a_test_without_parameters_counts(request: pytest.FixtureRequest) -> None:
    assert is_first_case(request.node)


@pytest.mark.usefixtures("counted")
def test_programs_are_counted_where_pytest_measures_coverage(request: pytest.FixtureRequest) -> None:
    assert (SETTINGS in os.environ) == bool(request.config.getoption("cov_source", None))


def test_those_of_other_tests_are_not() -> None:
    assert SETTINGS not in os.environ
