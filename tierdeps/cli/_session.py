"""The session of one command: the settings, the plugins, the requested graph, and what is printed beside the answer."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from itertools import islice
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from tierdeps._util.frozen import field, replace
from tierdeps._util.text import printable, without_commands
from tierdeps.cli._graph_request import GraphRequest
from tierdeps.cli._reading import Reading
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.output.terminal import file_address, fitted, show, wants_color, width_of, write_beside
from tierdeps.errors import InputError, PluginError, UnknownNameError
from tierdeps.rule_codes import BROKEN_PLUGIN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from typing import Any, Self, TextIO

    from tierdeps.formats import Format, View
    from tierdeps.graph import DependencyGraph
    from tierdeps.manager import Manager
    from tierdeps.model import Declarations, Evidence, Finding, Plugin, Statement
    from tierdeps.reporters import Reporter
    from tierdeps.rules.runner import RuleRun, Selection
    from tierdeps.settings import Settings
    from tierdeps.words.code_frame import CodeFrame
    from tierdeps.words.palette import Palette

#: How many lines of an answer are written at once.
LINES_PER_PART = 5_000


class Session(Struct, dict=True):
    """The options that every command has, and what is loaded as they say."""

    verbose: bool = False
    quiet: bool = False
    config: str | None = None
    only: tuple[str, ...] = ()
    block: tuple[str, ...] = ()
    strict: bool = False
    color: str = "auto"
    uri: str | None = None
    importer: str | None = None
    root: str | None = None
    pager: bool = True
    #: Whether drivers are to start also what they would leave alone.
    all_drivers: bool = False
    #: The folder that is searched for settings.
    folder: Path = Path()
    #: The texts of graph files that are to be changed, as they are to be.
    texts: dict[str, str] = field(default_factory=dict)
    #: Prints a line beside the answer; a reporter that draws on the terminal replaces it.
    write: Callable[[str], None] = write_beside
    #: The broken plugins that findings report.
    _reported: frozenset[Plugin] = frozenset()

    @cached_property
    def settings(self) -> Settings:
        """The user's settings, with those of the command line on top."""
        from tierdeps.cli._inputs import read_settings

        found = read_settings(self.config, self.folder)
        return replace(
            found,
            only=self.only or found.only,
            block=(*found.block, *self.block),
            strict=self.strict or found.strict,
            defaults={**found.defaults, **self._defaults},
        )

    @property
    def _defaults(self) -> dict[str, object]:
        """What the command line sets for every driver."""
        found: dict[str, object] = {} if self.uri is None else {"uri": self.uri}
        return {**found, "all": True} if self.all_drivers else found

    @property
    def reading(self) -> Reading:
        """How the GRAPHs are read."""
        return Reading(self.importer, self.root)

    @cached_property
    def default_graphs(self) -> tuple[str, ...]:
        """The graphs that the settings name, for commands without a GRAPH; empty: the installed plugins."""
        from tierdeps.cli._graph_names import find_graphs

        return find_graphs(self.settings)

    def resolve(self, graph_request: GraphRequest) -> GraphRequest:
        """Return the request with its patterns expanded, and with the graphs of the settings if it names none."""
        from tierdeps.cli._graph_names import distinct, expand, repeated

        given = expand(graph_request.given)
        graphs = distinct(given)
        if len(graphs) < len(given):
            self.info(f"note: {', '.join(repeated(given))} is given more than once, and read once")
        return replace(graph_request, graphs=graphs or self.default_graphs)

    @property
    def manager(self) -> Manager:
        """The loaded plugins. Raises PluginError with ``--strict`` if one has failed so far."""
        self.refuse_broken()
        return self.loaded

    @cached_property
    def loaded(self) -> Manager:
        """The loaded plugins, also those that failed."""
        from tierdeps.manager import Manager

        manager = Manager(self.settings)
        manager.load()
        return manager

    def refuse_broken(self) -> None:
        """Raise PluginError with ``--strict`` if a plugin failed: before a command does its work."""
        broken = self.loaded.broken if self.settings.strict else ()
        if broken:
            raise PluginError(f"{len(broken)} of the plugins failed to load; for the reasons: tierdeps plugins")

    def reporters(self) -> tuple[Reporter, ...]:
        """Return the reporters of plugins, made for one run; a run may last for days, so failures are reported now."""
        reporters = self.manager.reporters()
        self.refuse_broken()
        self._warn_of_broken()
        return reporters

    def declarations(self, graphs: Sequence[str], *, allow_empty: bool = False, partial: bool = False) -> Declarations:
        """Return what the GRAPHs declare; without one, the graphs of the settings, or else the plugins.

        The settings override facts, choices and what is disabled, and may add dependencies; of a ``partial`` graph they
        may disable drivers that it does not have.
        """
        from tierdeps.cli._inputs import read_graph
        from tierdeps.model import Declarations
        from tierdeps.model.statement import GRAPH, SETTINGS, fact_source
        from tierdeps.model.templates import meant_by_name

        graphs = graphs or self.default_graphs
        if graphs:
            found = Declarations()
            for name in graphs:
                read = read_graph(name, self.manager.importers(), self.texts.get(name), self.reading)
                source = fact_source(GRAPH, PurePath(name).name or name)
                found |= replace(read, fact_sources=dict.fromkeys(read.facts, source))
            found = self.settings.over(found)
        else:
            self.reading.refuse_without_graph()
            found = self.manager.declarations()
        found |= Declarations(fact_sources=dict.fromkeys(self.settings.facts, SETTINGS))
        if not found.drivers and not allow_empty:
            if found.overrides:
                from tierdeps.model.override import unmatched

                raise unmatched(found.overrides, found.drivers)
            if graphs:
                raise InputError(", ".join(graphs), "it declares no driver; to accept that: --allow-empty")
            raise InputError("", "no installed plugin declares a driver; install one, or name a GRAPH")
        names = {driver.name for driver in found.drivers} if found.disabled else set()
        disabled = (name for given in found.disabled for name in meant_by_name(given, names))
        found = replace(found, disabled=frozenset(disabled))
        if partial:
            return replace(found, disabled=found.disabled & names)
        for name in sorted(found.disabled - names):
            raise UnknownNameError("driver", name, names)
        return found

    def graph(self, graph_request: GraphRequest, *, locked: bool = False) -> DependencyGraph:
        """Build the graph under this host's facts: those of plugins, then of graph files and settings, then assumed.

        It is the active part where there are targets; how much that is, is printed. For a plan that is ``locked`` the
        requested targets are ignored: they may select a part of that plan.
        """
        from tierdeps.cli._activity import active_part
        from tierdeps.graph import DependencyGraph
        from tierdeps.model.statement import ASSUMED

        found = self.declarations(graph_request.graphs, allow_empty=graph_request.allow_empty)
        facts = {**self.manager.facts(), **found.facts, **graph_request.assumed}
        sources = {**self.manager.fact_sources(), **found.fact_sources, **dict.fromkeys(graph_request.assumed, ASSUMED)}
        self.refuse_broken()
        statements = (*found.statements, *graph_request.statements)
        whole = DependencyGraph.of(replace(found, facts=facts, fact_sources=sources, statements=statements))
        targets = graph_request.targets
        return whole.active if locked and targets else active_part(whole, targets, self.info)

    def graph_with_all_facts(self, graph_request: GraphRequest, *, partial: bool = False) -> DependencyGraph:
        """Build the whole graph with every fact true unless it is assumed false.

        Where there are targets, its ``active`` part is what they need. ``partial`` is that of ``declarations``.
        """
        from tierdeps.cli._activity import graph_for
        from tierdeps.graph import DependencyGraph

        found = self.declarations(graph_request.graphs, allow_empty=graph_request.allow_empty, partial=partial)
        graph = DependencyGraph.of(replace(found, statements=(*found.statements, *graph_request.statements)))
        if set(graph.mentioned_facts).difference(found.facts, graph_request.assumed):
            graph = DependencyGraph.of(replace(graph.declarations, known_facts=self.manager.fact_names()))
        self.refuse_broken()
        return graph_for(graph.with_all_facts(graph_request.assumed), graph_request.targets)

    def warn_of_unused(self, assumed: Sequence[Statement], mentioned: Collection[str]) -> None:
        """Warn of assumed facts that no dependency is conditional on; commands that run the rules need not."""
        if assumed:
            from tierdeps.rules.unknown_name import unused_facts

            self.warn(unused_facts(assumed, mentioned))

    def warn(self, findings: Iterable[Finding]) -> None:
        """Print findings that are no reason to exit: a line for each kind, or all of them with ``--verbose``."""
        from tierdeps.words.findings import finding_lines, in_short

        view = self.view(sys.stderr)
        if self.verbose:
            for finding in findings:
                self.error(finding_lines(finding, view))
        elif not self.quiet:
            self.error(in_short(findings, view))

    def run_rules(
        self,
        graph: DependencyGraph,
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        *,
        import_lifecycles: bool = False,
        programs: bool = False,
    ) -> RuleRun:
        """Run the selected rules, or else those that the settings select, also on variables of processes."""
        from tierdeps.rules.runner import Selection

        found = self.settings
        selection = Selection(
            tuple(select) or found.select, (*found.ignore, *ignore), dict(found.severity), dict(found.hints)
        )
        return self._run_rules(
            graph, selection, import_lifecycles=import_lifecycles, environment=os.environ, programs=programs
        )

    def run_rules_for_plan(self, graph: DependencyGraph, select: tuple[str, ...] = ()) -> RuleRun:
        """Run the rules before a plan is made of the graph; the settings apply to them, except to TD1xx.

        Warnings may be ignored or made errors; what leaves no order stays an error. With ``select`` only those rules
        run: for a locked plan, those on what a lock does not contain.
        """
        from tierdeps.rules.runner import Selection

        found = self.settings
        selection = Selection(select, found.ignore, dict(found.severity), dict(found.hints), mandatory="TD1")
        return self._run_rules(graph, selection)

    def _run_rules(self, graph: DependencyGraph, selection: Selection, **more: Any) -> RuleRun:
        """Run rules; those of plugins are loaded first, so that the rule on broken plugins sees which failed."""
        from tierdeps.rules import RuleContext
        from tierdeps.rules.runner import run_rules

        rules = self.manager.rules()
        self.refuse_broken()
        if selection.selects(*BROKEN_PLUGIN):
            self._reported = frozenset(self.loaded.broken)
        context = RuleContext(graph, self.loaded.plugins, **more)
        return run_rules(context, rules, selection)

    def mark_reported(self, plugins: Iterable[Plugin]) -> None:
        """Record that the answer reports what is wrong with plugins, so that no warning has to."""
        self._reported |= frozenset(plugins)

    def refuse_errors(self, graph: DependencyGraph) -> None:
        """Print the findings and exit with 1 if the graph has errors; otherwise print the warnings."""
        self.refuse(self.run_rules_for_plan(graph).report().findings)

    def refuse(self, findings: Sequence[Finding]) -> None:
        """Print the errors among findings and exit with 1 if there are any; otherwise print the warnings."""
        errors = [finding for finding in findings if finding.severity == "error"]
        if findings:  # else nothing that prints them is imported
            self.report_errors(errors or findings)
        if errors:
            raise click.exceptions.Exit(1)

    def report_errors(self, findings: Iterable[Finding]) -> None:
        """Print the errors among findings, of which none is a reason to exit, and the warnings in short."""
        from tierdeps.words.findings import finding_lines

        view, warnings = self.view(sys.stderr), []
        for finding in findings:
            if finding.severity == "error":
                self.error(finding_lines(finding, view))
            else:
                warnings.append(finding)
        self.warn(warnings)

    def error(self, lines: Iterable[str]) -> None:
        """Print lines about what is wrong, also with ``--quiet``."""
        for line in lines:
            self.write(line)

    def view(self, stream: TextIO | None = None, **changes: Any) -> View:
        """Return how to render an answer; by default only a terminal gets colours."""
        from tierdeps.formats import View

        stream = stream or ANSWER.stream
        color = wants_color(self.color, stream)
        view = View(color=color, verbose=self.verbose, code_frame=_code_frame, warn=self._warn_of_format)
        if width := width_of(stream):
            view = replace(view, width=width)
        if view.color and stream.isatty():
            view = replace(view, address=file_address)
        return replace(view, **changes)

    def _warn_of_format(self, text: str) -> None:
        self.info(f"warning: {text}")

    def palette(self) -> Palette:
        """Return the colours of the answer, without importing formats."""
        from tierdeps.words.palette import Palette

        color = wants_color(self.color, ANSWER.stream)
        return Palette(color=color, address=file_address) if color and ANSWER.stream.isatty() else Palette(color=color)

    def print(self, document: str, name: str, subject: object, **view: Any) -> None:
        """Print an answer in a format: on a terminal as a whole, else in parts, since it can be longer than memory."""
        parts = self._parts(document, name, subject, **view)
        if ANSWER.stream.isatty():
            show("".join(parts), as_it_is=True, pager=self.pager)
            return
        for part in parts:
            if not show(part, as_it_is=True, pager=False):
                return

    def show(self, text: str) -> None:
        """Print an answer that is no document of ``render``: what looks like a command to a code host is escaped."""
        show(text, pager=self.pager)

    def render(self, document: str, name: str, subject: object, *, each: bool = False, **view: Any) -> str:
        """Return an answer in a format; with ``each`` several answers in one text, if the format can do that.

        Prose is broken at the width of the terminal that it is for, unless it is asked for in no colour: for a file.
        """
        return "".join(self._parts(document, name, subject, each=each, **view))

    def _parts(self, document: str, name: str, subject: object, *, each: bool = False, **view: Any) -> Iterator[str]:
        """Yield the text of an answer in parts of whole lines."""
        chosen = self._format(document, name)
        render = chosen.render_each if each else chosen.render
        if render is None:
            raise InputError(f"the format {name}", "it shows one graph, and cannot be used with --each")
        if document != "plugins":  # that answer is about what failed
            self.refuse_broken()
        lines: Iterable[str] = render(subject, self.view(**view))
        if chosen.prose and "color" not in view:
            lines = fitted(lines, ANSWER.stream)
        rest = iter(lines)
        while part := "".join(f"{line}\n" for line in islice(rest, LINES_PER_PART)):
            yield part if chosen.commands else without_commands(part)

    def _format(self, document: str, name: str) -> Format:
        formats = {item.name: item for item in self.loaded.formats(document)}
        if name not in formats:
            raise UnknownNameError(f"format of {document!r}", name, formats)
        return formats[name]

    def info(self, text: str) -> None:
        """Print a text beside the answer, unless ``--quiet`` hides it."""
        if text and not self.quiet:
            self.write("\n".join(printable(line) for line in text.splitlines()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Warn of plugins that failed, if no finding reports them; with ``--strict`` exit with 3 in any case."""
        if "loaded" not in self.__dict__:
            return
        self._warn_of_broken()
        if kind is None or issubclass(kind, click.exceptions.Exit):
            self.refuse_broken()

    def _warn_of_broken(self) -> None:
        """Warn of the plugins that failed and were not reported; with ``--strict`` also in spite of ``--quiet``."""
        broken = [plugin for plugin in self.loaded.broken if plugin not in self._reported]
        lines = [f"warning: the plugin {plugin.name!r} of {plugin.package} {plugin.problem}" for plugin in broken]
        if self.settings.strict or not self.quiet:
            self.error(map(printable, lines))
        self.mark_reported(broken)


def _code_frame(evidence: Evidence) -> CodeFrame | None:
    """Return the line that a finding shows; most answers show none."""
    from tierdeps.cli._source_code import code_frame

    return code_frame(evidence)
