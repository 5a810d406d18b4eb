"""The choice of the plugins that are loaded."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps.errors import UnknownNameError

if TYPE_CHECKING:
    from tests.manager.conftest import Site


def statuses(site: Site, **settings: tuple[str, ...]) -> dict[str, str]:
    return {name: str(plugin.status) for name, plugin in site.plugins(**settings).items()}


@pytest.fixture
def clocks(site: Site) -> Site:
    """Two distributions with one entry-point name, and a third one."""
    site.install_driver("acme-clock", "clock")
    site.install_driver("other-clock", "clock")
    site.install_driver("acme-bus", "bus")
    return site


def test_loads_what_is_installed(site: Site) -> None:
    site.install_driver("acme-bus", "bus")
    assert statuses(site) == {"acme-bus": "active"}


def test_reports_two_distributions_of_one_entry_point_name_and_picks_neither(clocks: Site) -> None:
    found = clocks.plugins()
    assert {name: plugin.status for name, plugin in found.items()} == {
        "acme-bus": "active",
        "acme-clock": "duplicate",
        "other-clock": "duplicate",
    }
    assert found["acme-clock"].problem == (
        "is registered by acme-clock 1.0 and other-clock 1.0; none of them is loaded;"
        " choose with --block acme-clock or --block other-clock, or --only DISTRIBUTION"
    )
    assert not {"acme_clock", "other_clock"} & sys.modules.keys()


def test_a_duplicate_is_resolved_by_blocking_one_distribution(clocks: Site) -> None:
    expected = {"acme-bus": "active", "acme-clock": "active", "other-clock": "blocked"}
    assert statuses(clocks, block=("other-clock",)) == expected


def test_a_duplicate_is_resolved_by_choosing_one_distribution(clocks: Site) -> None:
    expected = {"acme-bus": "blocked", "acme-clock": "blocked", "other-clock": "active"}
    assert statuses(clocks, only=("Other_Clock",)) == expected


def test_an_entry_point_name_means_all_who_have_it(clocks: Site) -> None:
    expected = {"acme-bus": "active", "acme-clock": "blocked", "other-clock": "blocked"}
    assert statuses(clocks, block=("clock",)) == expected


def test_a_distribution_s_name_goes_before_an_entry_point_s(site: Site) -> None:
    site.install_driver("clock", "clock")
    site.install_driver("other-clock", "clock")
    assert statuses(site, only=("clock",)) == {"clock": "active", "other-clock": "blocked"}


def test_blocking_goes_before_choosing(clocks: Site) -> None:
    found = clocks.plugins(only=("bus", "acme-clock"), block=("bus",))
    assert found["acme-bus"].problem == "is blocked"
    assert found["other-clock"].problem == "is not selected by only"
    assert found["acme-clock"].status == "active"


def test_imports_nothing_of_a_blocked_plugin(site: Site) -> None:
    site.install("acme-bomb", "raise SystemExit('imported')")
    assert statuses(site, block=("bomb",)) == {"acme-bomb": "blocked"}
    assert "acme_bomb" not in sys.modules


@pytest.mark.parametrize("setting", ["only", "block"])
def test_a_name_that_matches_nothing_is_an_error(clocks: Site, setting: str) -> None:
    chosen: dict[str, Any] = {setting: ("acme-buss",)}
    with pytest.raises(UnknownNameError, match=r"no plugin is named 'acme-buss'; did you mean 'acme-bus'\?") as caught:
        clocks.manager(**chosen).load()
    assert caught.value.exit_code == 2


def test_reports_a_wrong_name_before_anything_is_imported(site: Site) -> None:
    site.install_driver("acme-bus", "bus")
    with pytest.raises(UnknownNameError):
        site.manager(block=("nonesuch",)).load()
    assert "acme_bus" not in sys.modules


def test_making_a_manager_loads_nothing(site: Site) -> None:
    site.install_driver("acme-bus", "bus")
    manager = site.manager()
    assert "acme_bus" not in sys.modules
    manager.load()
    assert "acme_bus" in sys.modules
