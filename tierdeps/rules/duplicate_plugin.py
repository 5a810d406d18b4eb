"""TD302: two plugins of one name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Origin, PluginStatus, Severity
from tierdeps.rule_codes import DUPLICATE_PLUGIN
from tierdeps.rules import Rule, RuleContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Plugin


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each name that several distributions register."""
    same: dict[str, list[Plugin]] = {}
    for plugin in context.plugins:
        if plugin.status is PluginStatus.DUPLICATE:
            same.setdefault(plugin.name, []).append(plugin)
    for name, plugins in sorted(same.items()):
        evidence = (
            Evidence(f"a plugin {name} is registered", Origin(distribution=item.distribution, version=item.version))
            for item in plugins
        )
        fixes = (Fix(f"load only one: --block {item.distribution}") for item in plugins)
        message = f"{len(plugins)} distributions register a plugin {name!r}; none of them is loaded"
        yield RULE.finding(message, (), evidence, fixes, subject=(name,))


RULE = Rule(
    *DUPLICATE_PLUGIN,
    Severity.WARNING,
    "Several distributions register a plugin under the same entry-point name. None of them is loaded, because no\n"
    "choice between them would be safe.",
    """
acme-clock 1.2 and other-clock 0.9 both register the plugin clock.
""",
    "Block one of the distributions (--block, or block in the settings), or uninstall it.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
