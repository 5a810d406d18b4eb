"""TD302: two plugins of one name."""

from __future__ import annotations

from tests.rules.looking import found_in
from tierdeps.model import Plugin, PluginStatus


def test_all_that_register_a_name_are_named_and_either_can_be_blocked() -> None:
    one = Plugin("clock", "acme-clock", "1.2", PluginStatus.DUPLICATE)
    other = Plugin("clock", "other-clock", "0.9", PluginStatus.DUPLICATE)
    (finding,) = found_in("TD302", one, other)
    assert finding.message == "2 distributions register a plugin 'clock'; none of them is loaded"
    assert [str(origin) for origin in finding.origins] == ["acme-clock 1.2", "other-clock 0.9"]
    assert [fix.summary for fix in finding.fixes] == [
        "load only one: --block acme-clock",
        "load only one: --block other-clock",
    ]


def test_plugins_of_different_names_are_fine() -> None:
    assert found_in("TD302", Plugin("clock", "acme-clock", "1.2", PluginStatus.ACTIVE)) == []
