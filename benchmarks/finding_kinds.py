"""Graphs that each have many findings of one kind, for every code that a graph by itself can have."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

SEED = 7
Document = dict[str, Any]
Drivers = dict[str, Document]


class Kind(NamedTuple):
    """A kind of finding: the ``code`` that is counted, a graph with so many, and what else the command is given.

    ``write`` returns the graph file; with ``settings``, it is the file of the settings that has the findings. ``other``
    returns another graph file, which the command is given too. ``baseline`` are the options by which all findings are
    added to a baseline before, with which the command is measured; ``fixed`` returns the graph file of that time.
    """

    code: str
    write: Callable[[int], Document]
    options: tuple[str, ...] = ()
    command: str = "check"
    settings: Callable[[int], str] | None = None
    other: Callable[[int], Document] | None = None
    baseline: tuple[str, ...] = ()
    fixed: Callable[[int], Document] | None = None


def _names(count: int, stem: str = "driver") -> list[str]:
    """Return names in an order that is not that of their numbers."""
    names = [f"{stem}-{number:06}" for number in range(count)]
    random.Random(SEED).shuffle(names)  # noqa: S311  nothing here is secret
    return names


def _spread(count: int, stem: str = "driver") -> list[str]:
    """Return names of letters, so that one is not similar to all others."""
    chance = random.Random(SEED)  # noqa: S311  nothing here is secret
    return [f"{stem}-" + "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=12)) for _ in range(count)]


def _neighbours(count: int) -> list[tuple[str, str]]:
    names = _names(count)
    return list(zip(names, [*names[1:], names[0]], strict=True))


def _graph(drivers: Drivers, **others: object) -> Document:
    return {**others, "drivers": drivers}


def _pairs(count: int) -> list[tuple[str, str]]:
    return list(zip(_names(count, "one"), _names(count, "two"), strict=True))


def _of_pairs(count: int, one: Document, key: str, two: Document | None = None) -> Drivers:
    """Return pairs of drivers, the first of which has a dependency on the second."""
    return {
        name: values
        for first, second in _pairs(count)
        for name, values in ((first, {**one, key: [second]}), (second, dict(two or {})))
    }


def cycles(count: int) -> Document:
    """Return pairs that need each other."""
    return _graph({a: {"requires": [b]} for pair in _pairs(count) for a, b in (pair, pair[::-1])})


def cycles_and_one(count: int) -> Document:
    """Return the same pairs, and one dependency more."""
    found = cycles(count)
    first, *_, last = found["drivers"]
    found["drivers"][first]["requires"].append(last)
    return found


def inversions(count: int) -> Document:
    """Return dependencies on drivers of a later tier."""
    drivers = _of_pairs(count, {"tier": "core"}, "requires", {"tier": "apps"})
    return _graph(drivers, tiers={"order": ["core", "apps"]})


def inversions_on_one(count: int) -> Document:
    """Return dependencies on one driver of a later tier."""
    drivers: Drivers = {name: {"tier": "core", "requires": ["hub"]} for name in _names(count)}
    return _graph({**drivers, "hub": {"tier": "apps"}}, tiers={"order": ["core", "apps"]})


def missing(count: int) -> Document:
    """Return requirements of names that are similar to others."""
    return _graph({name: {"requires": [f"{other}x"]} for name, other in _neighbours(count)})


def missing_swapped(count: int) -> Document:
    """Return requirements of names that are two edits from others, which have letters in common with few."""
    names = _spread(count)
    return _graph({name: {"requires": [f"{other[:-2]}-z"]} for name, other in zip(names, names[::-1], strict=True)})


def missing_unlike(count: int) -> Document:
    """Return requirements of names that are like no other."""
    return _graph({name: {"requires": [f"{number:x}!{number * 7919:x}"]} for number, name in enumerate(_names(count))})


def missing_long(count: int) -> Document:
    """Return requirements of names of 100 letters."""
    drivers: Drivers = {f"{name:x<100}": {"requires": [f"{name:y<100}"]} for name in _spread(count)}
    return _graph(drivers)


def missing_phases(count: int) -> Document:
    """Return requirements of a phase of a driver whose name is misspelt."""
    return _graph(
        {name: {"requires": [f"{other}x:initialise"], "phases": ["initialize"]} for name, other in _neighbours(count)}
    )


def ambiguous(count: int) -> Document:
    """Return requirements of a capability each, which two drivers provide."""
    drivers: Drivers = {}
    for number, name in enumerate(_names(count)):
        drivers[name] = {"requires": [f"cap-{number}"]}
        drivers[f"{name}-a"] = drivers[f"{name}-b"] = {"provides": [f"cap-{number}"]}
    return _graph(drivers)


def ambiguous_shared(count: int) -> Document:
    """Return requirements of one capability that as many drivers provide."""
    drivers: Drivers = {name: {"requires": ["cap"]} for name in _names(count)}
    return _graph({**drivers, **{name: {"provides": ["cap"]} for name in _names(count, "provider")}})


def wrong_choices(count: int) -> Document:
    """Return choices of drivers that do not provide what they are chosen for."""
    return {**ambiguous(count), "choose": {f"cap-{number}": "driver-x" for number in range(count)}}


def conflicts(count: int) -> Document:
    """Return pairs that conflict."""
    return _graph(_of_pairs(count, {}, "conflicts"))


def conflicts_with_one(count: int) -> Document:
    """Return drivers that conflict with one."""
    return _graph({**{name: {"conflicts": ["hub"]} for name in _names(count)}, "hub": {}})


def inactive_conflicts(count: int) -> Document:
    """Return pairs that conflict and are required by one driver that is not active."""
    drivers = _of_pairs(count, {}, "conflicts")
    for number, (one, two) in enumerate(_pairs(count)):
        drivers[f"both-{number}"] = {"requires": [one, two]}
    return _graph({**drivers, "root": {}}, targets=["root"])


def unknown_phases(count: int) -> Document:
    """Return requirements of a phase that one driver does not have."""
    drivers: Drivers = {name: {"requires": [f"hub:initialise-{name}"]} for name in _names(count)}
    return _graph({**drivers, "hub": {"phases": ["initialize", "autostart"]}})


def unknown_phases_of_many(count: int) -> Document:
    """Return requirements of a phase that a driver with as many does not have."""
    drivers: Drivers = {name: {"requires": [f"hub:{name}x"]} for name in _names(count)}
    return _graph({**drivers, "hub": {"phases": _spread(count, "phase")}})


def unknown_tiers(count: int) -> Document:
    """Return drivers in tiers that are not declared, where two are."""
    drivers: Drivers = {name: {"tier": f"cor{number}"} for number, name in enumerate(_names(count))}
    return _graph(drivers, tiers={"order": ["core", "apps"]})


def unknown_tiers_of_many(count: int) -> Document:
    """Return drivers in tiers that are not declared, where as many are."""
    drivers: Drivers = {name: {"tier": f"tier-x{number}"} for number, name in enumerate(_names(count))}
    return _graph(drivers, tiers={"order": _names(count, "tier")})


def unknown_tiers_in_orders(count: int) -> Document:
    """Return orders of tiers that are not declared."""
    tiers = [{"name": name, "after": [f"{name}x"]} for name in _names(count, "tier")]
    return _graph({"one": {}}, tiers={"declare": tiers})


def tier_cycles(count: int) -> Document:
    """Return pairs of tiers that come after each other."""
    tiers = [{"name": one, "after": [other]} for pair in _pairs(count) for one, other in (pair, pair[::-1])]
    return _graph({"one": {}}, tiers={"declare": tiers})


def themselves(count: int) -> Document:
    """Return drivers that require themselves."""
    return _graph({name: {"requires": [name]} for name in _names(count)})


def redundant(count: int) -> Document:
    """Return dependencies that follow from two others."""
    drivers: Drivers = {}
    for one, two in _pairs(count):
        drivers |= {one: {"requires": [two, f"{two}-3"]}, two: {"requires": [f"{two}-3"]}, f"{two}-3": {}}
    return _graph(drivers)


def redundant_to_one(count: int) -> Document:
    """Return dependencies on one driver, which follow from those along a chain."""
    names = _names(count)
    drivers: Drivers = {
        name: {"requires": ["hub", *([names[number - 1]] if number else [])]} for number, name in enumerate(names)
    }
    return _graph({**drivers, "hub": {}})


def repeated(count: int) -> Document:
    """Return dependencies that are declared twice."""
    return _graph({**{name: {"requires": ["hub", "hub"]} for name in _names(count)}, "hub": {}})


def tier_ties(count: int) -> Document:
    """Return tiers without an order."""
    return _graph({"one": {}}, tiers={"declare": [{"name": name} for name in _names(count, "tier")]})


def unused(count: int) -> Document:
    """Return capabilities that nothing depends on."""
    return _graph({name: {"provides": [f"{name}-cap"]} for name in _names(count)})


def without_tier(count: int) -> Document:
    """Return drivers without a tier in a graph with tiers."""
    return _graph({name: {} for name in _names(count)}, tiers={"order": ["core", "apps"]})


def without_tier_in_chain(count: int) -> Document:
    """Return a chain of drivers without a tier."""
    names = _names(count)
    drivers = {name: {"requires": names[number - 1 : number] if number else []} for number, name in enumerate(names)}
    return _graph(drivers, tiers={"order": ["core", "apps"]})


def unstated(count: int) -> Document:
    """Return dependencies that are each conditional on a fact that is not set."""
    drivers: Drivers = {
        name: {"requires": [{"on": "hub", "when": f"fact-{number}"}]} for number, name in enumerate(_names(count))
    }
    return _graph({**drivers, "hub": {}})


def unstated_like_set(count: int) -> Document:
    """Return the same beside as many facts that are set, of similar names."""
    return {**unstated(count), "facts": {f"fact-x{number}": True for number in range(count)}}


def unstated_of_drivers(count: int) -> Document:
    """Return drivers that are each conditional on a fact that is not set."""
    return _graph({name: {"when": f"fact-{number}"} for number, name in enumerate(_names(count))})


def unknown_wants(count: int) -> Document:
    """Return wants of names that are similar to others."""
    return _graph({name: {"wants": [f"{other}x"]} for name, other in _neighbours(count)})


def choices_of_nothing(count: int) -> Document:
    """Return choices of a driver for capabilities that nothing provides."""
    drivers: Drivers = {name: {"provides": [f"cap-{name}"]} for name in _names(count)}
    return _graph(drivers, choose={f"cap-x{number}": "driver-x" for number in range(count)})


def choices_of_one(count: int) -> Document:
    """Return choices of names that are not a driver, among two providers each."""
    drivers: Drivers = {
        f"{name}-{which}": {"provides": [f"cap-{name}"]} for name in _names(count) for which in ("a", "b")
    }
    return _graph(drivers, choose={f"cap-{name}": f"{name}-c" for name in _names(count)})


def set_in_vain(count: int) -> Document:
    """Return facts that are set and on which nothing is conditional, beside as many others."""
    drivers = unstated(count)["drivers"]
    return _graph(drivers, facts={f"fact-{number}{x}": True for number in range(count) for x in ("", "x")})


def plain(count: int) -> Document:
    """Return drivers with which nothing is wrong."""
    return _graph({name: {} for name in _names(count)})


def tables(count: int) -> str:
    """Return settings with tables for drivers that are not there."""
    return "".join(f'[drivers."{name}x"]\nurl = "a"\n' for name in _names(count))


def additions(count: int) -> str:
    """Return settings that add dependencies to drivers that are not there."""
    return "".join(f'[[dependencies]]\ndriver = "{name}x"\nwants = ["{name}"]\n' for name in _names(count))


def disabled(count: int) -> Document:
    """Return requirements of drivers that are disabled."""
    return _graph(_of_pairs(count, {}, "requires"), disable=[two for _, two in _pairs(count)])


def disabled_one(count: int) -> Document:
    """Return requirements of one driver that is disabled."""
    return _graph({**{name: {"requires": ["hub"]} for name in _names(count)}, "hub": {}}, disable=["hub"])


def disabled_targets(count: int) -> Document:
    """Return targets that are disabled."""
    return _graph({name: {} for name in _names(count)}, disable=_names(count), targets=_names(count))


def conditional(count: int) -> Document:
    """Return requirements of drivers that are there only when a fact holds."""
    drivers = _of_pairs(count, {}, "requires", {"when": "fact"})
    return _graph(drivers, facts={"fact": True})


def dropped(count: int) -> Document:
    """Return wanted drivers that require what is not there."""
    drivers: Drivers = {name: {"requires": [f"{name}-missing"]} for name in _names(count)}
    return _graph({**drivers, "root": {"wants": _names(count)}}, targets=["root"])


def dropped_conflicts(count: int) -> Document:
    """Return wanted drivers that conflict with one that is required."""
    drivers: Drivers = {name: {"conflicts": ["hub"]} for name in _names(count)}
    return _graph({**drivers, "hub": {}, "root": {"requires": ["hub"], "wants": _names(count)}}, targets=["root"])


def unknown_targets(count: int) -> Document:
    """Return targets that no driver is."""
    return _graph({name: {} for name in _names(count)}, targets=[f"{name}x" for name in _names(count)])


def idle(count: int) -> Document:
    """Return terms of dependencies that another dependency overrules."""
    return _graph(
        {
            **{name: {"requires": [{"on": "hub", "on_loss": "keep"}, "hub:initialize"]} for name in _names(count)},
            "hub": {"phases": ["initialize", "autostart"]},
        }
    )


def unfit(count: int) -> Document:
    """Return lifecycle classes that cannot be imported."""
    return _graph({name: {"lifecycle": f"no_such_module_{number}:Class"} for number, name in enumerate(_names(count))})


KINDS: dict[str, Kind] = {
    function.__name__: Kind(code, function)
    for code, functions in {
        "TD101": (cycles,),
        "TD102": (inversions, inversions_on_one),
        "TD103": (missing, missing_swapped, missing_unlike, missing_long, missing_phases, unknown_targets),
        "TD104": (ambiguous, ambiguous_shared, wrong_choices),
        "TD106": (conflicts, conflicts_with_one, inactive_conflicts),
        "TD107": (unknown_phases, unknown_phases_of_many),
        "TD108": (unknown_tiers, unknown_tiers_of_many, unknown_tiers_in_orders, tier_cycles),
        "TD109": (themselves,),
        "TD202": (tier_ties,),
        "TD203": (unused,),
        "TD204": (without_tier, without_tier_in_chain),
        "TD206": (
            unknown_wants,
            choices_of_nothing,
            choices_of_one,
            set_in_vain,
            unstated,
            unstated_like_set,
            unstated_of_drivers,
        ),
        "TD207": (disabled, disabled_one, disabled_targets, conditional),
        "TD208": (dropped, dropped_conflicts),
        "TD209": (idle,),
    }.items()
    for function in functions
} | {
    "tables": Kind("TD206", plain, settings=tables),
    "additions": Kind("TD206", plain, settings=additions),
    "repeated": Kind("TD201", repeated),
    "redundant": Kind("TD201", redundant, ("--select", "TD201")),
    "redundant_to_one": Kind("TD201", redundant_to_one, ("--select", "TD201")),
    "duplicates": Kind("TD105", plain, other=plain),
    "cycles_on_both_sides": Kind("diff", cycles, command="diff", other=cycles_and_one),
    "excused": Kind("TD103", missing, baseline=("--reason", "known")),
    "expired": Kind("TD402", missing, baseline=("--reason", "known", "--until", "2020-01-01")),
    "unfit": Kind("TD304", unfit, ("--lifecycles",)),
    "stale": Kind("TD401", missing, baseline=("--reason", "known"), fixed=plain),
    "unstated_in_order": Kind("TD205", unstated_like_set, command="order"),
}
