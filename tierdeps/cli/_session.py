"""What one command works with: the settings, the plugins, the graph that was asked for, and the two streams."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import cached_property
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from tierdeps._util.frozen import Value, field, replace
from tierdeps._util.text import printable, without_commands
from tierdeps.cli._answer import ANSWER
from tierdeps.cli._terminal import show, wants_color
from tierdeps.errors import InputError, PluginError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from typing import Any, Self, TextIO

    from tierdeps.formats import Format, View
    from tierdeps.graph import DependencyGraph
    from tierdeps.manager import Manager
    from tierdeps.model import Declarations, Finding, Plugin, Statement
    from tierdeps.reporters import Reporter
    from tierdeps.settings import Settings
    from tierdeps.verdict import Examination, Selection


#: The code of the rule that tells of plugins which failed.
BROKEN_PLUGIN = "TD301"


class Wanted(Value, dict=True):
    """The GRAPHs that a command is asked for (none: the installed plugins), and what is assumed of them.

    ``given`` are those of the command line: where it names none, ``graphs`` are those of the settings.
    """

    graphs: tuple[str, ...] = ()
    assumed: Mapping[str, bool] = field(default_factory=dict)
    allow_empty: bool = False
    given: tuple[str, ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What is assumed, with the words of the command line as its origin."""
        from tierdeps.model import Origin, Statement, Topic

        return tuple(
            Statement(Topic.ASSUME, name, Origin(key=f"--assume {name}={'yes' if holds else 'no'}"))
            for name, holds in self.assumed.items()
        )


def _aloud(text: str) -> None:
    with suppress(OSError):  # nobody may listen any more; that is no reason to end
        click.echo(without_commands(text), err=True, color=True)


