"""TD304: a lifecycle that does not fit its driver's phases."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Kind, Severity
from tierdeps.rule_codes import UNFIT_LIFECYCLE
from tierdeps.rules import Rule, RuleContext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tierdeps.conformance import Misfit
    from tierdeps.conformance.reference import UnusableReference
    from tierdeps.graph import DependencyGraph
    from tierdeps.lifecycle import Lifecycle
    from tierdeps.model import Driver

    #: The drivers of one lifecycle and the same phases.
    Kinds = dict[tuple[type | str, tuple[str, ...]], list[Driver]]

#: The number of drivers whose declarations one finding shows.
MAX_SHOWN = 10


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each reference that leads nowhere, and each thing in which a class does not fit.

    A class that is given as text is imported only if the context says so; otherwise only its form is checked.
    """
    kinds = _kinds(context.graph)
    if not kinds:
        return
    from tierdeps.conformance.reference import (  # where there is a lifecycle
        UnusableReference,
        check_constructor,
        check_form,
    )

    classes: dict[type | str, type[Lifecycle]] = {}
    for reference, drivers in _by_reference(kinds).items():
        try:
            if isinstance(reference, str) and not context.import_lifecycles:
                check_form(reference)
                continue
            classes[reference] = _class(reference)
            check_constructor(classes[reference])
        except UnusableReference as error:
            yield _unusable(reference, drivers, error)
    yield from _misfits(kinds, classes, cache(partial(_looked_up, context.graph)))


def _kinds(graph: DependencyGraph) -> Kinds:
    """Sort drivers by what they have in common; a disabled one is not run, and names alone have no lifecycle."""
    found: Kinds = {}
    if isinstance(graph.drivers, dict):
        disabled = graph.declarations.disabled
        for name, driver in graph.drivers.items():
            if driver.lifecycle is not None and name not in disabled:
                found.setdefault((driver.lifecycle, driver.phases), []).append(driver)
    return found


def _by_reference(kinds: Kinds) -> dict[type | str, list[Driver]]:
    found: dict[type | str, list[Driver]] = {}
    for (reference, _), drivers in kinds.items():
        found.setdefault(reference, []).extend(drivers)
    return found


def _class(reference: type | str) -> type[Lifecycle]:
    """Import it; what it prints goes where all goes that is no answer."""
    import sys
    from contextlib import redirect_stdout

    from tierdeps.conformance.reference import class_of

    with redirect_stdout(sys.stderr):
        return class_of(reference)


def _unusable(reference: type | str, drivers: list[Driver], error: UnusableReference) -> Finding:
    shown = repr(reference) if isinstance(reference, str) else reference.__qualname__
    message = f"the lifecycle of {_named(drivers)}, {shown}, {error.problem}"
    return RULE.finding(
        message, _names(drivers), _declared(drivers), (Fix(error.advice),), subject=(_subject(reference),)
    )


def _misfits(
    kinds: Kinds, classes: Mapping[type | str, type[Lifecycle]], looked_up: Callable[[], frozenset[str]]
) -> Iterator[Finding]:
    from tierdeps.conformance import misfits, shared_methods

    phases_of: dict[type, set[str]] = {}
    for reference, phases in kinds:
        if reference in classes:
            phases_of.setdefault(classes[reference], set()).update(phases)
    for (reference, phases), drivers in kinds.items():
        lifecycle = classes.get(reference)
        if lifecycle is None:
            continue
        for misfit in misfits(lifecycle, phases) and misfits(lifecycle, phases, shared_methods(lifecycle, phases_of)):
            useful = looked_up() if misfit.idle else frozenset()
            concerned = [driver for driver in drivers if driver.name not in useful]
            if concerned:
                yield _misfit(reference, lifecycle, misfit, concerned)


def _looked_up(graph: DependencyGraph) -> frozenset[str]:
    """Return the drivers whose lifecycles others may look up, whatever the facts."""
    declared = ((driver, item) for driver in graph.drivers.values() for item in driver.dependencies)
    needing = ((driver, item) for driver, item in declared if item.kind.of_dependent in {Kind.REQUIRES, Kind.WANTS})
    pairs = (
        (driver.name, name, item)
        for driver, item in needing
        for name in graph.resolver.look_up(item.target).drivers
        if name != driver.name
    )
    return frozenset(declarer if item.kind.is_mirrored else target for declarer, target, item in pairs)


def _misfit(reference: type | str, lifecycle: type[Lifecycle], misfit: Misfit, drivers: list[Driver]) -> Finding:
    from tierdeps.conformance.reference import origin_of

    place = origin_of(lifecycle, misfit.method)
    evidence = () if place is None else (Evidence(f"{misfit.method} is defined", place),)
    return RULE.finding(
        f"the lifecycle of {_named(drivers)} does not fit: {misfit.problem}",
        _names(drivers),
        (*_declared(drivers), *evidence),
        map(Fix, misfit.advice),
        subject=(_subject(reference), misfit.method),
    )


def _names(drivers: list[Driver]) -> list[str]:
    return sorted(driver.name for driver in drivers)


def _named(drivers: list[Driver]) -> str:
    first, *others = _names(drivers)
    return f"{first} and {len(others)} more" if others else first


def _declared(drivers: list[Driver]) -> Iterator[Evidence]:
    for driver in sorted(drivers, key=lambda driver: driver.name)[:MAX_SHOWN]:
        noun = "phase" if len(driver.phases) == 1 else "phases"
        yield Evidence(f"{driver.name} has the {noun} {', '.join(driver.phases)}", driver.origin)


def _subject(reference: type | str) -> str:
    return reference if isinstance(reference, str) else f"{reference.__module__}:{reference.__qualname__}"


RULE = Rule(
    *UNFIT_LIFECYCLE,
    Severity.ERROR,
    "A lifecycle class does not fit its driver. Each phase calls the method of the same name, so a method with a\n"
    "misspelt name is never called, and the driver becomes ready although nothing was done. Reported are: a class\n"
    "without a method for any phase; a public method that takes a context but is neither a phase nor probe, adopt,\n"
    "reload, stop or cleanup, and is not called by the class; a method whose name resembles that of a phase\n"
    "without a method; a method that cannot be called with a context; a generator; a class that does not derive\n"
    "from Lifecycle, or cannot be instantiated without arguments. A single phase without a method is allowed.\n"
    "Classes that are given by name are imported only by check --lifecycles.",
    """
class Modem(Lifecycle):
    async def initialise(self, context):        # the phase is initialize
        ...


Driver("modem", phases=("initialize",), lifecycle=Modem)
""",
    "Name the method after the phase, or start the name of a helper with an underscore. List public helpers that\n"
    'other code calls in the class: helpers = ("dial",).',
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
