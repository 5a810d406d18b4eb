"""What an importer could not read stays with the declarations, for the rules that report it."""

from __future__ import annotations

from tierdeps import Declarations, DependencyGraph, Driver, Finding, Severity

LINE = Finding("ACME1", "line", Severity.ERROR, "line 3 cannot be read", ("a",))
FILE = Finding("ACME1", "line", Severity.ERROR, "b.deps cannot be read")


def test_findings_of_several_graphs_are_joined() -> None:
    merged = Declarations((Driver("a"),), findings=(LINE,)) | Declarations((Driver("b"),), findings=(FILE,))
    assert merged.findings == (LINE, FILE)


def test_a_graph_keeps_them() -> None:
    graph = DependencyGraph.of(Declarations((Driver("a"),), findings=(LINE,)))
    assert graph.declarations.findings == (LINE,)
    assert graph.with_all_facts().declarations.findings == (LINE,)
