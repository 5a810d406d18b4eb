"""Rules are run on a graph; what they find, compared with the baseline, becomes the report of the check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field, replace
from tierdeps.baseline import BaselineDiff, compare
from tierdeps.errors import UnknownNameError
from tierdeps.model import CheckReport, Finding, RuleInfo, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from tierdeps.baseline import Baseline
    from tierdeps.rules import Rule, RuleContext


class Selection(Value):
    """Which rules run, with which severity, and which hint of the team their findings get.

    ``select`` and ``ignore`` hold codes or prefixes of codes (``TD2``); without ``select``, all rules run that are not
    on request. ``severity`` maps a code to ``error``, ``warning`` or ``off``; ``hints`` maps a code to a text.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)

    def rules(self, rules: Iterable[Rule]) -> list[Rule]:
        """Return the rules that run, sorted by code. Raises UnknownNameError for a code that no rule has."""
        offered = sorted(rules, key=lambda rule: rule.code)
        codes = {rule.code for rule in offered}
        for code in (*self.severity, *self.hints):
            if code not in codes:
                raise UnknownNameError("rule", code, codes)
        for prefix in (*self.select, *self.ignore):
            if not any(code.startswith(prefix.upper()) for code in codes):
                raise UnknownNameError("rule", prefix, codes)
        return [rule for rule in offered if self._runs(rule)]

    def _runs(self, rule: Rule) -> bool:
        if _matches(self.ignore, rule.code) or self.severity.get(rule.code) == "off":
            return False
        return _matches(self.select, rule.code) or (not self.select and self._runs_by_default(rule))

    @staticmethod
    def _runs_by_default(rule: Rule) -> bool:
        return not rule.on_request or rule.default_check is not None

    def is_whole(self, rule: Rule) -> bool:
        """Return whether all of a rule runs; of one on request that was not requested, only the default check does."""
        return not rule.on_request or _matches(self.select, rule.code)

    def info(self, rule: Rule) -> RuleInfo:
        """Return what reports show of a rule, under this selection."""
        severity = Severity(self.severity.get(rule.code, rule.severity))
        hint = self.hints.get(rule.code, "")
        return RuleInfo(rule.code, rule.name, severity, rule.meaning, rule.how_to_fix, hint)

    def apply_severity(self, finding: Finding) -> Finding:
        """Return a finding with the severity and the hint that this selection has for its rule."""
        severity = Severity(self.severity.get(finding.code, finding.severity))
        return replace(finding, severity=severity, hint=self.hints.get(finding.code, ""))


def _matches(prefixes: Iterable[str], code: str) -> bool:
    return any(code.startswith(prefix.upper()) for prefix in prefixes)


class RuleRun(Value):
    """What the rules that ran have found, before it is compared with a baseline.

    ``silent`` are the codes of the rules that did not run, or not as a whole; ``deselected`` those of them that run by
    default.
    """

    context: RuleContext
    selection: Selection
    rules: tuple[Rule, ...]
    silent: frozenset[str]
    findings: tuple[Finding, ...]
    deselected: tuple[str, ...] = ()

    def compare(
        self, baseline: Baseline, today: date, *, partial: bool = False, graphs: tuple[str, ...] = ()
    ) -> BaselineDiff:
        """Compare the findings with the entries of a graph; after a ``partial`` check no entry counts as stale."""
        silent = self.silent | {rule.code for rule in self.rules} if partial else self.silent
        return compare(baseline, self.findings, today, silent, graphs)

    def report(self, baseline_diff: BaselineDiff | None = None) -> CheckReport:
        """Return the report, with the findings of the rules on the baseline; without a diff nothing is excused."""
        diff = baseline_diff or BaselineDiff(self.findings)
        context = replace(self.context, baseline_diff=diff)
        findings = (*diff.new, *_run(self.rules, context, self.selection, on_baseline=True))
        known = (entry.excuse(item) for item, entry in zip(diff.known, diff.excused_by, strict=True))
        graph = self.context.graph
        return CheckReport(
            tuple(sorted(findings, key=_sort_key)),
            drivers=len(graph.drivers),
            dependencies=graph.dependency_count,
            tiers=len(graph.tier_order.names),
            cycles=len(graph.cycles()),
            known=tuple(sorted(known, key=_sort_key)),
            rules=tuple(map(self.selection.info, self.rules)),
            deselected=self.deselected,
        )


def run_rules(context: RuleContext, rules: Iterable[Rule], selection: Selection | None = None) -> RuleRun:
    """Run the rules that are selected."""
    selection = selection or Selection()
    offered = list(rules)
    chosen = tuple(selection.rules(offered))
    silent = frozenset(rule.code for rule in offered) - {rule.code for rule in chosen if selection.is_whole(rule)}
    found = tuple(_run(chosen, context, selection, on_baseline=False))
    deselected = tuple(sorted(rule.code for rule in offered if rule.code in silent and not rule.on_request))
    return RuleRun(context, selection, chosen, silent, found, deselected)


def check_graph(context: RuleContext, rules: Iterable[Rule], selection: Selection | None = None) -> CheckReport:
    """Run the rules that are selected and return their report; nothing is excused."""
    return run_rules(context, rules, selection).report()


def _run(rules: Iterable[Rule], context: RuleContext, selection: Selection, *, on_baseline: bool) -> Iterator[Finding]:
    """Run the rules on the graph, or those on the baseline: these need to know what the others have found."""
    for rule in rules:
        if rule.on_baseline is on_baseline:
            check = rule.check if rule.default_check is None or selection.is_whole(rule) else rule.default_check
            yield from map(selection.apply_severity, check(context))


def _sort_key(finding: Finding) -> tuple[object, ...]:
    """Sort errors first, then by code; the rest of the key makes the order the same in every run."""
    origins = tuple(item.origin.sort_key for item in finding.evidence)
    return (finding.severity is not Severity.ERROR, finding.code, finding.drivers, finding.message, origins)
