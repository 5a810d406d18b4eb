"""A graph as a picture, whatever is wrong with it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tierdeps import DependencyGraph, Driver, Tier, after, before, conflicts, requires, wants
from tierdeps.picture import Arrow, Picture, draw

TIERS = (Tier("core"), Tier("hypervisor", after=("core",)))
PHASES = ("initialize", "autostart")


def picture(*drivers: Driver, facts: dict[str, bool] | None = None, disabled: tuple[str, ...] = ()) -> Picture:
    return draw(DependencyGraph(drivers, TIERS, facts=facts, disabled=disabled))


def told(arrow: Arrow) -> str:
    marks = ["in a cycle"] if arrow.in_cycle else []
    marks += ["inversion"] if arrow.inversion else []
    return " ".join([arrow.dependent, "->", arrow.needed, *marks])


def test_tiers_are_groups_with_their_stages() -> None:
    found = picture(
        Driver("qemu", tier="hypervisor", dependencies=(requires("storage"),)),
        Driver("storage", tier="core", dependencies=(requires("secret"),)),
        Driver("secret", tier="core"),
    )
    assert [(group.name, group.stages) for group in found.groups] == [
        ("core", (("secret",), ("storage",))),
        ("hypervisor", (("qemu",),)),
    ]
    assert found.ordered
    assert list(map(told, found.arrows)) == ["qemu -> storage", "storage -> secret"]


def test_an_arrow_names_its_phases_only_where_they_are_not_the_usual_ones() -> None:
    found = picture(
        Driver("qemu", phases=PHASES, dependencies=(requires("storage"), before("late"))),
        Driver("storage", phases=PHASES, dependencies=(requires("qemu:initialize", phase="autostart"),)),
        Driver("late"),
    )
    assert [(told(arrow), arrow.label) for arrow in found.arrows] == [
        ("late -> qemu", ""),
        ("qemu -> storage in a cycle", ""),
        ("storage -> qemu in a cycle", "autostart -> initialize"),
    ]


def test_a_graph_with_a_cycle_has_groups_without_stages() -> None:
    found = picture(
        Driver("b", dependencies=(requires("a"),)), Driver("a", dependencies=(wants("b"),)), Driver("c", tier="core")
    )
    assert [(group.name, group.drivers, group.stages) for group in found.groups] == [("core", ("a", "b", "c"), ())]
    assert not found.ordered


def test_every_arrow_that_some_cycle_goes_along_is_marked_and_no_other() -> None:
    found = picture(
        Driver("a", dependencies=(requires("b"),)),
        Driver("b", dependencies=(requires("a"), requires("c"))),
        Driver("c", dependencies=(requires("b"), requires("out"))),
        Driver("out"),
        Driver("in", dependencies=(requires("a"),)),
    )
    assert list(map(told, found.arrows)) == [
        "a -> b in a cycle",
        "b -> a in a cycle",
        "b -> c in a cycle",
        "c -> b in a cycle",
        "c -> out",
        "in -> a",
    ]


def test_drivers_that_need_each_other_in_different_phases_are_no_cycle() -> None:
    found = picture(
        Driver("a", phases=PHASES, dependencies=(requires("b:initialize", phase="autostart"),)),
        Driver("b", phases=PHASES, dependencies=(requires("a:initialize", phase="autostart"),)),
    )
    assert list(map(told, found.arrows)) == ["a -> b", "b -> a"]
    assert [group.stages for group in found.groups] == [(("a", "b"),)]


def test_an_inversion_is_marked() -> None:
    found = picture(Driver("storage", tier="core", dependencies=(requires("qemu"),)), Driver("qemu", tier="hypervisor"))
    assert list(map(told, found.arrows)) == ["storage -> qemu inversion"]
    assert not found.ordered


def test_what_hangs_on_a_fact_that_is_no_is_not_drawn() -> None:
    drivers = (Driver("a", dependencies=(after("b", when="pool.auth"),)), Driver("b"))
    assert picture(*drivers).arrows == ()
    assert [arrow.edge.when for arrow in picture(*drivers, facts={"pool.auth": True}).arrows] == ["pool.auth"]


def test_what_leads_nowhere_is_kept_and_each_ghost_stands_once() -> None:
    found = picture(
        Driver("a", dependencies=(requires("ghost"), requires("b:never"))),
        Driver("b", dependencies=(requires("ghost"),)),
    )
    assert [loose.driver for loose in found.loose] == ["a", "a", "b"]
    assert found.ghosts == ("b:never (unknown phase)", "ghost (missing)")


def test_conflicts_are_apart_from_arrows() -> None:
    found = picture(Driver("a", dependencies=(conflicts("b"),)), Driver("b"))
    assert found.arrows == ()
    assert [(arrow.dependent, arrow.needed) for arrow in found.conflicts] == [("a", "b")]


def test_a_disabled_driver_keeps_its_place() -> None:
    found = picture(Driver("a", dependencies=(requires("b"),)), Driver("b"), disabled=("b",))
    assert [(node.name, node.disabled) for node in found.nodes] == [("a", False), ("b", True)]
    assert found.groups[0].stages == (("b",), ("a",))


def test_a_graph_without_drivers_has_a_picture() -> None:
    assert picture() == Picture((), (), ())


NAMES = st.sampled_from("abcdef")


@given(st.dictionaries(NAMES, st.tuples(st.sampled_from([None, "core", "hypervisor"]), st.sets(NAMES)), max_size=6))
def test_every_driver_stands_in_one_group_and_every_dependency_somewhere(
    needs: dict[str, tuple[str | None, set[str]]],
) -> None:
    drivers = [
        Driver(name, tier=tier, dependencies=tuple(requires(other) for other in sorted(others)))
        for name, (tier, others) in needs.items()
    ]
    found = picture(*drivers)
    assert sorted(name for group in found.groups for name in group.drivers) == sorted(needs)
    assert len(found.arrows) + len(found.loose) == sum(len(others) for _, others in needs.values())
