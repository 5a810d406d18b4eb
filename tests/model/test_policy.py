"""The policy of a driver: failures, retries and deadlines."""

from __future__ import annotations

from typing import Any

import pytest

from tierdeps.errors import DeclarationError
from tierdeps.model import OnCancel, OnFailure, Policy
from tierdeps.model.policy import check_seconds


def test_text_is_as_good_as_the_enum() -> None:
    values: dict[str, Any] = {"on_failure": "isolate", "on_cancel": "wait"}
    policy = Policy(**values)
    assert (policy.on_failure, policy.on_cancel) == (OnFailure.ISOLATE, OnCancel.WAIT)


def test_what_is_omitted_is_the_runs_own() -> None:
    policy = Policy()
    assert (policy.on_failure, policy.timeout, policy.stop_timeout, policy.retries) == (None, None, None, 0)


def test_an_accepted_number_of_seconds_or_none_passes_the_check() -> None:
    check_seconds("timeout", 1)
    check_seconds("timeout", None)
    check_seconds("backoff", 0, zero=True)


def test_a_refused_number_of_seconds_is_named() -> None:
    with pytest.raises(DeclarationError, match=r"^delay: expected a number of seconds, more than 0, up to 31622400"):
        check_seconds("delay", 0)


def test_no_pause_is_a_pause() -> None:
    assert Policy(backoff=0).backoff == 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"on_failure": "explode"}, "on_failure: expected abort, isolate, ignore, got 'explode'"),
        ({"on_cancel": "maybe"}, "on_cancel: expected cancel, wait, got 'maybe'"),
        ({"retries": -1}, "retries: expected a number from 0, got -1"),
        ({"retries": True}, "retries: expected a number from 0, got True"),
        ({"retries": 1.5}, "retries: expected a number from 0, got 1.5"),
        ({"timeout": 0}, "timeout: expected a number of seconds, more than 0, up to 31622400 (a year), got 0"),
        (
            {"timeout": float("inf")},
            "timeout: expected a number of seconds, more than 0, up to 31622400 (a year), got inf",
        ),
        (
            {"stop_timeout": "30"},
            "stop_timeout: expected a number of seconds, more than 0, up to 31622400 (a year), got '30'",
        ),
        ({"backoff": -0.1}, "backoff: expected a number of seconds, 0 or more, up to 31622400 (a year), got -0.1"),
    ],
)
def test_what_a_policy_cannot_be_is_reported(values: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        Policy(**values)
    assert str(caught.value) == message
