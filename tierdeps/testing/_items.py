"""The check of the installed drivers as pytest items, one for each rule."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps.errors import TierdepsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.cli._session import Session
    from tierdeps.model import Finding
    from tierdeps.rules import Rule
    from tierdeps.rules.runner import RuleRun


class RuleItem(pytest.Item):
    """One rule over the whole graph; fails where it finds an error that the baseline does not excuse."""

    def __init__(self, *, rule: Rule, findings: tuple[Finding, ...], **rest: Any) -> None:
        super().__init__(**rest)
        self.rule = rule
        self.findings = findings

    def runtest(self) -> None:
        """Fail if the rule found errors."""
        if self.findings:
            raise _FoundError

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """Return the output of ``tierdeps check``."""
        from tierdeps.formats import View
        from tierdeps.words.findings import finding_lines

        if not isinstance(excinfo.value, _FoundError):
            return str(super().repr_failure(excinfo, style))
        return "\n".join(line for finding in self.findings for line in finding_lines(finding, View()))

    def reportinfo(self) -> tuple[str, None, str]:
        """Return the code and the name of the rule."""
        return "tierdeps check", None, f"{self.rule.code} {self.rule.name}"


class BrokenItem(pytest.Item):
    """Fails because the graph cannot be built."""

    def __init__(self, *, error: TierdepsError, **rest: Any) -> None:
        super().__init__(**rest)
        self.error = error

    def runtest(self) -> None:
        """Fail."""
        raise self.error

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:  # noqa: ARG002
        """Return the error."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[str, None, str]:
        """Return the name of the item."""
        return "tierdeps check", None, self.name


class _FoundError(Exception):
    pass


class _Graph(pytest.Collector):
    """The parent of the items."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each rule that is not off."""
        from tierdeps.cli._session import Session

        try:
            with Session(quiet=True, only=_named("TIERDEPS_ONLY"), block=_named("TIERDEPS_BLOCK")) as session:
                rule_run = _run_rules(session)
                findings = _findings(session, rule_run)
        except TierdepsError as error:
            yield BrokenItem.from_parent(self, name="the graph", error=error)
            return
        for rule in rule_run.rules:
            mine = tuple(finding for finding in findings if finding.code == rule.code)
            yield RuleItem.from_parent(self, name=f"{rule.code}[{rule.name}]", rule=rule, findings=mine)


def _named(variable: str) -> tuple[str, ...]:
    """Return the plugins in an environment variable, parsed as the command line does."""
    return tuple(os.environ.get(variable, "").replace(",", " ").split())


def _run_rules(session: Session) -> RuleRun:
    """Run the rules on what the installed plugins declare, with every fact true."""
    from tierdeps.cli._graph_request import GraphRequest

    return session.run_rules(session.graph_with_all_facts(GraphRequest()))


def _findings(session: Session, rule_run: RuleRun) -> tuple[Finding, ...]:
    """Return the errors that the baseline does not excuse."""
    from tierdeps.cli._baseline import BaselineOptions, Checked, compare_with_baseline
    from tierdeps.cli._graph_request import GraphRequest

    checked = Checked(session.resolve(GraphRequest()), rule_run)
    (baseline_diff,) = compare_with_baseline(session, BaselineOptions(), (checked,))
    return rule_run.report(baseline_diff).errors


def rule_items(session: pytest.Session) -> Iterator[pytest.Item]:
    """Yield the items."""
    yield from _Graph.from_parent(session, name="tierdeps", nodeid="tierdeps").collect()
