"""The answer of ``shake``: what the runs have shown, compared with the baseline and written in its formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from tierdeps.cli._baseline import Checked, compare_with_baseline
from tierdeps.cli.output.files import outputs_of, write_answer
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
    return Shaking(
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
    # of what this run did not look for, another one may still find what the baseline excuses
    whole = options.across_tiers and not (shaken.interrupted or options.drivers or options.slow)
    return Shaking(
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
    (diff,) = compare_with_baseline(session, options.baseline, (Checked(graph_request, rule_run),))
    return rule_run.report(diff)


def answer_outputs(session: Session, options: ShakeOptions) -> tuple[Output, ...]:
    source = click.get_current_context().get_parameter_source("format_name")
    choice = None if source is ParameterSource.DEFAULT else options.format_name
    known = {item.name for item in session.manager.formats("check")}
    if options.format_name not in known:
        raise UnknownNameError("format of 'shake'", options.format_name, known)
    return outputs_of(options.outputs, choice, known)


def write(
    session: Session,
    graph_request: GraphRequest,
    options: ShakeOptions,
    outputs: tuple[Output, ...],
    shaking: Shaking,
) -> None:
    """Write the files and print the answer; everything is rendered before the first file is written."""
    from tierdeps.cli._check import code_locations

    report = shaking.check
    locations = code_locations(session, outputs, (*report.findings, *report.known), graph_request.graphs)

    def render(output: Output) -> str:
        view: dict[str, Any] = {"limit": None, "known": options.show_known}
        if output.file != "-":
            view["color"] = False
        if output.format in OWN_FORMATS:
            return session.render("shake", output.format, shaking, **view)
        return session.render("check", output.format, report, locations=locations, **view)

    for output, text in [(output, render(output)) for output in outputs]:
        write_answer(output.file, text, pager=session.pager)
