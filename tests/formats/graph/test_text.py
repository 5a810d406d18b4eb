"""A picture as text."""

from __future__ import annotations

import pytest

from tierdeps import DependencyGraph, Driver, Tier, after, before, conflicts, requires
from tierdeps.formats import View
from tierdeps.formats.graph.text import render
from tierdeps.graph.view import build_view
from tierdeps.model import Dependency, Kind, Origin

PHASES = ("initialize", "autostart")
TIERS = (Tier("core"), Tier("hypervisor", after=("core",)))


def text(*drivers: Driver, view: View | None = None, disabled: tuple[str, ...] = ()) -> str:
    graph = DependencyGraph(drivers, TIERS, disabled=disabled).with_all_facts()
    return "".join(f"{line}\n" for line in render(build_view(graph), view or View()))


def test_is_read_from_the_top() -> None:
    found = text(
        Driver("secret", phases=PHASES, provides=("lookup",)),
        Driver(
            "storage",
            phases=PHASES,
            dependencies=(
                after("secret"),
                requires("lookup", phase="autostart", when="pool.auth"),
                before("qemu"),
            ),
        ),
        Driver("qemu", tier="hypervisor", dependencies=(requires("storage"),)),
        disabled=("secret",),
    )
    assert (
        found
        == """\
2 tiers, 3 drivers, 4 dependencies

tier core
  stage 1
    secret  (disabled)
  stage 2
    storage
      requires secret as lookup, autostart -> autostart, when pool.auth
      after secret

tier hypervisor
  stage 1
    qemu
      requires storage
      after storage (storage says so)
"""
    )


def test_without_an_order_says_so_and_marks_what_is_wrong() -> None:
    found = text(
        Driver("a", dependencies=(requires("b"), requires("qemu"), requires("ghost"))),
        Driver("b", dependencies=(requires("a"),)),
        Driver("qemu", tier="hypervisor"),
        Driver("c", tier="core", dependencies=(requires("qemu"), conflicts("b"))),
    )
    assert (
        found
        == """\
2 tiers, 4 drivers, 4 dependencies; it has no start order (for the reason: tierdeps check)

tier core
  c
    requires qemu  [inversion: hypervisor is a later tier]
    conflicts with b

tier hypervisor
  a
    requires b  [cycle]
    requires qemu
    requires ghost  [missing]
  b
    requires a  [cycle]
  qemu
"""
    )


@pytest.mark.parametrize("view", [View(explain=True), View(verbose=True)])
def test_says_on_request_why_and_who_declared_it(view: View) -> None:
    needs = Dependency(Kind.REQUIRES, "b", reason="keys", origin=Origin("a.toml", 3, "drivers.a.requires[0]"))
    found = text(Driver("a", dependencies=(needs,)), Driver("b"), view=view)
    assert (
        """\
      requires b
          because keys
          declared by a.toml:3, drivers.a.requires[0]
"""
        in found
    )


def test_what_a_terminal_would_act_upon_is_escaped() -> None:
    found = text(Driver("\x1b[31m", dependencies=(requires("b\n", when="\x07"),)), Driver("b\n"))
    assert "\\x1b[31m\n      requires b\\n, when \\x07\n" in found
    assert found.isascii()


def test_trouble_is_red_only_where_colours_are_wanted() -> None:
    drivers = (Driver("a", dependencies=(requires("ghost"),)),)
    assert "\x1b[31mrequires ghost  [missing]\x1b[0m" in text(*drivers, view=View(color=True))
    assert "\x1b" not in text(*drivers)