class Session(Struct, dict=True):
    """The options that every command has, and what they lead to."""

    verbose: bool = False
    quiet: bool = False
    config: str | None = None
    only: tuple[str, ...] = ()
    block: tuple[str, ...] = ()
    strict: bool = False
    color: str = "auto"
    uri: str | None = None
    #: Where the settings are looked for.
    folder: Path = Path()
    #: Where goes what is said on the side.
    say: Callable[[str], None] = _aloud
    #: The broken plugins of which findings tell.
    _told: frozenset[Plugin] = frozenset()

    @cached_property
    def settings(self) -> Settings:
        """The user's settings, with what the command line adds."""
        from tierdeps.cli._inputs import read_settings

        found = read_settings(self.config, self.folder)
        return replace(
            found,
            only=self.only or found.only,
            block=(*found.block, *self.block),
            strict=self.strict or found.strict,
            defaults=found.defaults if self.uri is None else {**found.defaults, "uri": self.uri},
        )

    @cached_property
    def default_graphs(self) -> tuple[str, ...]:
        """The graphs that the settings name, for who names none; empty: the installed plugins."""
        from tierdeps.cli._graphs import find_graphs

        return find_graphs(self.settings)

    def located(self, wanted: Wanted) -> Wanted:
        """Return what is asked for with the graphs of the settings, where the command line names none."""
        from tierdeps.cli._graphs import expand

        return replace(wanted, graphs=expand(wanted.given) or self.default_graphs)

    @property
    def manager(self) -> Manager:
        """The plugins, loaded; with ``--strict`` none of them may have failed so far: raises PluginError."""
        self.refuse_broken()
        return self.loaded

    @cached_property
    def loaded(self) -> Manager:
        """The plugins, loaded, whatever became of them."""
        from tierdeps.manager import Manager

        manager = Manager(self.settings)
        manager.load()
        return manager

    def refuse_broken(self) -> None:
        """Raise PluginError with ``--strict`` where a plugin failed: before a command does its work."""
        broken = self.loaded.broken if self.settings.strict else ()
        if broken:
            raise PluginError(f"{len(broken)} of the plugins failed to load; see tierdeps plugins")

    def reporters(self) -> tuple[Reporter, ...]:
        """Return the reporters of plugins, made for one run; a run may go on for days, so failures are told now."""
        reporters = self.manager.reporters()
        self.refuse_broken()
        self._tell_of_broken()
        return reporters

    def declarations(self, graphs: Sequence[str], *, allow_empty: bool = False, partial: bool = False) -> Declarations:
        """Gather what the GRAPHs declare, or without one those of the settings, or else the plugins.

        The settings have the last word on facts, choices and what is disabled, and may add dependencies; of a
        ``partial`` graph they may disable drivers that it does not have.
        """
        from tierdeps.cli._inputs import read_graph
        from tierdeps.model import Declarations
        from tierdeps.model.facts import GRAPH, SETTINGS, fact_source

        graphs = graphs or self.default_graphs
        if graphs:
            found = Declarations()
            for name in graphs:
                read = read_graph(name, self.manager.importers())
                source = fact_source(GRAPH, PurePath(name).name or name)
                found |= replace(read, fact_sources=dict.fromkeys(read.facts, source))
            found = self.settings.over(found)
        else:
            found = self.manager.declarations()
        found |= Declarations(fact_sources=dict.fromkeys(self.settings.facts, SETTINGS))
        if not found.drivers and not allow_empty:
            if graphs:
                raise InputError(", ".join(graphs), "there is no driver in it; --allow-empty lets that pass")
            raise InputError("", "no installed plugin declares a driver; install one, or name a GRAPH")
        names = {driver.name for driver in found.drivers} if found.disabled else set()
        if partial:
            return replace(found, disabled=found.disabled & names)
        for name in sorted(found.disabled - names):
            raise UnknownNameError("driver", name, names)
        return found

    def graph(self, wanted: Wanted) -> DependencyGraph:
        """Build the graph under this host's facts: those of plugins, then of graph files and settings, then assumed."""
        from tierdeps.graph import DependencyGraph
        from tierdeps.model.facts import ASSUMED

        found = self.declarations(wanted.graphs, allow_empty=wanted.allow_empty)
        facts = {**self.manager.facts(), **found.facts, **wanted.assumed}
        sources = {**self.manager.fact_sources(), **found.fact_sources, **dict.fromkeys(wanted.assumed, ASSUMED)}
        self.refuse_broken()
        statements = (*found.statements, *wanted.statements)
        return DependencyGraph.of(replace(found, facts=facts, fact_sources=sources, statements=statements))

    def worst_case(self, wanted: Wanted, *, partial: bool = False) -> DependencyGraph:
        """Build the graph with every fact true that is not assumed to be otherwise; ``partial`` as of declarations."""
        from tierdeps.graph import DependencyGraph

        found = self.declarations(wanted.graphs, allow_empty=wanted.allow_empty, partial=partial)
        graph = DependencyGraph.of(replace(found, statements=(*found.statements, *wanted.statements)))
        if set(graph.mentioned_facts).difference(found.facts, wanted.assumed):
            graph = DependencyGraph.of(replace(graph.declarations, known_facts=self.manager.fact_names()))
        self.refuse_broken()
        return graph.with_all_facts(wanted.assumed)

    def warn_of_unused(self, assumed: Sequence[Statement], mentioned: Collection[str]) -> None:
        """Warn of assumed facts that no dependency is conditional on; commands that run the rules need not."""
        if assumed:
            from tierdeps.rules.unknown_name import unused_facts

            self.warn(unused_facts(assumed, mentioned))

    def warn(self, findings: Iterable[Finding]) -> None:
        """Show findings that end nothing: a line of each kind, or all of it where more is asked for."""
        from tierdeps.words.findings import finding_lines, in_short

        view = self.view(sys.stderr)
        if self.verbose:
            for finding in findings:
                self.complain(finding_lines(finding, view))
        elif not self.quiet:
            self.complain(in_short(findings, view))

    def examine(
        self,
        graph: DependencyGraph,
        select: Sequence[str] = (),
        ignore: Sequence[str] = (),
        *,
        import_lifecycles: bool = False,
    ) -> Examination:
        """Run the rules: those selected, or else those that the settings select."""
        from tierdeps.verdict import Selection

        found = self.settings
        selection = Selection(
            tuple(select) or found.select, (*found.ignore, *ignore), dict(found.severity), dict(found.hints)
        )
        return self._examine(graph, selection, import_lifecycles=import_lifecycles)

    def inspect(self, graph: DependencyGraph, select: tuple[str, ...] = ()) -> Examination:
        """Run the rules before a plan is made of the graph: what the settings say of them holds, except of TD1xx.

        Warnings may be ignored or made errors; what leaves no order stays an error. With ``select`` only those run: of
        a plan that is locked, what is not in the lock.
        """
        from tierdeps.verdict import Selection

        ignored = tuple(code for code in self.settings.ignore if not f"{code:3}".startswith(("TD1", "TD ")))
        severity = {code: weight for code, weight in self.settings.severity.items() if not code.startswith("TD1")}
        return self._examine(graph, Selection(select, ignored, severity, dict(self.settings.hints)))

    def _examine(self, graph: DependencyGraph, selection: Selection, *, import_lifecycles: bool = False) -> Examination:
        """Run rules; plugins are asked for theirs first, so that the rule on plugins knows which of them failed."""
        from tierdeps.rules import Inspection
        from tierdeps.verdict import examine

        rules = self.manager.rules()
        self.refuse_broken()
        if not selection.select or any(BROKEN_PLUGIN.startswith(code) for code in selection.select):
            self._told = frozenset(self.loaded.broken)
        inspection = Inspection(graph, self.loaded.plugins, import_lifecycles=import_lifecycles)
        return examine(inspection, rules, selection)

    def told_of(self, plugins: Iterable[Plugin]) -> None:
        """Record that the answer says what is wrong with plugins: no warning has to."""
        self._told |= frozenset(plugins)

    def refuse_errors(self, graph: DependencyGraph) -> None:
        """Show the findings and exit 1 where the graph has errors; show the warnings otherwise."""
        self.refuse(self.inspect(graph).verdict().findings)

    def refuse(self, findings: Sequence[Finding]) -> None:
        """Show the errors among findings and exit 1 where there are some; show the warnings otherwise."""
        from tierdeps.words.findings import finding_lines

        errors = [finding for finding in findings if finding.severity == "error"]
        view = self.view(sys.stderr)
        for finding in errors:
            self.complain(finding_lines(finding, view))
        if errors:
            raise click.exceptions.Exit(1)
        self.warn(findings)

    def complain(self, lines: Iterable[str]) -> None:
        """Say what is wrong, to those too who want to hear nothing."""
        for line in lines:
            self.say(line)

    def view(self, stream: TextIO | None = None, **changes: Any) -> View:
        """Return how the reader wants it; unasked, colours go to a terminal only."""
        from tierdeps.formats import View

        color = wants_color(self.color, stream or ANSWER.stream)
        return replace(View(color=color, verbose=self.verbose), **changes)

    def print(self, document: str, name: str, subject: object, **view: Any) -> None:
        """Print an answer in a format."""
        show(self.rendered(document, name, subject, **view), as_it_is=True)

    def rendered(self, document: str, name: str, subject: object, *, each: bool = False, **view: Any) -> str:
        """Return an answer in a format; with ``each`` several answers in one text, where the format can do that."""
        chosen = self._format(document, name)
        render = chosen.render_each if each else chosen.render
        if render is None:
            raise InputError(f"the format {name}", "it shows one graph, and cannot be used with --each")
        if document != "plugins":  # that answer is about what failed
            self.refuse_broken()
        text = "".join(f"{line}\n" for line in render(subject, self.view(**view)))
        return text if chosen.commands else without_commands(text)

    def _format(self, document: str, name: str) -> Format:
        formats = {item.name: item for item in self.loaded.formats(document)}
        if name not in formats:
            raise UnknownNameError(f"format of {document!r}", name, formats)
        return formats[name]

    def talk(self, text: str) -> None:
        """Say something on the side."""
        if not self.quiet:
            self.say("\n".join(printable(line) for line in text.splitlines()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Say which plugins failed, where no finding does; with ``--strict``, exit 3 instead of as it was to be."""
        if "loaded" not in self.__dict__:
            return
        self._tell_of_broken()
        if kind is None or issubclass(kind, click.exceptions.Exit):
            self.refuse_broken()

    def _tell_of_broken(self) -> None:
        """Warn of the plugins that failed and were not told of; with ``--strict``, to those too who want quiet."""
        broken = [plugin for plugin in self.loaded.broken if plugin not in self._told]
        lines = [f"warning: the plugin {plugin.name!r} of {plugin.package} {plugin.problem}" for plugin in broken]
        if self.settings.strict or not self.quiet:
            self.complain(map(printable, lines))
        self.told_of(broken)
