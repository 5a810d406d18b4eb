"""The two sides of ``diff``, read from files or from git revisions."""

from __future__ import annotations

import os
import re
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from tierdeps._util.frozen import replace
from tierdeps.analysis.diff import compare, take_snapshot
from tierdeps.cli._inputs import read_bytes
from tierdeps.cli._locked import LOCK_FILE, is_lock
from tierdeps.cli.git.graph_pairs import GraphPair, expand, named, pair_graphs, side_has, with_graphs
from tierdeps.cli.git.repository import Repository, Revisions
from tierdeps.cli.git.trees import find, write
from tierdeps.errors import InputError, UnknownNameError
from tierdeps.graph import DependencyGraph
from tierdeps.model import Declarations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tierdeps.analysis.diff import Difference, Snapshot
    from tierdeps.cli._session import Session

#: OLD..NEW, or OLD...NEW for what NEW did since they parted; an omitted end is HEAD.
RANGE = re.compile(r"(?P<old>[^.].*?)?(?P<dots>\.{2,3})(?P<new>[^./].*)?")
ASK_FOR_FILES = "name the graph files to read from git: tierdeps diff REV[..REV] GRAPH"
USAGE = "diff compares two graphs: tierdeps diff OLD NEW, or tierdeps diff REV[..REV] [GRAPH...]"


def parse_range(text: str) -> Revisions | None:
    """Parse a range of revisions; None if the text is none."""
    found = RANGE.fullmatch(text)
    return Revisions(found["old"] or "HEAD", found["new"] or "HEAD", found["dots"] == "...") if found else None


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:  # an impossible name: reading it reports that
        return False


def _locked(file: str, name: str) -> Snapshot:
    """Read a lock, with the facts that it records."""
    from tierdeps.lock import declarations, load

    lock = load(file, read_bytes(file))
    found = take_snapshot(name, DependencyGraph.of(declarations(lock)), active_only=True)
    return replace(found, facts=lock.plan.facts, targets=lock.targets)


