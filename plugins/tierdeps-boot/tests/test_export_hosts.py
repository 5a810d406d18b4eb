"""Hosts and quorums, which no system for one machine can express: each export says that they are omitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from exported import losses

from tierdeps import DependencyGraph, Driver, Plan, Process, requires
from tierdeps_boot._exporters import compose, dinit, s6_rc, systemd

if TYPE_CHECKING:
    from tierdeps import Exporter

EXPORTERS = (compose.EXPORTER, dinit.EXPORTER, s6_rc.EXPORTER, systemd.EXPORTER)
HOST = "its host is omitted: all drivers are exported for one machine"
QUORUM = "a quorum is omitted: it starts however many of the drivers became ready"


def fleet() -> Plan:
    process = Process(("/bin/true",), ready="exit")
    drivers = (
        Driver("mon", hosts=("a", "b", "c"), process=process),
        Driver("osd", process=process, dependencies=(requires("mon@*", atleast=2),)),
    )
    return DependencyGraph(drivers).collapse()


@pytest.mark.parametrize("exporter", EXPORTERS, ids=lambda exporter: exporter.name)
def test_hosts_and_quorums_are_losses(exporter: Exporter) -> None:
    found = losses(exporter.export(fleet()))
    assert f"{HOST}: mon@a, mon@b, mon@c" in found
    assert f"{QUORUM}: osd" in found
