"""Rules are run on a graph; what they find, compared with the baseline, becomes the report of the check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field, replace
from tierdeps.baseline import BaselineDiff, compare
from tierdeps.errors import UnknownNameError
from tierdeps.model import CheckReport, Finding, RuleInfo, Severity
from tierdeps.rule_codes import is_meant, most_specific

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from tierdeps.baseline import Baseline
    from tierdeps.rules import Rule, RuleContext


def rules_meant(selector: str, rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules that a selector means: a code, the beginning of codes, or a rule's name; case is ignored.

    Raises UnknownNameError if it means none.
    """
    offered = list(rules)
    found = [rule for rule in offered if is_meant(selector, rule.code, rule.name)]
    if not found or not selector:
        raise UnknownNameError("rule", selector, {known for rule in offered for known in (rule.code, rule.name)})
    return found


class Selection(Value):
    """Which rules run, with which severity, and which hint of the team their findings get.

    The keys of ``severity`` and ``hints`` are selectors too, as ``rules_meant`` reads them; of several that mean a rule
    the most specific one counts. Without ``select``, all rules run that are not on request. ``severity`` has ``error``,
    ``warning`` or ``off``. Rules whose code begins with ``mandatory`` run with their own severity in any case.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    mandatory: str | None = None

    def rules(self, rules: Iterable[Rule]) -> list[Rule]:
        """Return the rules that run, sorted by code. Raises UnknownNameError for a selector that means none."""
        offered = sorted(rules, key=lambda rule: rule.code)
        for selector in (*self.severity, *self.hints, *self.select, *self.ignore):
            rules_meant(selector, offered)
        return [rule for rule in offered if self._runs(rule)]

    def selects(self, code: str, name: str) -> bool:
        """Return whether a rule is among those that are selected; without ``select`` all are."""
        return not self.select or _any_means(self.select, code, name)

    def _runs(self, rule: Rule) -> bool:
        if not self._is_mandatory(rule.code) and (
            _any_means(self.ignore, rule.code, rule.name) or most_specific(self.severity, rule.code, rule.name) == "off"
        ):
            return False
        return self.selects(rule.code, rule.name) and (bool(self.select) or self._runs_by_default(rule))

    @staticmethod
    def _runs_by_default(rule: Rule) -> bool:
        return not rule.on_request or rule.default_check is not None

    def _is_mandatory(self, code: str) -> bool:
        return self.mandatory is not None and code.startswith(self.mandatory)

    def is_whole(self, rule: Rule) -> bool:
        """Return whether all of a rule runs; of one on request that was not requested, only the default check does."""
        return not rule.on_request or _any_means(self.select, rule.code, rule.name)

    def info(self, rule: Rule) -> RuleInfo:
        """Return what reports show of a rule, under this selection."""
        severity, hint = self._weight(rule.code, rule.name, rule.severity)
        return RuleInfo(rule.code, rule.name, severity, rule.meaning, rule.how_to_fix, hint)

    def apply_severity(self, finding: Finding) -> Finding:
        """Return a finding with the severity and the hint that this selection has for its rule."""
        severity, hint = self._weight(finding.code, finding.rule, finding.severity)
        return replace(finding, severity=severity, hint=hint)

    def _weight(self, code: str, name: str, severity: Severity) -> tuple[Severity, str]:
        stated = None if self._is_mandatory(code) else most_specific(self.severity, code, name)
        return Severity(stated or severity), most_specific(self.hints, code, name) or ""


def _any_means(selectors: Iterable[str], code: str, name: str) -> bool:
    return any(is_meant(selector, code, name) for selector in selectors)


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
            tiers=graph.membership.used,
            cycles=len(graph.cycles()),
            known=tuple(sorted(known, key=_sort_key)),
            rules=tuple(map(self.selection.info, self.rules)),
            deselected=self.deselected,
            active=len(graph.activity.active) if graph.activity else None,
            hosts=len(graph.hosts),
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
