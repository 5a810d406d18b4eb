"""Graphs that each have many findings of one kind about hosts, quorums and processes."""

from __future__ import annotations

from benchmarks.finding_kinds import Document, Drivers, Kind

#: With so few known names a wrong one is compared with each of them.
FEW = 500


def _on_hosts(count: int, known: int) -> Document:
    hosts = [f"host-{number:06}" for number in range(known)]
    drivers: Drivers = {f"driver-{number:06}": {"host": f"host-x{number}"} for number in range(count)}
    return {"hosts": {"group": hosts}, "drivers": drivers}


def unknown_hosts(count: int) -> Document:
    """Return drivers on hosts that are in no group, where as many are in one."""
    return _on_hosts(count, count)


def unknown_hosts_of_few(count: int) -> Document:
    """Return drivers on hosts that are in no group, where some are in one."""
    return _on_hosts(count, FEW)


def unknown_groups(count: int) -> Document:
    """Return drivers on the hosts of groups that are not declared, where some are."""
    drivers: Drivers = {f"driver-{number:06}": {"hosts": f"group-x{number}"} for number in range(count)}
    return {"hosts": {f"group-{number:03}": [f"host-{number}"] for number in range(FEW)}, "drivers": drivers}


def missing_phases_of_one(count: int) -> Document:
    """Return requirements of phases of one driver that has others, and whose name is misspelt."""
    drivers: Drivers = {f"driver-{number:06}": {"requires": [f"hubx:{number}"]} for number in range(count)}
    return {"drivers": {**drivers, "hub": {"phases": [f"phase-{number:03}" for number in range(FEW)]}}}


def quorums(count: int) -> Document:
    """Return requirements of more instances of a driver than there are."""
    drivers: Drivers = {f"driver-{number:06}": {"requires": [{"on": "mon@*", "atleast": 4}]} for number in range(count)}
    return {"drivers": {**drivers, "mon": {"instances": ["a", "b", "c"]}}}


def missing_variables(count: int) -> Document:
    """Return processes of variables that are not set."""
    return {
        "drivers": {
            f"driver-{number:06}": {"command": ["true", f"${{NO_SUCH_VARIABLE_{number}}}"]} for number in range(count)
        }
    }


def missing_programs(count: int) -> Document:
    """Return processes of programs that are not on this host."""
    return {"drivers": {f"driver-{number:06}": {"command": [f"no-such-program-{number}"]} for number in range(count)}}


HOST_KINDS: dict[str, Kind] = {
    "unknown_hosts": Kind("TD110", unknown_hosts),
    "unknown_hosts_of_few": Kind("TD110", unknown_hosts_of_few),
    "unknown_groups": Kind("TD110", unknown_groups),
    "missing_phases_of_one": Kind("TD103", missing_phases_of_one),
    "quorums": Kind("TD111", quorums),
    "missing_variables": Kind("TD306", missing_variables),
    "missing_programs": Kind("TD307", missing_programs, ("--programs",)),
}
