"""TD301: a plugin that failed to load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Origin, PluginStatus, Severity
from tierdeps.rule_codes import BROKEN_PLUGIN
from tierdeps.rules import Rule, RuleContext

if TYPE_CHECKING:
    from collections.abc import Iterator


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each plugin that is not there because it failed."""
    for plugin in context.plugins:
        if plugin.problem and plugin.status not in (PluginStatus.BLOCKED, PluginStatus.DUPLICATE):
            origin = Origin(distribution=plugin.distribution, version=plugin.version)
            evidence = Evidence(f"the plugin {plugin.name} is {plugin.reference}", origin)
            fixes = (
                Fix(f"to see where it failed: tierdeps plugins --traceback {plugin.name}"),
                Fix(f"to run without it: --block {plugin.name}"),
            )
            message = f"the plugin {plugin.name!r} {plugin.problem}"
            yield RULE.finding(message, (), (evidence,), fixes, subject=(plugin.name, plugin.distribution))


RULE = Rule(
    *BROKEN_PLUGIN,
    Severity.WARNING,
    "An installed plugin could not be loaded, or one of its hooks failed. The other plugins are used without it.\n"
    "With --strict every command then exits with code 3.",
    """
$ tierdeps plugins
acme  acme-drivers 1.2  broken
""".replace("$ ", ""),
    "Read its traceback (tierdeps plugins --traceback NAME), then update or uninstall the distribution, or block\nit.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
