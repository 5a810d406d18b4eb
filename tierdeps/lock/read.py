"""The text of a lock file becomes a lock, or an error with a place; nothing is unpickled or imported."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

from tierdeps._util.text import NotUtf8Error, decode_utf8
from tierdeps._util.validation import Problem, SchemaError, convert, description
from tierdeps.errors import InputError
from tierdeps.importers.graphfile.json_values import Decoder
from tierdeps.lock.schema import SCHEMA, VERBS, Document, InactiveTable, WaitTable
from tierdeps.lock.value import Lock
from tierdeps.model import (
    Coupling,
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

    from tierdeps._util.validation import Difference, Path
    from tierdeps.lock.schema import DriverTable

Made = TypeVar("Made", Policy, Process)


def load(source: str, data: bytes) -> Lock:
    """Return the lock in a file; ``source`` names the file in messages. Raises InputError."""
    try:
        raw = Decoder(source).decode(decode_utf8(data))
        _check_schema(raw)
        return _lock(convert(raw, Document))
    except NotUtf8Error as error:
        raise InputError(source, str(error), f"line {error.line}") from None
    except SchemaError as error:
        raise _input_error(source, error.differences[0]) from None
    except _LockError as error:
        raise InputError(source, str(error), _place(error.path)) from None


class _LockError(Exception):
    """A lock that its schema accepts is wrong at ``path``; it does not leave this module."""

    def __init__(self, message: str, *path: str | int) -> None:
        self.path = path
        super().__init__(message)


def _check_schema(raw: object) -> None:
    """Refuse another version before anything else: all of its keys may be others."""
    if isinstance(raw, dict) and raw.get("schema", SCHEMA) != SCHEMA:
        raise _LockError(f"expected {SCHEMA!r}, got {raw['schema']!r}", "schema")


def _input_error(source: str, error: Difference) -> InputError:
    if error.problem is Problem.UNKNOWN_KEY:
        # Where an unknown key is a misspelt one, the key that is missing says more.
        verbs = VERBS.get(error.expected)
        if verbs is not None and not any(verb in error.value for verb in verbs):
            return InputError(source, _one_of(verbs), _place(error.path))
        if (missing := _missing_key(error)) is None:
            return InputError(source, "expected no such key", _place((*error.path, error.key)))
        return InputError(source, f"expected the key {missing!r}", _place(error.path))
    if error.problem is Problem.MISSING_KEY:
        return InputError(source, f"expected the key {error.key!r}", _place(error.path))
    return InputError(source, f"expected {description(error.expected) or 'a table'}", _place(error.path))


def _missing_key(error: Difference) -> str | None:
    """Return the first key that a table must have and has not."""
    struct: Any = error.expected
    required = struct.__struct_fields__[: len(struct.__struct_fields__) - len(struct.__struct_defaults__)]
    return next((key for key in required if key not in error.value), None)


def _place(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _one_of(verbs: Sequence[Kind]) -> str:
    return f"expected one of {', '.join(verbs[:-1])} and {verbs[-1]}"


def _lock(document: Document) -> Lock:
    for name in document.fact_sources:
        if name not in document.facts:
            raise _LockError(f"expected one of the facts above, got {name!r}", "fact_sources")
    drivers = [_driver(index, table, document.distributions) for index, table in enumerate(document.drivers)]
    plan = Plan(tuple(_tiers(document.drivers)), {driver.name: driver for driver in drivers}, document.facts)
    _check(plan, drivers, document.digest)
    return Lock(
        plan,
        {tier.name: tier.after for tier in document.tiers},
        frozenset(table.name for table in document.drivers if table.inferred),
        document.distributions,
        document.fact_sources,
        document.targets,
    )


def _driver(index: int, table: DriverTable, distributions: Mapping[str, str]) -> PlannedDriver:
    here = ("drivers", index)
    phases = table.phases or ("start",)
    for phase in table.waits:
        if phase not in phases:
            raise _LockError("expected no such key", *here, "waits", phase)
    waits = (
        tuple(_wait(wait, (*here, "waits", phase, number)) for number, wait in enumerate(table.waits.get(phase, ())))
        for phase in phases
    )
    inactive = (_inactive(item, (*here, "inactive", number)) for number, item in enumerate(table.inactive))
    if table.distribution and table.distribution not in distributions:
        expected = f"expected one of the distributions above, got {table.distribution!r}"
        raise _LockError(expected, *here, "distribution")
    version = distributions.get(table.distribution, "")
    return PlannedDriver(
        table.name,
        table.tier,
        table.stage,
        phases,
        tuple(waits),
        table.lifecycle,
        table.absent,
        table.disabled,
        Origin(table.file, None, "", table.distribution, version),
        _made(Policy, table.policy, (*here, "policy")),
        tuple(sorted(table.timing.items())),
        None if table.process is None else _made(Process, table.process, (*here, "process")),
        tuple(inactive),
        host=table.host,
    )


def _wait(table: WaitTable, path: Path) -> Wait:
    kind, needed = _verb(table, path)
    step = Step(needed, table.phase)
    if (table.atleast is None) == bool(table.of) or (table.of and kind is not Kind.REQUIRES):
        raise _LockError("expected atleast and of together, in requires", *path)
    if table.of and (table.failed is not None or table.skipped is not OnSkipped.PASS):
        raise _LockError("expected neither failed nor skipped beside atleast", *path)
    coupling = Coupling.of(
        needed,
        failed=table.failed,
        on_restart=table.on_restart,
        on_loss=table.on_loss,
        atleast=table.atleast,
    )
    return Wait(step, kind, table.through or needed, table.when, table.skipped, coupling, table.of)


def _inactive(table: InactiveTable, path: Path) -> Inactive:
    kind, target = _verb(table, path)
    return Inactive(kind, target, table.phase, table.when)


def _verb(table: WaitTable | InactiveTable, path: Path) -> tuple[Kind, str]:
    """Return the verb of a dependency, with its value."""
    verbs = VERBS[type(table)]
    given = [(verb, value) for verb in verbs if (value := getattr(table, verb)) is not None]
    if len(given) != 1:
        raise _LockError(_one_of(verbs), *path)
    return given[0]


def _made(kind: type[Made], table: Mapping[str, object], path: Path) -> Made:
    """Return a policy or process with the given fields; its class validates them."""
    values: dict[str, Any] = {key: _tuples(value) for key, value in table.items()}
    try:
        return kind(**values)
    except (TypeError, ValueError, AttributeError) as error:
        raise _LockError(f"not a valid {kind.__name__.lower()}: {error}", *path) from None


def _tuples(value: object) -> object:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _tiers(tables: Sequence[DriverTable]) -> Iterator[PlannedTier]:
    """Yield the tiers with their stages; the drivers must be in the order of the plan, and no stage may be missing."""
    seen: set[str] = set()
    for tier, members in groupby(enumerate(tables), key=lambda pair: pair[1].tier):
        stages: list[list[str]] = []
        for index, table in members:
            if tier in seen:
                raise _LockError(f"expected the drivers of the tier {tier!r} together", "drivers", index, "tier")
            if table.stage not in (len(stages), len(stages) + 1):
                expected = f"expected stage {max(1, len(stages))} or {len(stages) + 1}"
                raise _LockError(expected, "drivers", index, "stage")
            if table.stage > len(stages):
                stages.append([])
            stages[-1].append(table.name)
        seen.add(tier)
        yield PlannedTier(tier, tuple(map(tuple, stages)))


def _check(plan: Plan, drivers: Sequence[PlannedDriver], digest: str) -> None:
    """Refuse what was edited or merged by hand into something that no graph has as its plan."""
    seen: set[str] = set()
    for driver in drivers:
        if driver.name in seen:
            raise _LockError(f"expected each driver once, got {driver.name!r} again", "drivers")
        seen.add(driver.name)
    if plan.digest != digest:
        raise _LockError("expected the digest of the drivers below; they were edited or merged by hand", "digest")
