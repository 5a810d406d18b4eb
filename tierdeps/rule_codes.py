"""The codes and names of the built-in rules, in one place, and how settings and options refer to rules."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

Item = TypeVar("Item")


#: The environment variable with the address at which the documentation is published.
DOCUMENTATION = "TIERDEPS_DOCS"


class RuleCode(NamedTuple):
    """A rule as users name it in settings and options, and as it is called in findings."""

    code: str
    name: str


# Errors of the graph: there is no plan while one of them is there.
CYCLE = RuleCode("TD101", "cycle")
INVERSION = RuleCode("TD102", "inversion")
MISSING = RuleCode("TD103", "missing")
AMBIGUOUS_PROVIDER = RuleCode("TD104", "ambiguous-provider")
DUPLICATE_DRIVER = RuleCode("TD105", "duplicate-driver")
CONFLICT = RuleCode("TD106", "conflict")
UNKNOWN_PHASE = RuleCode("TD107", "unknown-phase")
TIER = RuleCode("TD108", "tier")
ITSELF = RuleCode("TD109", "itself")
UNKNOWN_HOST = RuleCode("TD110", "unknown-host")
QUORUM = RuleCode("TD111", "quorum")
# Warnings about the graph.
REDUNDANT = RuleCode("TD201", "redundant")
TIER_TIES = RuleCode("TD202", "tier-ties")
UNUSED_CAPABILITY = RuleCode("TD203", "unused-capability")
NO_TIER = RuleCode("TD204", "no-tier")
UNSTATED_FACT = RuleCode("TD205", "unstated-fact")
UNKNOWN_NAME = RuleCode("TD206", "unknown-name")
DISABLED_REQUIREMENT = RuleCode("TD207", "disabled-requirement")
DROPPED = RuleCode("TD208", "dropped")
IDLE_COUPLING = RuleCode("TD209", "idle-coupling")
# Plugins and lifecycles.
BROKEN_PLUGIN = RuleCode("TD301", "broken-plugin")
DUPLICATE_PLUGIN = RuleCode("TD302", "duplicate-plugin")
UNDECLARED_LOOKUP = RuleCode("TD303", "undeclared-lookup")
UNFIT_LIFECYCLE = RuleCode("TD304", "unfit-lifecycle")
UNDECLARED_DEPENDENCY = RuleCode("TD305", "undeclared-dependency")
# What processes find on this host.
MISSING_VARIABLE = RuleCode("TD306", "missing-variable")
MISSING_PROGRAM = RuleCode("TD307", "missing-program")
# The baseline.
STALE_BASELINE = RuleCode("TD401", "stale-baseline")
EXPIRED_BASELINE = RuleCode("TD402", "expired-baseline")


def is_meant(selector: str, code: str, name: str) -> bool:
    """Return whether a selector means a rule: it is the code, the beginning of it, or the name; case is ignored."""
    return code.upper().startswith(selector.upper()) or selector.lower() == name.lower()


def most_specific(table: Mapping[str, Item], code: str, name: str) -> Item | None:
    """Return the value of the selector that says most about a rule: its code or name, else the longest beginning."""
    found = [selector for selector in table if is_meant(selector, code, name)]
    if not found:
        return None
    return table[max(found, key=lambda selector: len(code) if selector.lower() == name.lower() else len(selector))]


def page_of(code: str) -> str:
    """Return the address of the page of a built-in rule's code, or an empty text if it is not known.

    The address of the documentation is in the environment, else in the metadata of the installed distribution.
    """
    if not any(isinstance(rule, RuleCode) and rule.code == code for rule in globals().values()):
        return ""
    base = os.environ.get(DOCUMENTATION) or _published()
    return f"{base.rstrip('/')}/reference/codes/{code}.html" if base else ""


@cache
def _published() -> str:
    """Return the address of the documentation that the distribution declares."""
    from importlib.metadata import PackageNotFoundError, metadata  # only where a page is linked to

    try:
        urls = metadata("tierdeps").get_all("Project-URL") or ()
    except PackageNotFoundError:
        return ""
    return next((url.partition(",")[2].strip() for url in urls if url.lower().startswith("documentation,")), "")
