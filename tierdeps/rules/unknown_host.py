"""TD110: a host that no group has, or a group of hosts that nobody declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.suggest import KnownNames
from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Severity
from tierdeps.rule_codes import UNKNOWN_HOST
from tierdeps.rules import Rule, RuleContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Driver


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each driver on a host or a group of hosts that is not declared."""
    graph = context.graph
    groups = graph.declarations.hosts
    # what is found out about names is shared: there may be thousands of findings
    group_names, host_names = KnownNames(groups), KnownNames(host for members in groups.values() for host in members)
    for name in graph.unknown_hosts:
        driver = graph.drivers[name]
        if driver.host is None:
            group = str(driver.hosts)
            message = f"{name} is to run on the hosts of {group!r}, which is no group of hosts"
            yield _finding(driver, message, ("hosts", group), group_names.nearest(group))
        else:
            message = f"{name} is to run on {driver.host!r}, which is in no group of hosts"
            yield _finding(driver, message, ("host", driver.host), host_names.nearest(driver.host))


def _finding(driver: Driver, message: str, stated: tuple[str, str], near: str | None) -> Finding:
    key, name = stated
    hint = f"; did you mean {near!r}?" if near else ""
    evidence = Evidence(f"{key} of {driver.name}: {name}", driver.origin, key=key, name=name)
    fixes = [Fix(f"name {near!r}, if that is meant")] if near else []
    entry = f"{name} = [...]" if key == "hosts" else f'group = ["{name}", ...]'
    fixes.append(Fix(f"declare it in the table [hosts] of a graph file: {entry}"))
    return RULE.finding(f"{message}{hint}", (driver.name,), (evidence,), fixes, subject=(f"{key}: {name}",))


RULE = Rule(
    *UNKNOWN_HOST,
    Severity.ERROR,
    "A driver is declared for the hosts of a group that no graph declares, or, in a graph that declares groups of\n"
    "hosts, on a host that is in none of them.",
    """
[hosts]
hypervisors = ["kvm1", "kvm2"]
[drivers.qemu]
hosts = "hypervisor"        # the group is named hypervisors
[drivers.dns]
host = "kvm3"               # no group has this host
""",
    "Correct the name, or add the host or the group to the table [hosts] of one of the graph files. A graph without\n"
    "[hosts] may name any host.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
