"""The baseline: findings that a team accepts for now, each with a reason; they are recognised by their identity."""

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
        """What distinguishes entries: no two may have the same key."""
        return self.graphs, self.identity

    def expired(self, today: date) -> bool:
        """Return whether its last day has passed."""
        return self.until is not None and self.until < today

    def excuse(self, finding: Finding) -> Finding:
        """Return a finding with this entry as its excuse."""
        return replace(finding, excuse=Excuse(self.reason, self.owner, self.until, self.origin))


class Baseline(Value):
    """The excused findings of any number of graphs; no two entries have the same key.

    ``json_schema`` is the address of the JSON Schema that the file names for editors; empty if it names none.
    """

    entries: tuple[Entry, ...] = ()
    json_schema: str = ""

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
        """Return a baseline with an entry for each finding of a graph that has none; existing entries stay the same."""
        there = {entry.identity for entry in self.of(graphs)}
        wanted = dict.fromkeys(Identity.of(finding) for finding in findings if finding.code not in NOT_EXCUSABLE)
        added = (Entry(item, reason, owner, until, graphs=graphs) for item in wanted if item not in there)
        return replace(self, entries=(*self.entries, *added))

    def minus(self, entries: Collection[Entry]) -> Baseline:
        """Return a baseline without some of the entries."""
        return replace(self, entries=tuple(entry for entry in self.entries if entry not in entries))


class BaselineDiff(Value):
    """The findings of one graph compared with the baseline; ``stale`` entries excuse no finding any more.

    ``excused_by`` has the entry for each of ``known``. ``expired`` entries come with the days since they expired.
    ``command`` is a shell command that checks the same graph against the same baseline.
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
    """Compare the findings of one graph with its entries in the baseline; entries of other graphs are ignored.

    An expired entry excuses nothing. Entries whose code is ``silent``, because the rule did not run, are never stale.
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
