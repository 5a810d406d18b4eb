"""Say what a finding's code means, with an example, and how it is fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tierdeps.cli._completion import codes
from tierdeps.cli._options import session_options, split_names
from tierdeps.cli._session import Session
from tierdeps.cli.output.terminal import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tierdeps.rules import Rule


@click.command("explain")
@click.argument("selectors", nargs=-1, metavar="[CODE]...", shell_complete=codes)
@session_options
def command(session: Session, selectors: tuple[str, ...]) -> None:
    """Say what a finding's code means, with an example, and how it is fixed.

    A CODE may be the beginning of codes, as TD2 is, or the name of a rule; without one, all codes are listed.
    """
    rules = sorted(session.manager.rules(), key=lambda rule: rule.code)
    session.refuse_broken()
    codes_asked = split_names(selectors)
    if not codes_asked:
        lines = list(_overview(rules))
    else:
        from tierdeps.rules.runner import rules_meant

        meant = {rule.code: rule for selector in codes_asked for rule in rules_meant(selector, rules)}
        lines = "\n\n".join("\n".join(_explanation(rule)) for rule in meant.values()).splitlines()
    show("".join(f"{line}\n" for line in lines))


def _overview(rules: Sequence[Rule]) -> Iterator[str]:
    width = max(len(rule.code) for rule in rules)
    longest = max(len(rule.name) for rule in rules)
    for rule in rules:
        yield f"{rule.code:{width}}  {rule.name:{longest}}  {rule.severity}"


def _explanation(rule: Rule) -> Iterator[str]:
    yield from (f"{rule.code} {rule.name} ({rule.severity})", "", rule.meaning, "", "Example", "")
    yield from (f"    {line}".rstrip() for line in rule.example.strip("\n").splitlines())
    yield from ("", "Fixing it", "", rule.how_to_fix)
