"""TD301: a plugin that failed to load."""

from __future__ import annotations

import pytest

from tests.rules.looking import found_in
from tierdeps.model import Plugin, PluginStatus, Severity


def plugin(status: PluginStatus, problem: str = "cannot be imported: no module named 'acme'") -> Plugin:
    return Plugin("clock", "acme-clock", "1.2", status, reference="acme:clock", problem=problem)


@pytest.mark.parametrize("status", [PluginStatus.BROKEN, PluginStatus.ACTIVE])
def test_what_failed_is_named_with_its_distribution(status: PluginStatus) -> None:
    (finding,) = found_in("TD301", plugin(status))
    assert finding.message == "the plugin 'clock' cannot be imported: no module named 'acme'"
    assert finding.severity is Severity.WARNING
    assert str(finding.origins[0]) == "acme-clock 1.2"
    assert finding.fixes[0].summary == "to see where it failed: tierdeps plugins --traceback clock"
    assert finding.fixes[1].summary == "to run without it: --block clock"


def test_what_is_blocked_or_duplicate_or_well_is_not_broken() -> None:
    well = plugin(PluginStatus.ACTIVE, problem="")
    assert found_in("TD301", plugin(PluginStatus.BLOCKED), plugin(PluginStatus.DUPLICATE), well) == []
