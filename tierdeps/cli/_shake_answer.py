"""The answer of ``shake``: what the runs have shown, compared with the baseline and written in its formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from tierdeps._util.frozen import replace
from tierdeps.cli._baseline import BaselineOptions, Checked, compare_with_baseline, file_in_force, read_baseline
from tierdeps.cli.output.files import outputs_of, refuse_unwritable, write_answer
from tierdeps.errors import UnknownNameError
from tierdeps.rule_codes import EXPIRED_BASELINE, STALE_BASELINE, UNDECLARED_DEPENDENCY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.cli._graph_request import GraphRequest
    from tierdeps.cli._session import Session
    from tierdeps.cli._shake_options import ShakeOptions
    from tierdeps.cli._shake_runs import Runs
    from tierdeps.cli.output.files import Output
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import CheckReport, Finding, Shaking
    from tierdeps.shake.outcome import Shaken

#: The formats of this command; all others are those of ``check``.
OWN_FORMATS = frozenset({"text", "json"})
#: The rules that have something to say after these runs.
RULES = frozenset({UNDECLARED_DEPENDENCY.code, STALE_BASELINE.code, EXPIRED_BASELINE.code})


def watching_of(
    session: Session, graph_request: GraphRequest, options: ShakeOptions, graph: DependencyGraph, runs: Runs
) -> Shaking:
    """Watch one run, and return what it has shown; what failed in it has shown less."""
    from tierdeps.model import Always, Shaking
    from tierdeps.shake.findings import watched_findings_of
    from tierdeps.shake.steps import steps_of

    watched = runs.watch()
    steps = steps_of(runs.plan, across_tiers=options.across_tiers).steps
    failed = (item for item in watched.trial.observations if item.failed and not item.skipped)
    shaking = Shaking(
        _checked(session, graph_request, options, graph, watched_findings_of(watched.undeclared, graph), whole=False),
        options.seed,
        1,
        0,
        0,
        0,
        always=tuple(Always(steps[item.target.step], item.reason, stops=item.target.stops) for item in failed),
        complete=not runs.interrupted,
        interrupted=runs.interrupted,
        watched=True,
        unused=watched.unused,
    )
    return _with_notes(shaking)


def shaking_of(
    session: Session,
    graph_request: GraphRequest,
    options: ShakeOptions,
    graph: DependencyGraph,
    shaken: Shaken,
    *,
    interrupted: bool,
) -> Shaking:
    from tierdeps.model import Shaking
    from tierdeps.shake.findings import always_of, findings_of, flaky_of

    steps = shaken.steps.steps
    whole = _is_whole(options, graph, shaken)
    shaking = Shaking(
        _checked(session, graph_request, options, graph, findings_of(shaken, graph), whole=whole),
        options.seed,
        shaken.runs,
        shaken.orders,
        shaken.coverage.pairs,
        shaken.coverage.covered,
        flaky_of(shaken),
        always_of(shaken),
        shaken.excluded,
        tuple(steps[target.step] for target in shaken.unfinished),
        complete=not shaken.interrupted,
        interrupted=interrupted,
        slow=options.slow,
    )
    return _with_notes(shaking)


def _is_whole(options: ShakeOptions, graph: DependencyGraph, shaken: Shaken) -> bool:
    """Return whether the search was complete: a baseline's entry that it does not confirm is stale then.

    Of what it did not look for, and of drivers that could not be examined, another one may still find something.
    """
    ignores_no_pair = options.across_tiers or graph.membership.used <= 1
    is_limited = shaken.interrupted or options.drivers or options.slow
    return ignores_no_pair and not (is_limited or shaken.failing or shaken.flaky or shaken.excluded)


def _with_notes(shaking: Shaking) -> Shaking:
    """Return it with what its report says in the formats of ``check`` besides findings."""
    from tierdeps.words.shaking import failures, gaps

    check = replace(shaking.check, command="shake", failures=tuple(failures(shaking)), gaps=tuple(gaps(shaking)))
    return replace(shaking, check=check)


def _checked(
    session: Session,
    graph_request: GraphRequest,
    options: ShakeOptions,
    graph: DependencyGraph,
    findings: Iterable[Finding],
    *,
    whole: bool,
) -> CheckReport:
    """Return the report of the findings, compared with the baseline."""
    from tierdeps.rules import RuleContext
    from tierdeps.rules.runner import RuleRun, Selection

    settings = session.settings
    selection = Selection((), settings.ignore, dict(settings.severity), dict(settings.hints))
    known = session.manager.rules()
    silent = {rule.code for rule in known} - RULES
    if not whole:
        silent.add(UNDECLARED_DEPENDENCY.code)
    rules = tuple(rule for rule in known if rule.code in RULES)
    found = tuple(map(selection.apply_severity, findings))
    context = RuleContext(graph, session.loaded.plugins)
    rule_run = RuleRun(context, selection, rules, frozenset(silent), found)
    command = ("shake", *(("--across-tiers",) if options.across_tiers else ()))
    (diff,) = compare_with_baseline(session, options.baseline, (Checked(graph_request, rule_run),), command)
    return rule_run.report(diff)


def answer_outputs(session: Session, options: ShakeOptions) -> tuple[Output, ...]:
    source = click.get_current_context().get_parameter_source("format_name")
    choice = None if source is ParameterSource.DEFAULT else options.format_name
    known = {item.name for item in session.manager.formats("check")}
    if options.format_name not in known:
        raise UnknownNameError("format of 'shake'", options.format_name, known)
    return outputs_of(options.outputs, choice, known)


def refuse_outputs(
    session: Session,
    graph_request: GraphRequest,
    options: ShakeOptions,
    outputs: tuple[Output, ...],
    graph: DependencyGraph,
) -> None:
    """Raise InputError where the answer cannot be written, or the baseline not be read, before anything is run.

    A format that cannot render the answer (it needs a library) cannot render an empty one either.
    """
    from tierdeps.model import Shaking

    refuse_unwritable(output.file for output in outputs)
    if (file := file_in_force(session, options.baseline)) is not None:
        read_baseline(file, options.baseline)
        refuse_unwritable([file] if options.baseline.update or options.baseline.prune else [])
    empty = replace(options, baseline=BaselineOptions(off=True))
    check = _checked(session, graph_request, empty, graph, (), whole=False)
    _rendered(session, graph_request, options, outputs, _with_notes(Shaking(check, 0, 0, 0, 0, 0)), graph)


def write(
    session: Session,
    graph_request: GraphRequest,
    options: ShakeOptions,
    outputs: tuple[Output, ...],
    shaking: Shaking,
    graph: DependencyGraph,
) -> None:
    """Write the files and print the answer; everything is rendered before the first file is written."""
    for output, text in _rendered(session, graph_request, options, outputs, shaking, graph):
        write_answer(output.file, text, pager=session.pager)


def _rendered(
    session: Session,
    graph_request: GraphRequest,
    options: ShakeOptions,
    outputs: tuple[Output, ...],
    shaking: Shaking,
    graph: DependencyGraph,
) -> list[tuple[Output, str]]:
    from tierdeps.cli._check import code_locations

    report = shaking.check
    locations = code_locations(session, outputs, (*report.findings, *report.known), graph_request.graphs)

    def render(output: Output) -> str:
        view: dict[str, Any] = {"limit": None, "known": options.show_known}
        if output.file != "-":
            view["color"] = False
        if output.format in OWN_FORMATS:
            return session.render("shake", output.format, shaking, **view)
        return session.render("check", output.format, report, locations=locations, graph=graph, **view)

    return [(output, render(output)) for output in outputs]
