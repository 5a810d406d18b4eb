"""``check --fix`` and ``--diff``: findings are fixed in graph files where there is one way to do it.

Every change is made on the texts first, and the graph is checked again: it counts only if the files declare just what
the change was to declare, its finding is gone, and no error was added.
"""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, replace
from tierdeps._util.text import printable
from tierdeps.baseline.identity import Identity
from tierdeps.cli._baseline import BaselineOptions, Checked, compare_with_baseline
from tierdeps.cli._inputs import read_bytes, read_graph
from tierdeps.cli.output.files import write_answer
from tierdeps.errors import InputError, TierdepsError
from tierdeps.importers.graphfile.changes import Edit, edit_of
from tierdeps.importers.graphfile.editing import edited
from tierdeps.rule_codes import CYCLE, INVERSION
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tierdeps.cli._check import CheckRequest
    from tierdeps.cli._session import Session
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Declarations, Finding, Fix

#: Which dependency a cycle or an inversion is ended at is a decision.
DECISIONS = {CYCLE.code, INVERSION.code}
DIFF_KINDS = {"+": "added", "-": "removed", "@": "dim"}


class _Found(Value):
    """What a check has found, and in which graph."""

    findings: Mapping[Identity, Finding]
    graph: DependencyGraph

    @property
    def errors(self) -> set[Identity]:
        return {identity for identity, finding in self.findings.items() if finding.severity == "error"}


