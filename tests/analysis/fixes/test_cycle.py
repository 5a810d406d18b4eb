"""Fixes of cycles: computed, tried on the graph, and offered only with what then holds."""

from __future__ import annotations

import re

from tierdeps import DependencyGraph, Driver, Tier, after, before, requires, wants
from tierdeps._util.frozen import replace
from tierdeps.analysis.fixes.cycle import cycle_fixes
from tierdeps.analysis.fixes.trial import Trials
from tierdeps.model import Choose, Dependency, Drop, Fix, Replace

TWO = ("initialize", "autostart")
TIERS = (Tier("core"), Tier("app", after=("core",)))


def needing(name: str, *dependencies: Dependency, tier: str | None = None, provides: tuple[str, ...] = ()) -> Driver:
    return Driver(name, tier, dependencies=dependencies, provides=provides)


def of_cycle(graph: DependencyGraph) -> tuple[Fix, ...]:
    (cycle,) = graph.cycles()
    return cycle_fixes(Trials(graph), cycle)


def of_first(graph: DependencyGraph) -> tuple[Fix, ...]:
    return cycle_fixes(Trials(graph), graph.cycles()[0])


def told(fix: Fix) -> str:
    """Return what a fix says, without the line of this file that declares what it is about."""
    return re.sub(r" \(tests/analysis/fixes/test_cycle\.py:\d+\)", "", fix.summary)


def libvirt(*others: Driver, tiers: tuple[Tier, ...] = ()) -> DependencyGraph:
    """Storage looks its keys up through QEMU, whose domains need storage."""
    placed = [None, None] if not tiers else ["core", "app"]
    storage = Driver("storage", placed[0], TWO, (requires("qemu", phase="autostart", reason="CephX keys"),))
    qemu = Driver("qemu", placed[1], TWO, (requires("storage"),), ("secret-lookup",))
    return DependencyGraph((storage, qemu, *others), tiers)


def test_another_provider_of_what_is_needed_comes_first() -> None:
    config = Driver("config", provides=("secret-lookup",))
    fixes = of_cycle(libvirt(config))
    assert told(fixes[0]) == "let storage depend on config instead of qemu: it provides secret-lookup too"
    assert fixes[0].proof == "verified: no cycle remains"
    assert isinstance(fixes[0].change, Replace)
    assert fixes[0].change.replacement.target == "config"


def test_a_choice_in_the_settings_is_offered_where_a_capability_is_needed() -> None:
    graph = DependencyGraph(
        (
            needing("storage", requires("secret-lookup")),
            needing("qemu", requires("storage"), provides=("secret-lookup",)),
            Driver("secret", provides=("secret-lookup",)),
        ),
        choices={"secret-lookup": "qemu"},
    )
    fixes = of_cycle(graph)
    assert fixes[0].change == Choose("secret-lookup", "secret")
    assert fixes[0].summary == (
        'choose secret for secret-lookup instead of qemu: "secret-lookup" = "secret" in [choose], in the settings'
    )


def test_a_provider_that_closes_another_cycle_is_not_offered() -> None:
    graph = libvirt(Driver("config", dependencies=(requires("storage"),), provides=("secret-lookup",)))
    assert not any(
        isinstance(fix.change, Replace) and fix.change.replacement.target == "config" for fix in of_cycle(graph)
    )


def test_a_provider_in_a_later_tier_is_not_offered() -> None:
    graph = DependencyGraph(
        (
            needing("a", requires("b"), tier="core"),
            needing("b", requires("a"), tier="core", provides=("door",)),
            needing("late", tier="app", provides=("door",)),
            needing("early", tier="core", provides=("door",)),
        ),
        TIERS,
    )
    found = [told(fix) for fix in of_cycle(graph)]
    assert "let a depend on early instead of b: it provides door too" in found
    assert not any("late" in text for text in found)


def test_a_choice_that_inverts_another_drivers_need_is_not_offered() -> None:
    drivers = (
        needing("a", requires("door"), tier="core"),
        needing("b", requires("a"), tier="core", provides=("door",)),
        needing("c", requires("q"), tier="core", provides=("door",)),
        needing("q"),
        needing("r", requires("door"), tier="first"),
    )
    tiers = (*TIERS, Tier("first", before=("core",)))
    fine = DependencyGraph(drivers[:-1], tiers, choices={"door": "b"})
    assert any(fix.change == Choose("door", "c") for fix in of_cycle(fine))
    graph = DependencyGraph(drivers, tiers, choices={"door": "b"})
    assert not any(isinstance(fix.change, Choose) for fix in of_cycle(graph))


