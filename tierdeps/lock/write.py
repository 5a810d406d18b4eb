"""The text of a lock file: JSON with one driver on each line, in the order of the plan, the same on every machine."""

from __future__ import annotations

import json
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted
from pathlib import PurePath
from typing import TYPE_CHECKING

from tierdeps.lock.schema import SCHEMA
from tierdeps.lock.value import reference
from tierdeps.model import OnSkipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tierdeps.lock.value import Lock
    from tierdeps.model import Inactive, Origin, PlannedDriver, Policy, Process, Wait


def dump(lock: Lock) -> str:
    """Return the text of the file."""
    plan = lock.plan
    parts = (
        f'"schema": {_json(SCHEMA)}',
        f'"digest": {_json(plan.digest)}',
        f'"distributions": {_table(lock.distributions)}',
        f'"facts": {_table(plan.facts)}',
        *((f'"fact_sources": {_table(lock.fact_sources)}',) if lock.fact_sources else ()),
        *((f'"targets": {_list(lock.targets)}',) if lock.targets else ()),
        f'"tiers": {_list(_tier(name, after) for name, after in lock.tiers.items())}',
        f'"drivers": {_block(_drivers(lock), "[]")}',
    )
    return "{\n  " + ",\n  ".join(parts) + "\n}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True)


def _table(values: Mapping[str, object]) -> str:
    return _block((f"{_json(name)}: {_json(value)}" for name, value in values.items()), "{}")


def _list(values: Iterable[object]) -> str:
    return _block(map(_json, values), "[]")


def _block(lines: Iterable[str], brackets: str) -> str:
    """Return brackets around the values, each on its own line."""
    inside = ",\n    ".join(lines)
    return f"{brackets[0]}\n    {inside}\n  {brackets[1]}" if inside else brackets


def _tier(name: str, after: tuple[str, ...]) -> dict[str, object]:
    return {"name": name, "after": after} if after else {"name": name}


def _drivers(lock: Lock) -> Iterator[str]:
    """Yield the text of each driver; no value is made for those of which there is little to say."""
    plan = lock.plan
    for tier in plan.tiers:
        for number, stage in enumerate(tier.stages, 1):
            place = f'{{"tier": {quoted(tier.name)}, "stage": {number}, "name": '
            for name in stage:
                plain = None if name in lock.inferred else plan.plain_driver(name)
                if plain is None:
                    yield _json(_driver(plan.drivers[name], inferred=name in lock.inferred))
                else:
                    yield f"{place}{quoted(name)}{_plain_waits(plain.requires)}{_source_text(plain.source)}}}"


def _plain_waits(requires: Sequence[str]) -> str:
    """Return the key of the drivers that are required, with a comma before it; nothing without any."""
    if not requires:
        return ""
    waits = '"}, {"requires": "'.join([quoted(needed)[1:-1] for needed in requires])
    return f', "waits": {{"start": [{{"requires": "{waits}"}}]}}'


@lru_cache(16)  # drivers that are written as text have their origin in common
def _source_text(origin: Origin) -> str:
    return "".join(f", {_json(key)}: {_json(value)}" for key, value in _source(origin))


def _driver(driver: PlannedDriver, *, inferred: bool) -> dict[str, object]:
    """Return one driver, without the keys that have their defaults."""
    pairs = {
        "inferred": inferred,
        "phases": () if driver.phases == ("start",) else driver.phases,
        "waits": {
            phase: list(map(_wait, waits)) for phase, waits in zip(driver.phases, driver.waits, strict=True) if waits
        },
        "absent": driver.absent,
        "inactive": list(map(_inactive, driver.inactive)),
        "disabled": driver.disabled,
        "host": driver.host,
        "lifecycle": reference(driver.lifecycle),
        "process": changed(driver.process) if driver.process else None,
        "policy": changed(driver.policy),
        "timing": dict(driver.timing),
        **dict(_source(driver.origin)),
    }
    place = {"tier": driver.tier, "stage": driver.stage, "name": driver.name}
    return place | {key: value for key, value in pairs.items() if value}


def _wait(wait: Wait) -> dict[str, str | int]:
    """Return one wait under its verb; for ``before`` too, the value is the driver that is waited for."""
    found: dict[str, str | int] = {str(wait.kind): wait.step.driver}
    if wait.step.phase != "start":
        found["phase"] = wait.step.phase
    if wait.target != wait.step.driver:
        found["through"] = wait.target
    if wait.when is not None:
        found["when"] = wait.when
    if wait.skipped is not OnSkipped.PASS:
        found["skipped"] = str(wait.skipped)
    return found | wait.coupling.terms | ({"of": wait.of} if wait.of else {})


def _inactive(item: Inactive) -> dict[str, str]:
    """Return one dependency whose fact does not hold, as it is declared."""
    phase = {} if item.phase == "start" else {"phase": item.phase}
    return {str(item.kind): item.target, **phase, "when": item.when}


def _source(origin: Origin | None) -> Iterator[tuple[str, str]]:
    """Yield who declared a driver, without line and folder: these may change while the plan stays the same."""
    if origin is None:
        return
    if origin.distribution:
        yield "distribution", origin.distribution
    elif origin.file:
        yield "file", PurePath(origin.file).name


def changed(value: Policy | Process) -> dict[str, object]:
    """Return the fields of a value that differ from their defaults."""
    usual = dict(zip(reversed(value.__struct_fields__), reversed(value.__struct_defaults__), strict=False))
    pairs = ((name, getattr(value, name)) for name in value.__struct_fields__)
    return {name: item for name, item in pairs if name not in usual or item != usual[name]}
