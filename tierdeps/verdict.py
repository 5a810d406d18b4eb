"""Rules run over a graph, and their findings, held against the baseline, become one verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field, replace
from tierdeps.baseline import Comparison, compare
from tierdeps.errors import UnknownNameError
from tierdeps.model import Finding, RuleInfo, Severity, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from tierdeps.baseline import Baseline
    from tierdeps.rules import Inspection, Rule


class Selection(Value):
    """Which rules run, how much each weighs, and what the team says of it.

    ``select`` and ``ignore`` hold codes or their beginnings (``TD2``); nothing selected means all that run unasked.
    ``severity`` maps a code to ``error``, ``warning`` or ``off``; ``hints`` a code to the team's own words.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)

    def rules(self, rules: Iterable[Rule]) -> list[Rule]:
        """Return the rules that run, by their codes. Raises UnknownNameError for a code that there is not."""
        offered = sorted(rules, key=lambda rule: rule.code)
        codes = {rule.code for rule in offered}
        for code in (*self.severity, *self.hints):
            if code not in codes:
                raise UnknownNameError("rule", code, codes)
        for start in (*self.select, *self.ignore):
            if not any(code.startswith(start.upper()) for code in codes):
                raise UnknownNameError("rule", start, codes)
        return [rule for rule in offered if self._runs(rule)]

    def _runs(self, rule: Rule) -> bool:
        if _covers(self.ignore, rule.code) or self.severity.get(rule.code) == "off":
            return False
        return _covers(self.select, rule.code) or (not self.select and self._runs_unasked(rule))

    @staticmethod
    def _runs_unasked(rule: Rule) -> bool:
        return not rule.on_request or rule.unasked is not None

    def is_whole(self, rule: Rule) -> bool:
        """Return whether all of a rule that runs does: of one on request only a part may."""
        return not rule.on_request or _covers(self.select, rule.code)

    def info(self, rule: Rule) -> RuleInfo:
        """Return what is told of a rule."""
        severity = Severity(self.severity.get(rule.code, rule.severity))
        hint = self.hints.get(rule.code, "")
        return RuleInfo(rule.code, rule.name, severity, rule.meaning, rule.mend, hint)

    def weigh(self, finding: Finding) -> Finding:
        """Return a finding with its severity and its hint as they are settled."""
        severity = Severity(self.severity.get(finding.code, finding.severity))
        return replace(finding, severity=severity, hint=self.hints.get(finding.code, ""))


def _covers(starts: Iterable[str], code: str) -> bool:
    return any(code.startswith(start.upper()) for start in starts)


class Examination(Value):
    """What the rules that ran have found, not yet held against a baseline; ``silent`` are the codes of the others."""

    inspection: Inspection
    selection: Selection
    rules: tuple[Rule, ...]
    silent: frozenset[str]
    findings: tuple[Finding, ...]
    left_out: tuple[str, ...] = ()

    def against(
        self, baseline: Baseline, today: date, *, partial: bool = False, graphs: tuple[str, ...] = ()
    ) -> Comparison:
        """Hold the findings against a graph's entries; of a ``partial`` look at it no entry is said to be stale."""
        silent = self.silent | {rule.code for rule in self.rules} if partial else self.silent
        return compare(baseline, self.findings, today, silent, graphs)

    def verdict(self, comparison: Comparison | None = None) -> Verdict:
        """Return the verdict, with what the rules on the baseline find."""
        comparison = comparison or Comparison(self.findings)
        compared = replace(self.inspection, comparison=comparison)
        findings = (*comparison.new, *_run(self.rules, compared, self.selection, last=True))
        known = (entry.excuse(item) for item, entry in zip(comparison.known, comparison.excused_by, strict=True))
        graph = self.inspection.graph
        return Verdict(
            tuple(sorted(findings, key=_place)),
            drivers=len(graph.drivers),
            dependencies=graph.dependency_count,
            tiers=len(graph.tier_order.names),
            cycles=len(graph.cycles()),
            known=tuple(sorted(known, key=_place)),
            rules=tuple(map(self.selection.info, self.rules)),
            left_out=self.left_out,
        )


def examine(inspection: Inspection, rules: Iterable[Rule], selection: Selection | None = None) -> Examination:
    """Run the rules that are selected."""
    selection = selection or Selection()
    offered = list(rules)
    chosen = tuple(selection.rules(offered))
    silent = frozenset(rule.code for rule in offered) - {rule.code for rule in chosen if selection.is_whole(rule)}
    found = tuple(_run(chosen, inspection, selection, last=False))
    left_out = tuple(sorted(rule.code for rule in offered if rule.code in silent and not rule.on_request))
    return Examination(inspection, selection, chosen, silent, found, left_out)


def inspect(inspection: Inspection, rules: Iterable[Rule], selection: Selection | None = None) -> Verdict:
    """Return the verdict of the rules that are selected, with nothing excused."""
    return examine(inspection, rules, selection).verdict()


def _run(rules: Iterable[Rule], inspection: Inspection, selection: Selection, *, last: bool) -> Iterator[Finding]:
    for rule in rules:
        if rule.last is last:
            check = rule.check if rule.unasked is None or selection.is_whole(rule) else rule.unasked
            yield from map(selection.weigh, check(inspection))


def _place(finding: Finding) -> tuple[object, ...]:
    origins = tuple(item.origin.sort_key for item in finding.evidence)
    return (finding.severity is not Severity.ERROR, finding.code, finding.drivers, finding.message, origins)
