"""Checked tables become declarations, each with its location in the file as its origin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps._util.frozen import replace
from tierdeps._util.suggest import suggestion
from tierdeps.errors import DeclarationError, InputError, together
from tierdeps.importers.graphfile.process_values import process_values
from tierdeps.importers.graphfile.schema import NO_TERMS, Document, DriverLine, DriverTable, Header
from tierdeps.importers.graphfile.validation_errors import convert, declaration_error
from tierdeps.model import (
    Coupling,
    Declarations,
    Dependency,
    Driver,
    Kind,
    OnSkipped,
    Policy,
    Process,
    Statement,
    Tier,
    Topic,
)
from tierdeps.model.hosts import check_hosts
from tierdeps.model.policy import DEFAULT_POLICY
from tierdeps.model.variables import mentions_variables
from tierdeps.timing import parse_timing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tierdeps.importers.graphfile.location import SourceLocation
    from tierdeps.importers.graphfile.schema import Entry, Terms
    from tierdeps.model import Origin, Override

_KINDS = tuple((kind, kind.value) for kind in Kind)
#: Keys that only processes have.
_OF_A_PROCESS = (
    *("ready", "settle", "alive", "env", "env_file", "cwd", "user"),
    *("stop_signal", "restart", "restart_limit", "restart_backoff"),
    *("stop_command", "reload_command", "type", "pid_file"),
)
_OF_THE_POLICY = ("on_failure", "on_cancel", "retries", "backoff", "timeout", "stop_timeout")


def document(raw: Any, location: SourceLocation) -> Declarations:
    """Return what a whole file declares. Raises InputError for all that is wrong in it."""
    checked = convert(raw, Document, location)
    tables = location / "drivers"
    drivers: list[Driver | Override] = []
    errors: list[InputError] = []
    for name, table in checked.drivers.items():
        try:
            drivers += _drivers(name, table, raw["drivers"][name], tables / name, checked.hosts)
        except InputError as error:
            errors += error.errors
    try:
        found = declared(drivers, header(checked, location))
    except InputError as error:
        errors += error.errors
    if errors:
        raise together(errors)
    return found


def declared(found: Iterable[Driver | Override], beside: Declarations) -> Declarations:
    """Return drivers and overrides with what is declared beside them."""
    drivers: list[Driver] = []
    overrides: list[Override] = []
    for item in found:
        if isinstance(item, Driver):
            drivers.append(item)
        else:
            overrides.append(item)
    return replace(beside, drivers=tuple(drivers), overrides=tuple(overrides))


def header(checked: Header, location: SourceLocation) -> Declarations:
    """Return what is declared beside the drivers."""
    return Declarations(
        (),
        tuple(_tiers(checked, location)),
        checked.facts,
        checked.choose,
        frozenset(checked.disable),
        tuple(_statements(checked, location)),
        targets=checked.targets,
        hosts=_groups(checked, location),
    )


def _groups(checked: Header, location: SourceLocation) -> dict[str, tuple[str, ...]]:
    """Return the groups of hosts."""
    for name, hosts in checked.hosts.items():
        try:
            check_hosts(name, hosts)
        except DeclarationError as error:
            raise (location / "hosts" / name).error(f"expected {error.expected}, got {error.got!r}") from None
    return checked.hosts


def _statements(checked: Header, location: SourceLocation) -> Iterator[Statement]:
    """Yield a statement for each fact, choice and target, with its location."""
    for topic, table in ((Topic.FACTS, checked.facts), (Topic.CHOOSE, checked.choose)):
        for name in table:
            yield Statement(topic, name, (location / str(topic) / name).origin)
    for index, name in enumerate(checked.targets):
        yield Statement(Topic.TARGETS, name, (location / str(Topic.TARGETS) / index).origin)


def header_line(raw: object, location: SourceLocation) -> Declarations:
    """Return what a line of JSON lines declares that is not a driver."""
    return header(convert(raw, Header, location), location)


def drivers_of_line(
    raw: Any, location: SourceLocation, groups: Mapping[str, tuple[str, ...]]
) -> tuple[Driver | Override, ...]:
    """Return the driver that a line of JSON lines declares, or its instances, or what it changes."""
    line = convert(raw, DriverLine, location)
    return _drivers(line.name, line, raw, location / "drivers" / line.name, groups)


def _drivers(
    name: str,
    table: DriverTable,
    raw: dict[str, Any],
    location: SourceLocation,
    groups: Mapping[str, tuple[str, ...]],
) -> tuple[Driver | Override, ...]:
    """Return what a table declares: a driver, its instances, or an override; ``raw`` is the table as it is written.

    ``groups`` are the groups of hosts of the file. A driver on the hosts of another group is returned as a template:
    an earlier or later GRAPH may declare the group.
    """
    if table.override:
        from tierdeps.importers.graphfile.overrides import override

        return (override(name, table, raw, location, tuple(_dependencies(table, location))),)
    if table.reset:
        raise (location / "reset").error("expected 'override = true' beside it")
    elsewhere = isinstance(table.hosts, str) and table.hosts not in groups
    no_hosts = (not table.hosts and "hosts" not in raw) or elsewhere  # an empty list is refused
    if table.instances is None and table.host is None and no_hosts:
        return (driver(name, table, location),)
    from tierdeps.importers.graphfile.instances import instance_tables

    tables = instance_tables(name, raw, location, groups)
    return tuple(driver(each, convert(filled, DriverTable, location), location) for each, filled in tables)


def driver(name: str, table: DriverTable, location: SourceLocation) -> Driver:
    """Return one driver."""
    try:
        return Driver(
            name,
            table.tier,
            table.phases,
            tuple(_dependencies(table, location)),
            table.provides,
            table.lifecycle,
            table.description,
            location.origin,
            process=_process(table, location),
            policy=_policy(table),
            timing=_timing(table, location),
            when=table.when,
            host=table.host,
            hosts=table.hosts,
        )
    except DeclarationError as error:
        raise declaration_error(error, location) from None


def _dependencies(table: DriverTable, location: SourceLocation) -> Iterator[Dependency]:
    is_plain = table.host is None and not table.hosts and not table.override
    for kind, key in _KINDS:
        entries: tuple[Entry, ...] = getattr(table, key)
        for index, entry in enumerate(entries):
            origin = location.origin_of(f".{key}[{index}]")
            target, terms = (entry, NO_TERMS) if isinstance(entry, str) else (entry.on, entry)
            try:
                found = dependency(kind, target, terms, origin)
            except DeclarationError as error:
                raise declaration_error(error, location / key / index) from None
            if is_plain and ("{host}" in target or "{host}" in (found.when or "")):
                raise (location / key / index).error(
                    "{host} is the host of the driver, and this table has neither host nor hosts"
                )
            yield found


def dependency(kind: Kind, target: str, terms: Terms, origin: Origin) -> Dependency:
    """Return one dependency; raises DeclarationError."""
    if terms is NO_TERMS:
        return Dependency(kind, target, origin=origin)
    if terms.skipped is not None and kind is not Kind.REQUIRES:
        raise DeclarationError("skipped", "this key in requires alone", str(terms.skipped))
    if terms.atleast is not None and kind is not Kind.REQUIRES:
        raise DeclarationError("atleast", "this key in requires alone", terms.atleast)
    if terms.failed is not None and kind is not Kind.REQUIRES:
        raise DeclarationError("failed", "this key in requires alone", str(terms.failed))
    return Dependency(
        kind,
        target,
        terms.phase,
        terms.when,
        terms.reason,
        origin,
        terms.optional,
        terms.skipped or OnSkipped.PASS,
        Coupling.of(
            kind, failed=terms.failed, on_restart=terms.on_restart, on_loss=terms.on_loss, atleast=terms.atleast
        ),
    )


def _process(table: DriverTable, location: SourceLocation) -> Process | None:
    if table.command is None:
        for key in _OF_A_PROCESS:
            if getattr(table, key) is not None:
                raise (location / key).error("expected 'command' beside it: only a process has this key")
        return None
    if table.lifecycle is not None:
        raise (location / "lifecycle").error(
            "expected 'command' or 'lifecycle', got both: a process has its own lifecycle"
        )
    said = {key: value for key in _OF_A_PROCESS if (value := getattr(table, key)) is not None}
    said |= process_values(said)
    return Process(table.command, **said, substitute=mentions_variables((table.command, *said.values())))


def _policy(table: DriverTable) -> Policy:
    """Return the driver's policy; keys that it omits keep their defaults."""
    said = {key: value for key in _OF_THE_POLICY if (value := getattr(table, key)) is not None}
    return replace(DEFAULT_POLICY, **said) if said else DEFAULT_POLICY


def _timing(table: DriverTable, location: SourceLocation) -> dict[str, str]:
    """Return the simulated durations of phases as text, after checking that they can be parsed."""
    for phase, text in table.timing.items():
        if phase not in table.phases:
            hint = suggestion(phase, table.phases) or f"; it has {', '.join(table.phases)}"
            raise (location / "timing" / phase).error(f"expected a phase of this driver, got {phase!r}{hint}")
        try:
            parse_timing(text, "the timing")
        except DeclarationError as error:
            raise declaration_error(error, location / "timing" / phase) from None
    return table.timing


def _tiers(checked: Header, location: SourceLocation) -> Iterator[Tier]:
    """Yield the tiers: those of ``order``, each after its predecessor, and those of ``declare``."""
    order = location / "tiers" / "order"
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
        yield _tier(table.name, table.after, table.before, location / "tiers" / "declare" / index)


def _tier(name: str, after: tuple[str, ...], before: tuple[str, ...], location: SourceLocation) -> Tier:
    try:
        return Tier(name, after, before, location.origin)
    except DeclarationError as error:
        raise declaration_error(error, location) from None
