"""A plan's outline is taken down."""

from __future__ import annotations

import json
from array import array
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from tierdeps.journal.outline import ONE_PHASE, Outline
from tierdeps.model.declarations import Kind
from tierdeps.model.policy import DEFAULT_POLICY

if TYPE_CHECKING:
    import sqlite3

    from tierdeps.model.plan import Plan, PlannedDriver


def outline_of(plan: Plan) -> Outline:
    """Take down what matters of a plan; what waits for what only once that is asked for, which takes the longest."""
    drivers = list(plan)
    return Outline(
        tuple(driver.name for driver in drivers),
        tuple((tier.name, len(tier.drivers)) for tier in plan.tiers),
        phases={driver.name: driver.phases for driver in drivers if driver.phases != ONE_PHASE},
        timeouts={
            driver.name: (driver.policy.timeout, driver.policy.stop_timeout)
            for driver in drivers
            if driver.policy is not DEFAULT_POLICY and (driver.policy.timeout or driver.policy.stop_timeout)
        },
        kinds=tuple(map(str, Kind)),
        give_waits=partial(_waits, drivers),
        failing={driver.name: str(driver.policy.on_failure) for driver in drivers if driver.policy.on_failure},
    )


def _waits(drivers: list[PlannedDriver]) -> bytes:
    """Return which step waits for which, by which verb, in numbers."""
    where, number = {}, 0
    for driver in drivers:
        where[driver.name] = number, driver.phases if len(driver.phases) > 1 else None
        number += len(driver.phases)
    steps, needed, verbs = list[int](), list[int](), list[int]()
    # By their place in memory: there is one of each, and to hash it would run Python code for each dependency.
    kinds = {id(kind): code for code, kind in enumerate(Kind)}
    number = 0
    for driver in drivers:
        for waits in driver.waits:
            for wait in waits:
                name, phase = wait.step
                first, phases = where[name]
                steps.append(number)
                needed.append(first if phases is None else first + phases.index(phase))
                verbs.append(kinds[id(wait.kind)])
            number += 1
    return array("I", steps + needed + verbs).tobytes()


def dump(outline: Outline, digest: str) -> tuple[str, str]:
    """Return the key of an outline, which outlines that are alike share, and its text.

    The digest is that of the plan: it stands for what waits for what.
    """
    head = (outline.drivers, outline.tiers, outline.phases, outline.timeouts, outline.kinds, outline.failing)
    text = json.dumps(head, ensure_ascii=True, separators=(",", ":"))
    return sha256(text.encode() + digest.encode()).hexdigest(), text


def keep_outline(connection: sqlite3.Connection, outline: Outline, digest: str) -> str:
    """Write the outline of a plan, unless it is there as after every run of that plan but the first; return its key."""
    key, head = dump(outline, digest)
    if connection.execute("SELECT head FROM plans WHERE key = ?", (key,)).fetchone() != (head,):  # or damaged
        connection.execute("REPLACE INTO plans VALUES (?, ?, ?)", (key, head, outline.waits))
    return key
