from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.live.host.permission import HIDDEN, hidden, refusal


@pytest.mark.parametrize(
    "environment", [{}, {"CI": "false"}, {"TIERDEPS_LIVE": "0"}, {"CI": "true", "TIERDEPS_LIVE": "0"}]
)
def test_leaves_a_machine_alone_that_nobody_offered(environment: dict[str, str]) -> None:
    reason = refusal(environment)
    assert reason is not None
    assert "CI=true or TIERDEPS_LIVE=1" in reason


@pytest.mark.parametrize("environment", [{"CI": "true"}, {"TIERDEPS_LIVE": "1"}, {"CI": "", "TIERDEPS_LIVE": "1"}])
def test_asks_for_root_next(environment: dict[str, str]) -> None:
    assert refusal(environment, user=1000) == "a real libvirtd needs root"


def test_names_the_packages_that_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.live.host.permission.SEARCHED", "/nowhere")
    reason = refusal({"CI": "true"}, user=0)
    assert reason is not None
    assert reason.startswith("not installed: bash, binutils, ceph-common, ceph-mon, ceph-osd, dnsmasq-base, ")


@pytest.mark.parametrize("folder", HIDDEN)
def test_refuses_a_checkout_that_it_would_hide(folder: str) -> None:
    assert folder in (hidden([Path(sys.prefix), Path(folder, "jobs", "checkout")]) or "")


def test_takes_a_checkout_that_it_would_not() -> None:
    assert hidden([Path("/srv/checkout"), Path("/etcetera")]) is None