class Reader:
    """Reads both sides under the same settings and assumptions, and records which facts either of them mentions."""

    def __init__(self, session: Session, assumed: Mapping[str, bool], allow_empty: bool) -> None:
        self._session = session
        self._assumed = assumed
        self._allow_empty = allow_empty
        self._mentioned: set[str] = set()

    def compare(self, sides: Sequence[str], *, each: bool = False) -> Sequence[Difference]:
        """Compare OLD with NEW, or revisions; a name that is both means the file.

        Graphs are merged, and one difference is returned, unless ``each`` is to be compared by itself.
        """
        first, *others = sides
        if _exists(first):
            return (self._files(sides, each=each),)
        if revisions := parse_range(first):
            return self._revisions(revisions, others, each=each)
        repository = _repository_with(first, is_file_too=len(others) == 1)
        if others and not _exists(others[0]) and repository.has(others[0]):
            return self._revisions(Revisions(first, others[0]), others[1:], each=each)
        return self._revisions(Revisions(first), others, each=each)

    def _files(self, sides: Sequence[str], *, each: bool) -> Difference:
        if len(sides) != len(("OLD", "NEW")):
            raise click.UsageError(USAGE)
        if each:
            raise click.UsageError("--each requires revisions: tierdeps diff --each REV[..REV] [GRAPH...]")
        old, new = sides
        here = is_lock(old) or is_lock(new)
        return compare(self._file(old, here=here), self._file(new, here=here))

    def _file(self, name: str, *, here: bool) -> Snapshot:
        """Read a graph, or a lock; beside a lock only what holds on this host is compared."""
        return _locked(name, name) if is_lock(name) else self._snapshot(name, (name,), here=here)

    def _revisions(self, revisions: Revisions, graphs: Sequence[str], *, each: bool) -> Sequence[Difference]:
        """Read graphs, or a lock, as at two revisions; the settings are those of here and now on both sides."""
        if "-" in graphs:
            raise click.UsageError(f"{ASK_FOR_FILES}, not the standard input")
        _ = self._session.settings, self._session.manager  # found here, before the folder is another one
        repository = Repository.here()
        old, new = repository.commits(revisions)
        names = [repository.relative(graph) for graph in graphs or self._default_graphs(repository, (old, new))]
        pairs = pair_graphs(repository, old, new, expand(repository, (old, new), names))
        groups = [[pair] for pair in pairs] if each else [pairs]
        sides = [self._sides(repository, (old, new), revisions.names, group) for group in groups]
        self._refuse_unknown_drivers(snapshot for both in sides for snapshot in both)
        found = [with_graphs(compare(*both), group) for both, group in zip(sides, groups, strict=True)]
        return [named(*pair) for pair in zip(found, pairs, strict=True)] if each else found

    def _sides(
        self,
        repository: Repository,
        commits: tuple[str, str | None],
        names: tuple[str, str],
        pairs: Sequence[GraphPair],
    ) -> tuple[Snapshot, Snapshot]:
        """Read both sides of some graphs."""
        old = [pair.old for pair in pairs if pair.old]
        new = [pair.new for pair in pairs if pair.new]
        here = any(map(is_lock, (*old, *new)))
        return (
            self._revision(repository, commits[0], names[0], old, here=here),
            self._revision(repository, commits[1], names[1], new, here=here),
        )

    def _default_graphs(self, repository: Repository, sides: Sequence[str | None]) -> Sequence[str]:
        """Return the graphs to compare if none is named: those of the settings, or the lock if a side has it."""
        settings = self._session.settings
        if settings.graphs:
            return [os.path.join(Path(settings.source).parent, name) for name in settings.graphs]  # noqa: PTH118  a slash at its end counts
        lock = str(Path(settings.source).parent / LOCK_FILE)
        if any(side_has(repository, side, [lock]) for side in sides):
            return [lock]
        raise click.UsageError(f"neither side has a {LOCK_FILE}; {ASK_FOR_FILES}")

    def _revision(
        self, repository: Repository, commit: str | None, name: str, graphs: Sequence[str], *, here: bool
    ) -> Snapshot:
        """Read graphs in a copy of the current folder at that commit, so that they have the same names and origins."""
        if commit is None:
            return self._side(name, graphs, here=here)
        with TemporaryDirectory(prefix="tierdeps-") as folder:
            try:
                with chdir(write(repository, find(repository, commit, graphs).values(), Path(folder))):
                    return self._side(name, graphs, here=here)
            except InputError as error:
                raise error.within(name) from None

    def _side(self, name: str, graphs: Sequence[str], *, here: bool) -> Snapshot:
        """Read one side, which may have none of the graphs."""
        if not graphs:
            return take_snapshot(name, DependencyGraph.of(Declarations()), active_only=here)
        if len(graphs) == 1 and is_lock(graphs[0]):
            return _locked(graphs[0], name)
        return self._snapshot(name, graphs, here=here, partial=True)

    def _snapshot(self, name: str, graphs: Sequence[str], *, here: bool = False, partial: bool = False) -> Snapshot:
        found = self._session.declarations(graphs, allow_empty=self._allow_empty, partial=partial)
        facts = {**self._session.manager.facts(), **found.facts, **self._assumed}
        graph = DependencyGraph.of(replace(found, facts=facts))
        self._mentioned |= set(graph.mentioned_facts)
        return take_snapshot(name, graph.active, active_only=here)

    def _refuse_unknown_drivers(self, sides: Iterable[Snapshot]) -> None:
        """Raise UnknownNameError where the settings disable a driver that no side has."""
        known = {name for side in sides for name in side.drivers}
        for name in sorted(set(self._session.settings.disable) - known):
            raise UnknownNameError("driver", name, known)

    def warn_of_unused(self) -> None:
        """Warn of assumed facts that no dependency of either side is conditional on."""
        from tierdeps.cli._graph_request import GraphRequest

        self._session.warn_of_unused(GraphRequest(assumed=self._assumed).statements, self._mentioned)


def _repository_with(revision: str, *, is_file_too: bool) -> Repository:
    """Return the repository that has a revision. Raises InputError: a misspelt file is no revision either."""
    try:
        repository = Repository.here()
        repository.commit(revision)
    except InputError as error:
        if not is_file_too:
            raise
        refused = error.message if error.source.startswith("revision ") else f"not a revision: {error}"
        raise InputError(revision, f"no such file or folder, and {refused}") from None
    return repository
