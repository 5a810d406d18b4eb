"""Random declarations with all of the vocabulary, from tiers and kinds to choices and disabled drivers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import strategies as st

from tierdeps._util.frozen import replace
from tierdeps.model import Declarations, Dependency, Driver, Kind, OnSkipped, Origin, Step, Tier
from tierdeps.model.coupling import UNCOUPLED, Coupling, OnLoss, OnRestart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

NAMES = ("a", "b", "c", "d", "e", "f")
CAPABILITIES = ("x", "y")
FACTS = ("hot", "wet")
TIERS = ("first", "middle", "later")
PHASES = (("start",), ("start",), ("initialize", "autostart"), ("one", "two", "three"))
ABSENT = "nowhere"
#: One order, said by two declarers.
TIER_ORDER = (Tier("later", after=("middle",)), Tier("first"), Tier("middle"), Tier("first", before=("middle",)))

kinds = st.sampled_from([Kind.REQUIRES, *Kind])
ordering_kinds = st.sampled_from([kind for kind in Kind if kind.orders])
facts = st.sampled_from([None, None, None, *FACTS])
skips = st.sampled_from([OnSkipped.PASS, OnSkipped.PASS, OnSkipped.BLOCK])
couplings = st.sampled_from([UNCOUPLED, UNCOUPLED, Coupling(on_loss=OnLoss.KEEP), Coupling(OnRestart.RESTART)])
reasons = st.sampled_from(["", "it reads its keys"])
tier_orders: st.SearchStrategy[tuple[Tier, ...]] = st.sampled_from([(), TIER_ORDER])


@st.composite
def declarations(draw: st.DrawFn) -> Declarations:
    """Anything that can be declared, most of it wrong somehow: cycles, inversions, missing and ambiguous targets."""
    tiers = draw(tier_orders)
    names = NAMES[: draw(st.integers(1, 6))]
    drivers = tuple(draw(_drivers(name, names, tiers)) for name in names)
    return _settle(draw, drivers, tiers, draw(_choices(drivers)))


@st.composite
def cyclic(draw: st.DrawFn) -> Declarations:
    """Drivers that need each other in cycles, most of them, often by what they provide, with little else wrong."""
    names = NAMES[: draw(st.integers(2, 5))]
    phases = {name: draw(st.sampled_from(PHASES)) for name in names}
    drivers = []
    for name in names:
        others = [*(other for other in names if other != name), *CAPABILITIES]
        found = draw(st.lists(_dependencies(others, phases, phases[name]), min_size=1, max_size=2))
        provides = tuple(sorted(draw(st.sets(st.sampled_from(CAPABILITIES), max_size=2))))
        drivers.append(Driver(name, None, phases[name], tuple(map(_modest, found)), provides))
    return _settle(draw, tuple(drivers), (), draw(_choices(drivers)))


def _modest(item: Dependency) -> Dependency:
    """Make of a dependency one that can do without what is not there, and conflicts with nothing."""
    if item.kind is Kind.REQUIRES and item.target in CAPABILITIES:
        return replace(item, kind=Kind.WANTS, skipped=OnSkipped.PASS)
    return item if item.kind.orders else replace(item, kind=Kind.AFTER, coupling=UNCOUPLED)


class _Frame(NamedTuple):
    """Steps in an order, from which only dependencies that keep to it are drawn."""

    order: list[Step]
    phases: Mapping[str, tuple[str, ...]]
    provides: Mapping[str, tuple[str, ...]]
    chosen: str


@st.composite
def orderly(draw: st.DrawFn) -> Declarations:
    """Drivers that have an order, many of them by needing each other in different phases."""
    tiers = draw(tier_orders)
    names = NAMES[: draw(st.integers(1, 6))]
    rank = {name: draw(st.integers(0, 2)) for name in names}
    frame = draw(_frames(names, rank))
    found: dict[str, list[Dependency]] = {name: [] for name in names}
    for _ in range(draw(st.sampled_from([1, 3, 6, 9, 12]))):
        declarer, item = draw(_fitting(frame))
        found[declarer].append(item)
    drivers = tuple(
        Driver(
            name,
            TIERS[rank[name]] if draw(st.booleans()) and tiers else None,
            frame.phases[name],
            tuple(found[name]),
            frame.provides[name],
        )
        for name in names
    )
    return _settle(draw, drivers, tiers, {"x": frame.chosen})


@st.composite
def _frames(draw: st.DrawFn, names: Sequence[str], rank: Mapping[str, int]) -> _Frame:
    phases = {name: draw(st.sampled_from(PHASES[1:])) for name in names}
    chosen = draw(st.sampled_from(names))
    provides = {
        name: ("x", f"own-{name}") if name == chosen or draw(st.booleans()) else (f"own-{name}",) for name in names
    }
    turns = draw(st.permutations([name for name in names for _ in phases[name]]))
    left = {name: iter(phases[name]) for name in names}
    order = [Step(name, next(left[name])) for name in turns]
    return _Frame(sorted(order, key=lambda step: rank[step.driver]), phases, provides, chosen)


@st.composite
def _fitting(draw: st.DrawFn, frame: _Frame) -> tuple[str, Dependency]:
    """Draw a dependency of a later step on an earlier one, and who declares it; or one on what is not there."""
    kind = draw(ordering_kinds)
    dependent = draw(st.sampled_from(frame.order))
    earlier = [step for step in frame.order[: frame.order.index(dependent)] if step.driver != dependent.driver]
    if not earlier:
        return dependent.driver, Dependency(Kind.WANTS, ABSENT, when=draw(facts))
    needed = draw(st.sampled_from(earlier))
    own, far = (needed, dependent) if kind.is_mirrored else (dependent, needed)
    names = [far.driver, f"own-{far.driver}"]
    if kind in (Kind.REQUIRES, Kind.WANTS) and far.driver == frame.chosen:
        names.append("x")
    mine, its = (-1, 0) if kind.is_mirrored else (0, -1)
    phase = None if own.phase == frame.phases[own.driver][mine] and draw(st.booleans()) else own.phase
    ready = far.phase == frame.phases[far.driver][its] and draw(st.booleans())
    name = draw(st.sampled_from(names))
    target = name if ready else f"{name}:{far.phase}"
    return own.driver, Dependency(kind, target, phase, draw(facts), draw(reasons))


@st.composite
def inverted(draw: st.DrawFn) -> Declarations:
    """Drivers that would have an order if their tiers were not drawn by lot."""
    found = draw(orderly())
    drivers = tuple(replace(driver, tier=draw(st.sampled_from([None, *TIERS]))) for driver in found.drivers)
    return placed(replace(found, drivers=drivers, tiers=TIER_ORDER))


@st.composite
def mistaken(draw: st.DrawFn) -> Declarations:
    """Anything, with names in it that are misspelt: tiers, targets, phases, choices; and orders of tiers that clash."""
    found = draw(st.one_of(declarations(), inverted()))
    drivers = tuple(draw(_misspelt(driver)) for driver in found.drivers)
    tiers = (
        *found.tiers,
        *draw(st.sampled_from([(), (Tier("first", after=("later",)),), (Tier("middle", before=("first", "late")),)])),
    )
    choices = {**found.choices, **draw(st.sampled_from([{}, {}, {"x": "nobody"}, {"y": "a"}]))}
    return placed(replace(found, drivers=drivers, tiers=tiers, choices=choices))


@st.composite
def _misspelt(draw: st.DrawFn, driver: Driver) -> Driver:
    twice = st.integers(0, 4).map(lambda number: number == 0)
    dependencies = tuple(
        replace(
            item,
            target=f"{item.target[0]}{item.target}" if draw(twice) else item.target,
            phase=f"{item.phase}s" if item.phase and draw(twice) else item.phase,
        )
        for item in driver.dependencies
    )
    tier = f"{driver.tier}s" if driver.tier and draw(twice) else driver.tier
    return replace(driver, tier=tier, dependencies=dependencies)


@st.composite
def _drivers(draw: st.DrawFn, name: str, names: Sequence[str], tiers: Sequence[Tier]) -> Driver:
    own = draw(st.sampled_from(PHASES))
    phases: dict[str, tuple[str, ...]] = dict.fromkeys(names, ("start",))
    return Driver(
        name,
        draw(st.sampled_from([None, *TIERS])) if tiers else None,
        own,
        tuple(draw(st.lists(_dependencies((*names, *CAPABILITIES, ABSENT), phases, own), max_size=3))),
        tuple(sorted(draw(st.sets(st.sampled_from(CAPABILITIES), max_size=2)))),
        when=draw(st.sampled_from([None, None, None, None, None, *FACTS])),
    )


@st.composite
def _dependencies(
    draw: st.DrawFn, targets: Sequence[str], phases: Mapping[str, tuple[str, ...]], own: tuple[str, ...]
) -> Dependency:
    target = draw(st.sampled_from(targets))
    phase = draw(st.sampled_from([None, None, *phases.get(target, ())]))
    kind = draw(kinds)
    return Dependency(
        kind,
        target if phase is None else f"{target}:{phase}",
        draw(st.sampled_from([None, None, *own])),
        draw(facts),
        draw(reasons),
        skipped=draw(skips) if kind is Kind.REQUIRES else OnSkipped.PASS,
        coupling=draw(couplings) if kind in (Kind.REQUIRES, Kind.WANTS) else UNCOUPLED,
    )


@st.composite
def _choices(draw: st.DrawFn, drivers: Sequence[Driver]) -> dict[str, str]:
    providers = {name: [item.name for item in drivers if name in item.provides] for name in CAPABILITIES}
    choices = {name: draw(st.sampled_from([None, *found, *found])) for name, found in providers.items()}
    return {name: provider for name, provider in choices.items() if provider is not None}


def _settle(
    draw: st.DrawFn, drivers: tuple[Driver, ...], tiers: tuple[Tier, ...], choices: Mapping[str, str]
) -> Declarations:
    """Add what the host and the settings say, and give each declaration an origin of its own."""
    stated: dict[str, bool] = draw(st.dictionaries(st.sampled_from(FACTS), st.booleans()))
    disabled = draw(st.frozensets(st.sampled_from([item.name for item in drivers]), max_size=1))
    return placed(Declarations(drivers, tiers, stated, choices, disabled))


def placed(found: Declarations) -> Declarations:
    """Give each declaration an origin of its own, as a file with a line for each has."""
    lines = iter(range(1, 10_000))

    def place(item: Any) -> Any:
        return replace(item, origin=Origin("graph.toml", next(lines)))

    drivers = tuple(
        place(replace(driver, dependencies=tuple(place(item) for item in driver.dependencies)))
        for driver in found.drivers
    )
    return replace(found, drivers=drivers, tiers=tuple(place(tier) for tier in found.tiers))


def shuffled(found: Declarations, random: Random) -> Declarations:
    """Declare the same in another order."""

    def shuffle(items: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(random.sample(items, len(items)))

    drivers = tuple(
        replace(item, dependencies=shuffle(item.dependencies), provides=shuffle(item.provides))
        for item in found.drivers
    )
    stated = dict(shuffle(list(found.facts.items())))
    choices = dict(shuffle(list(found.choices.items())))
    return Declarations(shuffle(drivers), shuffle(found.tiers), stated, choices, found.disabled)
