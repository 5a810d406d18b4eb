"""Say what a finding's code means, with an example, and how it is fixed."""

from __future__ import annotations

import click

from tierdeps.cli._completion import codes
from tierdeps.cli._options import session_options
from tierdeps.cli._session import Session
from tierdeps.cli.output.answer import ANSWER
from tierdeps.errors import UnknownNameError


@click.command("explain")
@click.argument("code", shell_complete=codes)
@session_options
def command(session: Session, code: str) -> None:
    """Say what a finding's code means, with an example, and how it is fixed."""
    rules = {rule.code: rule for rule in session.manager.rules()}
    session.refuse_broken()
    rule = rules.get(code.upper())
    if rule is None:
        raise UnknownNameError("rule", code, rules)
    ANSWER.echo(f"{rule.code} {rule.name} ({rule.severity})\n\n{rule.meaning}\n\nExample\n")
    ANSWER.echo("\n".join(f"    {line}".rstrip() for line in rule.example.strip("\n").splitlines()))
    ANSWER.echo(f"\nFixing it\n\n{rule.how_to_fix}")