class Fixer:
    """Fixes the findings of one check after another; the texts of changed files are kept in the session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.before: dict[str, str] = {}
        self.fixed = 0

    def fix(self, request: CheckRequest, *, partial: bool) -> None:
        """Fix what there is one way to fix, until nothing is left of that."""
        found = self._check(request, partial=partial)
        refused: set[Identity] = set()
        while edits := self._edits(found, refused):
            first_of_place = {edit.place: identity for identity, edit in reversed(edits.items())}
            group = {identity: edits[identity] for identity in first_of_place.values()}
            after = self._tried(request, found, group, partial=partial)
            if after is not None:
                self.fixed += len(group)
            else:
                after = self._first_that_works(request, found, group, refused, partial=partial)
            found = after or found

    def _first_that_works(
        self,
        request: CheckRequest,
        found: _Found,
        edits: Mapping[Identity, Edit],
        refused: set[Identity],
        *,
        partial: bool,
    ) -> _Found | None:
        """Try edits one by one up to the first that works; those that do not are added to ``refused``."""
        for identity, edit in edits.items():
            after = self._tried(request, found, {identity: edit}, partial=partial)
            if after is not None:
                self.fixed += 1
                return after
            refused.add(identity)
        return None

    def _check(self, request: CheckRequest, *, partial: bool) -> _Found:
        graph = self._session.graph_with_all_facts(request.graph_request, partial=partial)
        rule_run = request.run_rules(self._session, graph)
        options = BaselineOptions(request.baseline.file, request.baseline.off)
        (diff,) = compare_with_baseline(self._session, options, (Checked(request.graph_request, rule_run),))
        findings = rule_run.report(diff).findings
        return _Found({Identity.of(finding): finding for finding in findings}, graph)

    def _edits(self, found: _Found, refused: set[Identity]) -> dict[Identity, Edit]:
        """Return the one edit of each finding that has exactly one."""
        edits: dict[Identity, Edit] = {}
        for identity, finding in found.findings.items():
            if finding.code in DECISIONS or identity in refused:
                continue
            fixes = [fix for fix in finding.fixes if fix.change is not None]
            verified = [fix for fix in fixes if fix.proof.startswith("verified")] or fixes
            possible = [edit for fix in verified if (edit := self._edit(fix, found.graph))]
            if len(possible) == 1 and Path(possible[0].file).is_file():
                edits[identity] = possible[0]
        return edits

    @staticmethod
    def _edit(fix: Fix, graph: DependencyGraph) -> Edit | None:
        return None if fix.change is None else edit_of(fix.change, graph.drivers, graph.declarations)

    def _tried(
        self, request: CheckRequest, found: _Found, edits: Mapping[Identity, Edit], *, partial: bool
    ) -> _Found | None:
        """Make edits; return what is found then, or None, with nothing changed, if they did not do what they were to.

        Raises InputError where the library that edits such a file is not installed.
        """
        before = dict(self._session.texts)
        if self._write(edits.values()):
            try:
                after = self._check(request, partial=partial)
            except TierdepsError:
                after = None
            if after is not None and not after.findings.keys() & edits.keys() and not after.errors - found.errors:
                return after
        self._session.texts.clear()
        self._session.texts.update(before)
        return None

    def apply(self, edit: Edit) -> bool:
        """Make one edit in the texts; return whether the file then declares what it is to; else nothing is changed."""
        before = dict(self._session.texts)
        if self._write_file(edit.file, [edit]):
            self.fixed += 1
            return True
        self._session.texts.clear()
        self._session.texts.update(before)
        return False

    def _write(self, edits: Iterable[Edit]) -> bool:
        """Make edits in the texts; return whether all files then declare what the changes make of them."""
        by_file: dict[str, list[Edit]] = {}
        for edit in edits:
            by_file.setdefault(edit.file, []).append(edit)
        return all(self._write_file(file, group) for file, group in by_file.items())

    def _write_file(self, file: str, edits: Sequence[Edit]) -> bool:
        old = self._session.texts.get(file)
        if old is None:
            old = self.before.setdefault(file, read_bytes(file).decode())
        new = edited(file, old, [edit.mutation for edit in edits])
        if new is None:
            return False
        expected = read_graph(file, self._session.manager.importers(), old, self._session.reading)
        for edit in edits:
            expected = edit.change.apply(expected)
        self._session.texts[file] = new
        return _says(read_graph(file, self._session.manager.importers(), new, self._session.reading)) == _says(expected)

    def changed(self) -> Iterator[tuple[str, str, str]]:
        """Yield each changed file, with its text before and after."""
        for file, text in sorted(self._session.texts.items()):
            if text != self.before[file]:
                yield file, self.before[file], text


def _says(declarations: Declarations) -> tuple[object, ...]:
    """Return what is declared, wherever that is."""
    return (
        tuple(declarations.drivers),
        declarations.tiers,
        dict(declarations.facts),
        dict(declarations.choices),
        declarations.disabled,
    )


def fix_graphs(session: Session, request: CheckRequest, *, each: bool) -> Fixer:
    """Fix the graphs of a check, in texts that are not yet written."""
    fixer = Fixer(session)
    graph_request = request.graph_request
    requests = (
        [replace(graph_request, graphs=(graph,), given=(graph,)) for graph in dict.fromkeys(graph_request.graphs)]
        if each
        else [graph_request]
    )
    for one in requests:
        try:
            fixer.fix(replace(request, graph_request=one), partial=each)
        except InputError:
            if not each:
                raise  # else the check reports it, beside what it finds in the others
    return fixer


def write_fixed(session: Session, fixer: Fixer) -> None:
    """Write the changed files."""
    changed = [file for file, _, _ in fixer.changed()]
    for file, _, text in fixer.changed():
        write_answer(file, text)
    session.texts.clear()
    if changed:
        session.info(f"fixed {counted(fixer.fixed, 'finding')} in {', '.join(changed)}")
    else:
        session.info("nothing was fixed: no finding has exactly one safe fix in a graph file")


def diff_lines(session: Session, fixer: Fixer) -> Iterator[str]:
    """Yield what would be changed, as a unified diff."""
    palette = session.palette()
    for file, before, after in fixer.changed():
        for line in unified_diff(before.splitlines(), after.splitlines(), file, file, lineterm=""):
            kind = DIFF_KINDS.get(line[:1])
            yield palette(kind, printable(line)) if kind else printable(line)
