"""TD110: hosts and groups of hosts that are not declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rules.looking import RULES
from tierdeps import DependencyGraph, Driver
from tierdeps._util import suggest
from tierdeps.graph.errors import GraphError
from tierdeps.rules import RuleContext

if TYPE_CHECKING:
    from tierdeps.model import Finding

GROUPS = {"hypervisors": ("kvm1", "kvm2")}


def found(*drivers: Driver, hosts: dict[str, tuple[str, ...]] | None = None) -> list[Finding]:
    graph = DependencyGraph(drivers, hosts=GROUPS if hosts is None else hosts)
    return list(RULES["TD110"].check(RuleContext(graph)))


def test_known_hosts_and_groups_are_no_findings() -> None:
    assert found(Driver("a", host="kvm1"), Driver("b", hosts="hypervisors"), Driver("c", hosts=("kvm2",))) == []


def test_without_groups_any_host_may_be_named() -> None:
    assert found(Driver("a", host="x"), Driver("b", hosts=("y", "z")), hosts={}) == []


@pytest.mark.parametrize("groups", [{}, GROUPS])
def test_an_unknown_group_is_an_error(groups: dict[str, tuple[str, ...]]) -> None:
    (finding,) = found(Driver("qemu", hosts="hypervisor"), hosts=groups)
    hint = "; did you mean 'hypervisors'?" if groups else ""
    assert finding.message == f"qemu is to run on the hosts of 'hypervisor', which is no group of hosts{hint}"
    assert finding.drivers == ("qemu",)
    assert finding.fixes[-1].summary == "declare it in the table [hosts] of a graph file: hypervisor = [...]"


@pytest.mark.parametrize("driver", [Driver("a", host="kvm3"), Driver("a", hosts=("kvm3",))])
def test_a_host_in_no_group_is_an_error(driver: Driver) -> None:
    (finding,) = found(driver, Driver("b", host="kvm1"))
    name = "a" if driver.host else "a@kvm3"
    assert finding.message.startswith(f"{name} is to run on 'kvm3', which is in no group of hosts; did you mean 'kvm")


@pytest.mark.parametrize("driver", [Driver("a", host="kvm3"), Driver("a", hosts="unknown")])
def test_a_graph_with_unknown_hosts_has_no_plan(driver: Driver) -> None:
    with pytest.raises(GraphError, match="which is not declared"):
        DependencyGraph((driver,), hosts=GROUPS).collapse()


@pytest.mark.parametrize(
    ("drivers", "groups"),
    [
        ((Driver("a", host="name12"), Driver("b", host="name34")), {"g": ("name",)}),
        ((Driver("a", hosts="name12"), Driver("b", hosts="name34")), {"name": ("h",)}),
    ],
)
def test_all_findings_share_the_limit_of_comparisons_of_names(
    drivers: tuple[Driver, Driver], groups: dict[str, tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggest, "MAX_COMPARISONS", 1)
    first, second = found(*drivers, hosts=groups)
    assert first.message.endswith("; did you mean 'name'?")
    assert "did you mean" not in second.message
