"""What makes a finding the same finding next time: never its line, its wording or its place in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps._util.text import printable
from tierdeps.model import Kind
from tierdeps.words.sentences import arrow_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.model import Edge, Finding, Step

#: The dependencies of a larger component are represented by their hash: nobody reviews such a list.
LISTED = 100
#: How much a dependency demands; those of order alone demand least.
HARDNESS = {Kind.REQUIRES: 2, Kind.WANTS: 1}


class Identity(Value):
    """A finding's code and what it is about.

    A cycle is the set of all dependencies in its component, so one more cycle among the same drivers is another
    finding; ``drivers`` and ``subject`` are then empty. Each dependency comes with its terms: one that becomes hard, or
    unconditional, makes another finding.
    """

    code: str
    drivers: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()

    @classmethod
    def of(cls, finding: Finding) -> Identity:
        """Return a finding's identity."""
        if finding.cycle is not None:
            edges = _strongest(finding.cycle.component_edges or finding.cycle.edges)
            return cls(finding.code, edges=_abridged(_canonical(map(arrow_text, edges))))
        drivers = finding.drivers if finding.anchors is None else finding.anchors
        return cls(finding.code, _canonical(drivers), _canonical(finding.subject))

    @property
    def fingerprint(self) -> str:
        """Its hash, for code hosts that follow a finding from commit to commit."""
        return hash_of([self.code, self.drivers, self.subject, self.edges])

    @property
    def sort_key(self) -> tuple[object, ...]:
        """What identities are ordered by."""
        return (self.code, self.drivers, self.subject, self.edges)

    def __str__(self) -> str:
        about = self.edges or (*self.drivers, *self.subject)
        return f"{self.code} {', '.join(about)}".rstrip()


def fingerprints(findings: Iterable[Finding], graph: str = "") -> list[str]:
    """Return a fingerprint for each finding; the second of one identity gets one of its own.

    Where one report is of several graphs, ``graph`` names the one that they are of.
    """
    seen: dict[str, int] = {}
    found = []
    for finding in findings:
        plain = Identity.of(finding).fingerprint
        plain = hash_of([graph, plain]) if graph else plain
        seen[plain] = seen.get(plain, 0) + 1
        found.append(plain if seen[plain] == 1 else hash_of([plain, seen[plain]]))
    return found


def _strongest(edges: Iterable[Edge]) -> Iterator[Edge]:
    """Yield the edges that no other one between the same steps includes: what follows from it adds nothing."""
    between: dict[tuple[Step, Step], list[Edge]] = {}
    for edge in edges:
        between.setdefault((edge.dependent, edge.needed), []).append(edge)
    for group in between.values():
        yield from group if len(group) == 1 else _undominated(group)


def _undominated(group: list[Edge]) -> Iterator[Edge]:
    strengths = {(_hardness(edge), edge.when) for edge in group}
    for edge in group:
        this = (_hardness(edge), edge.when)
        others = strengths - {this}
        if not any(hard >= this[0] and when in (None, this[1]) for hard, when in others):
            yield edge


def _hardness(edge: Edge) -> int:
    return HARDNESS.get(edge.kind, 0)


def _canonical(names: Iterable[str]) -> tuple[str, ...]:
    """Return names sorted and escaped, so that any file can hold them."""
    return tuple(sorted({printable(name) for name in names}))


def _abridged(edges: tuple[str, ...]) -> tuple[str, ...]:
    return edges if len(edges) <= LISTED else (f"{len(edges)} dependencies, sha256:{hash_of(edges)}",)


def hash_of(content: object) -> str:
    """Return a hash of plain values, the same on every machine."""
    import json
    from hashlib import sha256

    return sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()