def test_a_disabled_provider_is_not_offered() -> None:
    drivers = libvirt(Driver("config", provides=("secret-lookup",))).declarations.drivers
    graph = DependencyGraph(drivers, disabled=["config"])
    assert not any("config" in fix.summary for fix in of_cycle(graph))


def test_a_provider_of_two_needed_capabilities_is_offered_once() -> None:
    graph = DependencyGraph(
        (
            needing("a", requires("b")),
            needing("b", requires("a"), provides=("z", "y")),
            Driver("c", provides=("y", "z")),
        )
    )
    assert [told(fix) for fix in of_cycle(graph)][:-2] == ["let a depend on c instead of b: it provides y too"]


def test_a_driver_that_only_comes_after_another_is_offered_no_other_provider() -> None:
    graph = DependencyGraph(
        (needing("a", after("b")), needing("b", after("a"), provides=("door",)), Driver("c", provides=("door",)))
    )
    assert [fix.change.action for fix in of_cycle(graph) if fix.change] == ["drop", "drop"]


def test_a_driver_that_comes_before_another_is_offered_no_other_provider() -> None:
    graph = DependencyGraph(
        (needing("a", before("b"), provides=("door",)), needing("b", before("a")), Driver("c", provides=("door",)))
    )
    assert [fix.change.action for fix in of_cycle(graph) if fix.change] == ["drop", "drop"]


def test_a_phase_that_is_enough_is_offered() -> None:
    fixes = of_cycle(libvirt())
    assert [fix.change.action for fix in fixes if fix.change] == ["replace", "drop", "drop"]
    assert told(fixes[0]) == (
        "if it is enough that qemu:initialize requires storage:initialize, declare that in place of:"
        " qemu:initialize requires storage:autostart"
    )
    assert fixes[0].proof == "verified: no cycle remains"


def test_no_phase_is_offered_where_none_is_enough() -> None:
    graph = DependencyGraph((needing("a", requires("b")), needing("b", requires("a"))))
    assert [fix.change.action for fix in of_cycle(graph) if fix.change] == ["drop", "drop"]


def test_removals_come_last_and_the_preferred_one_of_them_first() -> None:
    graph = DependencyGraph((needing("a", requires("b")), needing("b", wants("a"))))
    fixes = of_cycle(graph)
    assert [(told(fix), fix.change) for fix in fixes] == [
        ("remove the dependency: b wants a", Drop("b", wants("a"))),
        ("remove the dependency: a requires b", Drop("a", requires("b"))),
    ]
    assert [fix.proof for fix in fixes] == ["verified: no cycle remains"] * 2


def test_of_a_longer_cycle_three_are_offered_and_the_others_are_counted() -> None:
    names = "abcde"
    ring = DependencyGraph(needing(one, requires(other)) for one, other in zip(names, "bcdea", strict=True))
    assert [(told(fix), fix.proof) for fix in of_cycle(ring)] == [
        ("remove the dependency: a requires b", "verified: no cycle remains"),
        ("remove the dependency: b requires c", "verified: no cycle remains"),
        ("remove the dependency: c requires d", "verified: no cycle remains; 2 others are as small"),
    ]


def test_a_single_other_is_counted_in_the_singular() -> None:
    ring = DependencyGraph(needing(one, requires(other)) for one, other in zip("abcd", "bcda", strict=True))
    assert of_cycle(ring)[-1].proof == "verified: no cycle remains; 1 other is as small"


def test_dependencies_of_drivers_that_few_need_are_offered_first() -> None:
    users = [needing(f"user{number}", requires("a")) for number in range(3)]
    graph = DependencyGraph((needing("a", requires("b")), needing("b", requires("a")), *users))
    assert [told(fix) for fix in of_cycle(graph)] == [
        "remove the dependency: b requires a",
        "remove the dependency: a requires b",
    ]


