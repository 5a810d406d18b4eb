"""The two sides of a comparison, read from files or out of git."""

from __future__ import annotations

import os
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from tierdeps.cli._git import Range, Repository
from tierdeps.cli._inputs import read_bytes
from tierdeps.diff import take_snapshot
from tierdeps.errors import InputError, suggestion
from tierdeps.graph import DependencyGraph
from tierdeps.value import replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tierdeps.cli._session import Session
    from tierdeps.diff import Snapshot

#: So many bytes of a file are looked at to tell what it is.
LOOK = 200


def is_lock(name: str) -> bool:
    """Tell a lock from a graph by its name, or by its first words."""
    path = Path(name)
    return path.suffix == ".lock" or (path.is_file() and b'"tierdeps/lock/' in path.read_bytes()[:LOOK])


def _locked(file: str, name: str) -> Snapshot:
    """Read a lock: what was true where it was written."""
    from tierdeps.lock import declarations, load

    lock = load(file, read_bytes(file))
    return replace(take_snapshot(name, DependencyGraph.of(declarations(lock)), here=True), facts=lock.plan.facts)


class Reader:
    """Reads both sides under the same assumptions, and remembers which facts either of them mentions."""

    def __init__(self, session: Session, assumed: Mapping[str, bool], allow_empty: bool) -> None:
        self._session = session
        self._assumed = assumed
        self._allow_empty = allow_empty
        self._mentioned: set[str] = set()

    def read(self, sides: Sequence[str]) -> tuple[Snapshot, Snapshot]:
        """Read OLD and NEW, or REV..REV with its GRAPHs: a name with dots in it is a file's where there is one."""
        revisions = None if Path(sides[0]).exists() else Range.parse(sides[0])
        return self._files(sides) if revisions is None else self._revisions(revisions, sides[1:])

    def _files(self, sides: Sequence[str]) -> tuple[Snapshot, Snapshot]:
        if len(sides) != len(("OLD", "NEW")):
            raise click.UsageError("diff compares two graphs: tierdeps diff OLD NEW, or tierdeps diff REV..REV GRAPH")
        old, new = sides
        here = is_lock(old) or is_lock(new)
        return self._side(old, here=here), self._side(new, here=here)

    def _side(self, name: str, *, here: bool) -> Snapshot:
        """Read a graph, or a lock; beside a lock only what holds on this host is compared."""
        return _locked(name, name) if is_lock(name) else self._snapshot(name, (name,), here=here)

    def _revisions(self, revisions: Range, graphs: Sequence[str]) -> tuple[Snapshot, Snapshot]:
        """Read graphs, or a lock, as at two revisions; the settings are those of here and now on both sides."""
        if not graphs or "-" in graphs:
            raise click.UsageError("name the graph files that are to be read from git: tierdeps diff REV..REV GRAPH")
        repository = Repository.around(Path.cwd())
        old, new = repository.commits(revisions)
        old_name = f"where {revisions.new} left {revisions.old}" if revisions.parted else revisions.old
        return self._revision(repository, old, old_name, graphs), self._revision(repository, new, revisions.new, graphs)

    def _revision(self, repository: Repository, commit: str, name: str, graphs: Sequence[str]) -> Snapshot:
        """Read graphs as if one stood in the same folder at that time, so that they have the same names and origins."""
        _ = self._session.settings, self._session.manager  # found here, before the folder is another one
        names = [os.path.relpath(graph) for graph in graphs]
        with TemporaryDirectory(prefix="tierdeps-") as folder:
            try:
                with chdir(repository.write(commit, names, Path(folder))):
                    alone = len(names) == 1 and is_lock(names[0])
                    return _locked(names[0], name) if alone else self._snapshot(name, names)
            except InputError as error:
                raise InputError(f"{name}:{error.source}", error.message, error.place) from None

    def _snapshot(self, name: str, graphs: Sequence[str], *, here: bool = False) -> Snapshot:
        found = self._session.declarations(graphs, allow_empty=self._allow_empty)
        facts = {**self._session.manager.facts(), **found.facts, **self._assumed}
        graph = DependencyGraph.of(replace(found, facts=facts))
        self._mentioned |= set(graph.mentioned_facts)
        return take_snapshot(name, graph, here=here)

    def warn_of_unmentioned(self) -> None:
        """Say which assumed facts no dependency of either side hangs on."""
        for name in sorted(set(self._assumed) - self._mentioned):
            near = suggestion(name, self._mentioned)
            self._session.talk(f"warning: --assume {name}: no dependency hangs on this fact{near}")
