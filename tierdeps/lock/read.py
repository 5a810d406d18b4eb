"""The text of a lock file becomes a lock, or an error that names the place; nothing is ever unpickled or imported."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

from tierdeps._util.text import NotUtf8Error, decode_utf8
from tierdeps.errors import InputError
from tierdeps.importers.graphfile.json_values import Decoder
from tierdeps.lock.table import Table
from tierdeps.lock.value import Lock
from tierdeps.lock.write import SCHEMA
from tierdeps.model import (
    Inactive,
    Kind,
    OnSkipped,
    Origin,
    Plan,
    PlannedDriver,
    PlannedTier,
    Policy,
    Process,
    Step,
    Wait,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Made = TypeVar("Made", Policy, Process)


def load(source: str, data: bytes) -> Lock:
    """Return the lock that a file holds; ``source`` names the file in messages. Raises InputError."""
    top = Table(source, "", Decoder(source).decode(_decode(source, data)))
    schema = top.text("schema")
    if schema != SCHEMA:
        raise top.error(f"expected {SCHEMA!r}, got {schema!r}", "schema")
    digest = top.text("digest")
    distributions = _texts(top.table("distributions"))
    facts = _flags(top.table("facts"))
    sources = _texts(top.table("fact_sources"))
    tiers = dict(map(_tier, top.tables("tiers")))
    tables = top.tables("drivers")
    top.done()
    inferred = [table.flag("inferred") for table in tables]
    drivers = [_driver(table, distributions) for table in tables]
    for name in sources.keys() - facts.keys():
        raise top.error(f"expected one of the facts above, got {name!r}", "fact_sources")
    plan = Plan(tuple(_tiers(tables, drivers)), {driver.name: driver for driver in drivers}, facts)
    _check(top, plan, drivers, digest)
    nameless = (driver.name for driver, unsaid in zip(drivers, inferred, strict=True) if unsaid)
    return Lock(plan, tiers, frozenset(nameless), distributions, sources)


def _decode(source: str, data: bytes) -> str:
    try:
        return decode_utf8(data)
    except NotUtf8Error as error:
        raise InputError(source, str(error), f"line {error.line}") from None


def _texts(table: Table) -> dict[str, str]:
    return {key: table.text(key) for key in table}


def _flags(table: Table) -> dict[str, bool]:
    return {key: table.flag(key) for key in table}


def _tier(table: Table) -> tuple[str, tuple[str, ...]]:
    found = table.text("name"), table.texts("after")
    table.done()
    return found


def _driver(table: Table, distributions: Mapping[str, str]) -> PlannedDriver:
    tier, stage, name = table.text("tier"), table.number("stage"), table.text("name")
    phases = table.texts("phases") or ("start",)
    waits = table.table("waits")
    found = PlannedDriver(
        name,
        tier,
        stage,
        phases,
        tuple(tuple(map(_wait, waits.tables(phase))) if phase in waits else () for phase in phases),
        table.optional_text("lifecycle"),
        table.texts("absent"),
        table.flag("disabled"),
        _origin(table, distributions),
        _made(Policy, table.table("policy")),
        tuple(sorted(_texts(table.table("timing")).items())),
        _made(Process, table.table("process")) if "process" in table else None,
        tuple(map(_inactive, table.tables("inactive"))) if "inactive" in table else (),
    )
    waits.done()
    table.done()
    return found


def _wait(table: Table) -> Wait:
    kind, needed = _kind(table, Kind.REQUIRES, Kind.WANTS, Kind.AFTER, Kind.BEFORE)
    step = Step(needed, table.optional_text("phase") or "start")
    through, when = table.optional_text("through") or needed, table.optional_text("when")
    skipped = table.optional_text("skipped") or OnSkipped.PASS
    if skipped not in tuple(OnSkipped):
        raise table.error('expected "pass" or "block"', "skipped")
    found = Wait(step, kind, through, when, OnSkipped(skipped))
    table.done()
    return found


def _inactive(table: Table) -> Inactive:
    kind, target = _kind(table, Kind.REQUIRES, Kind.WANTS, Kind.AFTER)
    found = Inactive(kind, target, table.optional_text("phase") or "start", table.text("when"))
    table.done()
    return found


def _kind(table: Table, *allowed: Kind) -> tuple[Kind, str]:
    """Take the verb of a dependency, and what stands under it."""
    kinds = [kind for kind in allowed if kind in table]
    if len(kinds) != 1:
        raise table.error(f"expected one of {', '.join(allowed[:-1])} and {allowed[-1]}")
    return kinds[0], table.text(kinds[0])


def _origin(table: Table, distributions: Mapping[str, str]) -> Origin:
    distribution = table.optional_text("distribution") or ""
    if distribution and distribution not in distributions:
        raise table.error(f"expected one of the distributions above, got {distribution!r}", "distribution")
    return Origin(table.optional_text("file") or "", None, "", distribution, distributions.get(distribution, ""))


def _made(kind: type[Made], table: Table) -> Made:
    """Make a value of the fields that are given; it looks at them itself."""
    values: dict[str, Any] = {key: _tuples(value) for key, value in table.raw().items()}
    try:
        return kind(**values)
    except (TypeError, ValueError, AttributeError) as error:
        raise table.error(f"expected a {kind.__name__.lower()}, got what makes none: {error}") from None


def _tuples(value: object) -> object:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _tiers(tables: Sequence[Table], drivers: Sequence[PlannedDriver]) -> Iterator[PlannedTier]:
    """Gather the stages; the drivers have to stand in the order of the plan, and no stage may be omitted."""
    seen: set[str] = set()
    rows = iter(tables)
    for tier, members in groupby(drivers, key=lambda driver: driver.tier):
        stages: list[list[str]] = []
        for driver in members:
            table = next(rows)
            if tier in seen:
                raise table.error(f"expected the drivers of the tier {tier!r} together", "tier")
            if driver.stage not in (len(stages), len(stages) + 1):
                raise table.error(f"expected stage {max(1, len(stages))} or {len(stages) + 1}", "stage")
            if driver.stage > len(stages):
                stages.append([])
            stages[-1].append(driver.name)
        seen.add(tier)
        yield PlannedTier(tier, tuple(map(tuple, stages)))


def _check(top: Table, plan: Plan, drivers: Sequence[PlannedDriver], digest: str) -> None:
    """Refuse what was edited or merged by hand into something that no graph collapses to."""
    seen: set[str] = set()
    for driver in drivers:
        if driver.name in seen:
            raise top.error(f"expected each driver once, got {driver.name!r} again", "drivers")
        seen.add(driver.name)
    if plan.digest != digest:
        raise top.error("expected the digest of the drivers below; they were edited or merged by hand", "digest")
