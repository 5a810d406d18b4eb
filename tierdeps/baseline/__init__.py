"""The baseline: findings that a team lives with for now, each known again by what it is about, each with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.baseline.identity import Identity
from tierdeps.value import Value, replace

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from tierdeps.model import Finding, Origin

#: Findings about the baseline itself: no entry excuses them.
STALE, EXPIRED = "TD401", "TD402"


class Entry(Value):
    """One finding that is excused: why, by whom, and through which day (None: until it is mended)."""

    identity: Identity
    reason: str
    owner: str = ""
    until: date | None = None
    origin: Origin | None = None

    def expired(self, today: date) -> bool:
        """Tell whether its last day is over."""
        return self.until is not None and self.until < today


class Baseline(Value):
    """What is excused; no two entries have one identity."""

    entries: tuple[Entry, ...] = ()

    def plus(self, findings: Iterable[Finding], reason: str, owner: str = "", until: date | None = None) -> Baseline:
        """Return it with an entry for each finding that has none; the entries there are stay as they are."""
        there = {entry.identity for entry in self.entries}
        wanted = dict.fromkeys(Identity.of(finding) for finding in findings if finding.code not in (STALE, EXPIRED))
        added = (Entry(identity, reason, owner, until) for identity in wanted if identity not in there)
        return replace(self, entries=(*self.entries, *added))

    def minus(self, entries: Collection[Entry]) -> Baseline:
        """Return it without some of its entries."""
        return replace(self, entries=tuple(entry for entry in self.entries if entry not in entries))


class Comparison(Value):
    """Findings held against the baseline: ``stale`` entries excuse nothing that is there any more."""

    new: tuple[Finding, ...] = ()
    known: tuple[Finding, ...] = ()
    stale: tuple[Entry, ...] = ()
    expired: tuple[tuple[Entry, int], ...] = ()


def compare(
    baseline: Baseline, findings: Iterable[Finding], today: date, silent: Collection[str] = frozenset()
) -> Comparison:
    """Hold findings against the baseline.

    An entry that has expired excuses nothing, and comes with the days since then. Of the ``silent`` codes, whose rules
    did not run, no entry is stale.
    """
    excused = {entry.identity: entry for entry in baseline.entries}
    found: set[Identity] = set()
    new: list[Finding] = []
    known: list[Finding] = []
    for finding in findings:
        identity = Identity.of(finding)
        found.add(identity)
        entry = excused.get(identity)
        (new if entry is None or entry.expired(today) else known).append(finding)
    gone = [item for item in baseline.entries if item.identity not in found and item.identity.code not in silent]
    expired = (
        (entry, (today - entry.until).days)
        for entry in baseline.entries
        if entry.until is not None and entry.expired(today) and entry.identity in found
    )
    return Comparison(tuple(new), tuple(known), tuple(gone), tuple(expired))
