"""Checked tables become declarations, each with its place in the file as its origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps._util.suggest import suggestion
from tierdeps.errors import DeclarationError
from tierdeps.graphfile.schema import NO_TERMS, Document, DriverLine, DriverTable, Header
from tierdeps.graphfile.validation_errors import convert, declaration_error
from tierdeps.model import Declarations, Dependency, Driver, Kind, OnSkipped, Policy, Process, Statement, Tier, Topic
from tierdeps.model.policy import DEFAULT_POLICY
from tierdeps.timing import parse_timing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graphfile.place import Place
    from tierdeps.graphfile.schema import Entry, Terms
    from tierdeps.model import Origin

_KINDS = tuple((kind, kind.value) for kind in Kind)
#: What only a process has.
_OF_A_PROCESS = ("ready", "settle", "env", "cwd", "user", "stop_signal", "restart", "restart_limit", "restart_backoff")
_OF_THE_POLICY = ("on_failure", "on_cancel", "retries", "backoff", "timeout", "stop_timeout")


def document(raw: object, place: Place) -> Declarations:
    """Return what a whole file declares."""
    checked = convert(raw, Document, place)
    tables = place / "drivers"
    drivers = tuple(driver(name, table, tables / name) for name, table in checked.drivers.items())
    return header(checked, place, drivers)


def header(checked: Header, place: Place, drivers: tuple[Driver, ...] = ()) -> Declarations:
    """Return what is declared beside the drivers, with the drivers."""
    return Declarations(
        drivers,
        tuple(_tiers(checked, place)),
        checked.facts,
        checked.choose,
        frozenset(checked.disable),
        tuple(_statements(checked, place)),
    )


def _statements(checked: Header, place: Place) -> Iterator[Statement]:
    """Yield where facts and choices are stated."""
    for topic, table in ((Topic.FACTS, checked.facts), (Topic.CHOOSE, checked.choose)):
        for name in table:
            yield Statement(topic, name, (place / str(topic) / name).origin)


def header_line(raw: object, place: Place) -> Declarations:
    """Return what a line of JSON lines declares that is not a driver."""
    return header(convert(raw, Header, place), place)


def driver_line(raw: object, place: Place) -> Driver:
    """Return the driver that a line of JSON lines declares."""
    line = convert(raw, DriverLine, place)
    return driver(line.name, line, place / "drivers" / line.name)


def driver(name: str, table: DriverTable, place: Place) -> Driver:
    """Return one driver."""
    try:
        return Driver(
            name,
            table.tier,
            table.phases,
            tuple(_dependencies(table, place)),
            table.provides,
            table.lifecycle,
            table.description,
            place.origin,
            process=_process(table, place),
            policy=_policy(table),
            timing=_timing(table, place),
        )
    except DeclarationError as error:
        raise declaration_error(error, place) from None


def _dependencies(table: DriverTable, place: Place) -> Iterator[Dependency]:
    for kind, key in _KINDS:
        entries: tuple[Entry, ...] = getattr(table, key)
        for index, entry in enumerate(entries):
            origin = place.origin_of(f".{key}[{index}]")
            try:
                if isinstance(entry, str):
                    yield dependency(kind, entry, NO_TERMS, origin)
                else:
                    yield dependency(kind, entry.on, entry, origin)
            except DeclarationError as error:
                raise declaration_error(error, place / key / index) from None


def dependency(kind: Kind, target: str, terms: Terms, origin: Origin) -> Dependency:
    """Return one dependency; raises DeclarationError."""
    if terms is NO_TERMS:
        return Dependency(kind, target, origin=origin)
    if terms.skipped is not None and kind is not Kind.REQUIRES:
        raise DeclarationError("skipped", "this key in requires alone", str(terms.skipped))
    skipped = terms.skipped or OnSkipped.PASS
    return Dependency(kind, target, terms.phase, terms.when, terms.reason, origin, terms.optional, skipped)


def _process(table: DriverTable, place: Place) -> Process | None:
    if table.command is None:
        for key in _OF_A_PROCESS:
            if getattr(table, key) is not None:
                raise (place / key).error("expected 'command' beside it: only a process has this key")
        return None
    if table.lifecycle is not None:
        raise (place / "lifecycle").error(
            "expected 'command' or 'lifecycle', got both: a process has its own life cycle"
        )
    said = {key: value for key in _OF_A_PROCESS if (value := getattr(table, key)) is not None}
    return Process(table.command, **said | {"env": tuple((table.env or {}).items())})


def _policy(table: DriverTable) -> Policy:
    """Return what the driver says of its policy; the rest stays as it is by default."""
    said = {key: value for key in _OF_THE_POLICY if (value := getattr(table, key)) is not None}
    return replace(DEFAULT_POLICY, **said) if said else DEFAULT_POLICY


def _timing(table: DriverTable, place: Place) -> dict[str, str]:
    """Return how long phases take, as it is written; that it can be read is checked here."""
    for phase, text in table.timing.items():
        if phase not in table.phases:
            hint = suggestion(phase, table.phases) or f"; there is {', '.join(table.phases)}"
            raise (place / "timing" / phase).error(f"expected a phase of this driver, got {phase!r}{hint}")
        try:
            parse_timing(text, "the timing")
        except DeclarationError as error:
            raise declaration_error(error, place / "timing" / phase) from None
    return table.timing


def _tiers(checked: Header, place: Place) -> Iterator[Tier]:
    """Yield the tiers: those of the order, each after the one before it, and those that say it themselves."""
    order = place / "tiers" / "order"
    previous: tuple[str, ...] = ()
    seen: set[str] = set()
    for index, name in enumerate(checked.tiers.order):
        here = order / index
        if name in seen:
            raise here.error(f"expected each tier once, got {name!r} again")
        seen.add(name)
        yield _tier(name, previous, (), here)
        previous = (name,)
    for index, table in enumerate(checked.tiers.declare):
        yield _tier(table.name, table.after, table.before, place / "tiers" / "declare" / index)


def _tier(name: str, after: tuple[str, ...], before: tuple[str, ...], place: Place) -> Tier:
    try:
        return Tier(name, after, before, place.origin)
    except DeclarationError as error:
        raise declaration_error(error, place) from None