def test_small_sets_of_several_dependencies_are_offered_side_by_side() -> None:
    needs = {"a": "b", "b": "ac", "c": "b"}
    graph = DependencyGraph(needing(name, *map(requires, others)) for name, others in needs.items())
    fixes = of_cycle(graph)
    assert [[part.text for part in fix.parts] for fix in fixes] == [
        ["a requires b", "c requires b"],
        ["a requires b", "b requires c"],
        ["b requires a", "c requires b"],
    ]
    assert fixes[0].summary == "remove all 2 of these dependencies:"
    assert fixes[-1].proof == "verified: no cycle remains, and no smaller set is enough; 1 other is as small"


def test_more_sets_than_are_counted_are_at_least_so_many() -> None:
    names = [f"{number:02}" for number in range(21)]
    graph = DependencyGraph(
        needing(name, *(requires(names[other]) for other in (number - 1, number + 1) if 0 <= other < len(names)))
        for number, name in enumerate(names)
    )
    (fix,) = of_cycle(graph)
    assert len(fix.parts) == 20
    assert fix.proof.endswith("; at least 99 others are as small")


def test_a_large_set_is_one_fix() -> None:
    graph = DependencyGraph(needing(name, *(requires(other) for other in "abcd" if other != name)) for name in "abcd")
    (fix,) = of_cycle(graph)
    assert fix.summary == "remove all 6 of these dependencies:"
    assert [part.text for part in fix.parts][:2] == ["a requires b", "a requires c"]
    assert len(fix.parts) == 6
    assert fix.proof == "verified: no cycle remains, and no smaller set is enough; 23 others are as small"
    assert fix.change is None


def test_where_another_cycle_is_left_the_fix_names_where_none_is() -> None:
    graph = DependencyGraph(
        (
            needing("a", requires("b")),
            needing("b", requires("a")),
            needing("c", requires("d")),
            needing("d", requires("c")),
        )
    )
    fix = of_first(graph)[-1]
    assert fix.proof == "verified: no cycle remains among these drivers"


def test_where_the_same_drivers_need_each_other_once_more_it_says_so() -> None:
    graph = DependencyGraph(
        (
            Driver("a", None, TWO, (requires("b:initialize"), requires("b", phase="autostart"))),
            Driver("b", None, TWO, (requires("a:initialize"), requires("a", phase="autostart"))),
        )
    )
    fix = of_first(graph)[-1]
    assert fix.proof == "verified: no cycle remains among these steps"


def test_a_heuristic_answer_says_that_it_is_one() -> None:
    names = [f"{number:02}" for number in range(18)]
    graph = DependencyGraph(needing(name, *(requires(other) for other in names if other != name)) for name in names)
    assert of_cycle(graph)[-1].proof == "found by a heuristic: no cycle remains"


def test_of_a_cycle_that_is_an_inversion_too_a_fix_says_what_becomes_of_that() -> None:
    fixes = of_cycle(libvirt(Driver("secret", "core", provides=("secret-lookup",)), tiers=TIERS))
    assert [(fix.change.action, fix.proof) for fix in fixes if fix.change] == [
        ("replace", "verified: no cycle remains, and no inversion between them"),
        ("replace", "verified: no cycle remains; their inversion remains"),
        ("drop", "verified: no cycle remains; their inversion remains"),
        ("drop", "verified: no cycle remains, and no inversion between them"),
    ]


def test_a_fact_that_never_holds_can_be_said_to() -> None:
    graph = DependencyGraph((needing("a", requires("b", when="hot")), needing("b", requires("a"))), facts={"hot": True})
    assert of_cycle(graph)[-1].summary == "if hot is never true where this runs, exclude it: check --assume hot=no"


def test_where_little_was_searched_the_fix_says_that_fewer_may_be_enough() -> None:
    graph = DependencyGraph(
        (needing("a", requires("b")), needing("b", requires("a"), requires("c")), needing("c", requires("b")))
    )
    (cycle,) = graph.cycles()
    quick = replace(cycle, exact=False, quick=True, other_feedback_arcs=(), equal_count=1)
    proof = cycle_fixes(Trials(graph), quick)[-1].proof
    assert proof == (
        "found by a quick heuristic, as very many dependencies are on these cycles: no cycle remains, "
        "but fewer may be enough"
    )
