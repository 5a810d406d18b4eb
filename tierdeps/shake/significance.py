"""How often a dependency is tried before it is reported, and how improbable its results have to be if they were random.

The same rules hold for runs in other orders and for runs with late drivers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tierdeps.shake.evidence import Table

#: How often a dependency has to be seen on each side.
SEEN = 4
#: How improbable the results have to be if they were random, for all explanations that are tried together.
CHANCE = 0.015
#: After so many runs that were made to confirm a dependency, other failures are in the way.
MAX_TRIES = 24


def is_wrong(table: Table) -> bool:
    """Return whether a dependency does not explain the results: its absence does no harm, or its presence no good."""
    return table.passed_without > 0 or table.failed_with > table.passed_with


def is_seen(table: Table) -> bool:
    """Return whether the step failed often enough without what it needs, and passed often enough with it."""
    return table.failed_without >= SEEN and table.passed_with >= SEEN


def is_significant(table: Table, tried: int) -> bool:
    """Return whether a table is improbable if the results were random, when so many suspects were ``tried``.

    One of many suspects fits by chance more easily than a single one (Bonferroni's correction).
    """
    return table.p_value * tried <= CHANCE
