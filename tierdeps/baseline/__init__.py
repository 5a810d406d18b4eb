"""The baseline: findings that a team lives with for now, each known again by what it is about, each with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, replace
from tierdeps.baseline.identity import Identity
from tierdeps.model import Excuse
from tierdeps.rule_codes import EXPIRED_BASELINE, STALE_BASELINE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from tierdeps.model import Finding, Origin

#: The codes of findings about the baseline itself: no entry excuses these.
NOT_EXCUSABLE = (STALE_BASELINE.code, EXPIRED_BASELINE.code)


class Entry(Value):
    """One finding that is excused: why, by whom, and through which day (None: until it is fixed).

    ``graphs`` are those that the finding's graph is merged from, sorted, relative to the baseline's folder; none: it is
    that of the installed plugins.
    """

    identity: Identity
    reason: str
    owner: str = ""
    until: date | None = None
    origin: Origin | None = None
    graphs: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[tuple[str, ...], Identity]:
        """What no two entries have in common."""
        return self.graphs, self.identity

    def expired(self, today: date) -> bool:
        """Return whether its last day is over."""
        return self.until is not None and self.until < today

    def excuse(self, finding: Finding) -> Finding:
        """Return a finding with what the entry says of it."""
        return replace(finding, excuse=Excuse(self.reason, self.owner, self.until, self.origin))


class Baseline(Value):
    """What is excused in any number of graphs; no two entries have one key."""

    entries: tuple[Entry, ...] = ()

    def of(self, graphs: tuple[str, ...]) -> tuple[Entry, ...]:
        """Return the entries of one graph."""
        return tuple(entry for entry in self.entries if entry.graphs == graphs)

    def plus(
        self,
        findings: Iterable[Finding],
        reason: str,
        owner: str = "",
        until: date | None = None,
        *,
        graphs: tuple[str, ...] = (),
    ) -> Baseline:
        """Return it with an entry for each finding of a graph that has none; the entries there are stay as they are."""
        there = {entry.identity for entry in self.of(graphs)}
        wanted = dict.fromkeys(Identity.of(finding) for finding in findings if finding.code not in NOT_EXCUSABLE)
        added = (Entry(item, reason, owner, until, graphs=graphs) for item in wanted if item not in there)
        return replace(self, entries=(*self.entries, *added))

    def minus(self, entries: Collection[Entry]) -> Baseline:
        """Return it without some of its entries."""
        return replace(self, entries=tuple(entry for entry in self.entries if entry not in entries))


class BaselineDiff(Value):
    """Findings of one graph held against the baseline: ``stale`` entries excuse nothing that is there any more.

    ``excused_by`` has the entry of each of ``known``. ``command`` is what checks the same graph against
    the same baseline, as a shell takes it.
    """

    new: tuple[Finding, ...] = ()
    known: tuple[Finding, ...] = ()
    stale: tuple[Entry, ...] = ()
    expired: tuple[tuple[Entry, int], ...] = ()
    excused_by: tuple[Entry, ...] = ()
    command: str = "tierdeps check"


def compare(
    baseline: Baseline,
    findings: Iterable[Finding],
    today: date,
    silent: Collection[str] = frozenset(),
    graphs: tuple[str, ...] = (),
) -> BaselineDiff:
    """Hold the findings of one graph against its entries of the baseline; those of other graphs are not looked at.

    An entry that has expired excuses nothing, and comes with the days since then. Of the ``silent`` codes, whose rules
    did not run, no entry is stale.
    """
    entries = baseline.of(graphs)
    excused = {entry.identity: entry for entry in entries}
    found: set[Identity] = set()
    new: list[Finding] = []
    known: list[tuple[Finding, Entry]] = []
    for finding in findings:
        identity = Identity.of(finding)
        found.add(identity)
        entry = excused.get(identity)
        if entry is None or entry.expired(today):
            new.append(finding)
        else:
            known.append((finding, entry))
    gone = [item for item in entries if item.identity not in found and item.identity.code not in silent]
    expired = (
        (entry, (today - entry.until).days)
        for entry in entries
        if entry.until is not None and entry.expired(today) and entry.identity in found
    )
    return BaselineDiff(
        tuple(new),
        tuple(finding for finding, _ in known),
        tuple(gone),
        tuple(expired),
        tuple(entry for _, entry in known),
    )
