"""Explain what a code means, with an example and a fix."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click

from tierdeps.cli._completion import codes
from tierdeps.cli._help import Command
from tierdeps.cli._options import session_options, split_names
from tierdeps.cli._session import Session
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.output.terminal import fitted, width_of
from tierdeps.rule_codes import page_of
from tierdeps.words.layout import Hanging, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tierdeps.rules import Rule
    from tierdeps.words.palette import Palette


@click.command(
    "explain",
    cls=Command,
    examples=(
        ("tierdeps explain", "List all codes."),
        ("tierdeps explain TD101 TD2", "Explain TD101 and all codes that begin with TD2."),
    ),
)
@click.argument("selectors", nargs=-1, metavar="[CODE]...", shell_complete=codes)
@session_options
def command(session: Session, selectors: tuple[str, ...]) -> None:
    """Explain what a code means, with an example and a fix.

    CODE is the code of a rule (TD101), the beginning of several codes (TD2), or the name of a rule (cycle). Without
    one, all codes are listed.
    """
    rules = sorted(session.manager.rules(), key=lambda rule: rule.code)
    session.refuse_broken()
    palette, chosen = session.palette(), split_names(selectors)
    lines = _list(rules, palette)
    if chosen:
        from tierdeps.rules.runner import rules_meant

        meant = {rule.code: rule for selector in chosen for rule in rules_meant(selector, rules)}
        lines = islice((line for rule in meant.values() for line in ("", *_explanation(rule, palette))), 1, None)
    session.show("".join(f"{line}\n" for line in fitted(lines, ANSWER.stream)))


def _list(rules: Sequence[Rule], palette: Palette) -> Iterator[str]:
    header = [palette("title", title) for title in ("CODE", "SEVERITY", "NAME", "MEANING")]
    rows = [
        [palette("title", rule.code), palette(rule.severity, rule.severity), rule.name, _first_sentence(rule.meaning)]
        for rule in rules
    ]
    yield from table([header, *rows])


def _first_sentence(text: str) -> str:
    """Return the first sentence of a text, in one line."""
    sentence, stop, _ = " ".join(text.split()).partition(". ")
    return sentence + stop.strip()


def _explanation(rule: Rule, palette: Palette) -> Iterator[str]:
    yield f"{palette(rule.severity, rule.code)} {rule.name} ({rule.severity})"
    yield ""
    yield _paragraph(rule.meaning)
    yield from ("", palette("title", "Example"), "")
    yield from (f"    {line}".rstrip() for line in rule.example.strip("\n").splitlines())
    yield from ("", palette("title", "How to fix it"), "")
    yield _paragraph(rule.how_to_fix)
    if page := page_of(rule.code):
        yield from ("", palette.link(page, page))


def _paragraph(text: str) -> str:
    """Return a text as one line for a terminal, where it is broken again; elsewhere as it is written."""
    return Hanging.at(0, " ".join(text.split())) if width_of(ANSWER.stream) else text
