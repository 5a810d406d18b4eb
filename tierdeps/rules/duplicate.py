"""TD105: two drivers of one name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Severity
from tierdeps.rule_codes import DUPLICATE_DRIVER
from tierdeps.rules import Rule, RuleContext

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tierdeps.model import Driver

#: The least number of drivers with one name; a greater number is part of the finding's identity.
TWICE = 2


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each name that is declared more than once."""
    for name, drivers in context.graph.duplicates.items():
        evidence = (Evidence(f"{name} is declared", driver.origin) for driver in drivers)
        owners = sorted({driver.origin.distribution for driver in drivers} - {""})
        blocks = (Fix(f"load only one of them: --block {owner}") for owner in owners if len(owners) > 1)
        fixes = (*blocks, Fix(f"give one of them another name, or remove it: {_places(drivers)}"), *_override(drivers))
        more = (f"{len(drivers)} times",) if len(drivers) > TWICE else ()
        yield RULE.finding(f"{len(drivers)} drivers are named {name!r}", (name,), evidence, fixes, subject=more)


def _override(drivers: Sequence[Driver]) -> Iterator[Fix]:
    """Offer that a graph file changes the driver of another one, where all are declared in such files."""
    from tierdeps.analysis.fixes.places import is_in_graph_file

    if len({driver.origin.file for driver in drivers}) > 1 and all(is_in_graph_file(one.origin) for one in drivers):
        yield Fix("let the later GRAPH override it: override = true in its table")


def _places(drivers: Iterable[Driver]) -> str:
    """Return the places where a driver is declared, each once."""
    from tierdeps.analysis.fixes.places import where

    return " or ".join(dict.fromkeys(where(driver.origin) for driver in drivers))


RULE = Rule(
    *DUPLICATE_DRIVER,
    Severity.ERROR,
    "Several drivers have the same name, so a dependency on that name is ambiguous.",
    """
# one.toml                     # other.toml
[drivers.storage]              [drivers.storage]
""",
    "Rename one of them, or omit the plugin or the graph file that declares it. A graph file that is meant to\n"
    "change a driver of an earlier file sets override = true in its table.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
