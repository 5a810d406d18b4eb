"""The help of commands: options in groups, examples, and commands in groups."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from tierdeps.cli.output.terminal import wants_color
from tierdeps.words.palette import Palette

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

#: The commands in the order in which they are listed; those of plugins and unknown ones come last.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Explore": ("graph", "order", "why", "diff", "simulate", "ui", "serve"),
    "Check": ("check", "explain", "lock", "shake", "config"),
    "Run": ("start", "status", "logs", "timeline", "restart", "reload", "stop", "worker"),
    "Author": ("new", "plugins", "export", "service-unit", "completion"),
}
#: The group of the options that every command has.
COMMON = "Common options, before or after the command"
#: Longer first columns do not move the second one.
FIRST_COLUMN = 30


class Option(click.Option):
    """An option of a group, which the help lists together."""

    def __init__(self, *arguments: Any, group: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.group = group


class Formatter(click.HelpFormatter):
    """Colours headings, commands and options on a terminal."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._palette = Palette(color=wants_color("auto", sys.stdout))

    def write_heading(self, heading: str) -> None:
        """Write a heading."""
        self.write(f"{'':>{self.current_indent}}{self._palette('title', f'{heading}:')}\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = FIRST_COLUMN, col_spacing: int = 2) -> None:
        """Write names, each with what it does."""
        super().write_dl([(self._palette("driver", name), text) for name, text in rows], col_max, col_spacing)


class Context(click.Context):
    """Formats help in colour."""

    formatter_class = Formatter


class Command(click.Command):
    """A command whose help has its options in groups and examples: pairs of a command line and what it does."""

    context_class: type[click.Context] = Context

    def __init__(self, *arguments: Any, examples: Sequence[tuple[str, str]] = (), **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.examples: tuple[tuple[str, str], ...] = tuple(examples)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options group by group, then the examples."""
        write_options(self.get_params(ctx), ctx, formatter)
        write_examples(self.examples, formatter)


class RepeatableCommand(Command):
    """A command that keeps its arguments as they were given, in ``obj`` of its context, to be run again with them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the arguments, and parse."""
        ctx.obj = tuple(args)
        return super().parse_args(ctx, args)


def command(name: str, *, cls: type[Command] = Command, examples: Sequence[tuple[str, str]] = ()) -> Callable[..., Any]:
    """Return the decorator that makes a command of a function."""
    return click.command(name, cls=cls, examples=examples)


def write_options(parameters: Iterable[click.Parameter], ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write the options, those of no group first and the common ones last."""
    groups: dict[str, list[tuple[str, str]]] = {"Options": []}
    for parameter in parameters:
        record = parameter.get_help_record(ctx)
        group = COMMON if "--help" in parameter.opts else getattr(parameter, "group", "") or "Options"
        if record is not None and isinstance(parameter, click.Option):
            groups.setdefault(group, []).append(record)
    groups[COMMON] = groups.pop(COMMON, [])
    for group, records in groups.items():
        if records:
            with formatter.section(group):
                formatter.write_dl(records)


def write_examples(examples: Sequence[tuple[str, str]], formatter: click.HelpFormatter) -> None:
    """Write examples, each command line above what it does."""
    if not examples:
        return
    with formatter.section("Examples"):
        for line, meaning in examples:
            formatter.write_text(line)
            formatter.indent()
            formatter.write_text(meaning)
            formatter.dedent()


def write_commands(names: Iterable[str], summary: Callable[[str], str], formatter: click.HelpFormatter) -> None:
    """Write the commands group by group."""
    rest = list(names)
    for group, members in (*GROUPS.items(), ("More commands", tuple(sorted(rest)))):
        found = [name for name in members if name in rest]
        rest = [name for name in rest if name not in found]
        if found:
            with formatter.section(group):
                formatter.write_dl([(name, summary(name)) for name in found])


def common_options_last(arguments: Sequence[str], options: Iterable[click.Parameter]) -> list[str]:
    """Return the arguments with the common options that stand before the command behind its name."""
    takes_value = {name: not option.is_flag for option in options if isinstance(option, Option) for name in option.opts}
    short = {name[1] for name, value in takes_value.items() if not name.startswith("--") and not value}
    at = 0
    while at < len(arguments):
        word = arguments[at]
        name, equals, _ = word.partition("=")
        if name in takes_value:
            at += 2 if takes_value[name] and not equals else 1
        elif word.startswith("-") and not word.startswith("--") and len(word) > 1 and set(word[1:]) <= short:
            at += 1
        else:
            break
    if not at or at >= len(arguments) or arguments[at].startswith("-"):
        return list(arguments)
    return [arguments[at], *arguments[:at], *arguments[at + 1 :]]
