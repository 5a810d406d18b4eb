"""Invalid values for every argument and option of every command, found without a list."""

from __future__ import annotations

import click

from tierdeps.cli import main

#: What makes a command end by itself.
ENDING = {"start": ("--once",), "simulate": ("--restarts", "1")}
#: Arguments that are no names of graphs, and must be valid before a command reads anything else.
RIGHT = {"shell": "bash", "code": "TD101"}
#: The documented exit codes for mistakes of users.
DOCUMENTED = {0, 1, 2, 3, 4, 130}
BUG = "this is a bug of tierdeps"


def commands() -> dict[str, click.Command]:
    """Return all commands that end by themselves; what serve refuses is tested where it is served."""
    with click.Context(main) as context:
        found = {name: main.get_command(context, name) for name in main.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None and name != "serve"}


def with_argument(name: str, value: str) -> list[str]:
    """Return a command whose arguments all are a value, and whose option ``--graph`` is, too."""
    command = commands()[name]
    words = [name, *ENDING.get(name, ())]
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            words.append(RIGHT.get(parameter.name or "", value))
        elif "--graph" in parameter.opts:
            words.append(f"--graph={value}")
    return words


def with_options(name: str, right: str, value: str) -> list[list[str]]:
    """Return a command with each of its options that take a value, set to one; its arguments are right."""
    words = with_argument(name, right)
    return [
        [*words, f"{max(parameter.opts, key=len)}={value}"]
        for parameter in commands()[name].params
        if isinstance(parameter, click.Option) and not parameter.is_flag and not parameter.count
    ]


def complaint(words: list[str], code: object, err: str) -> str:
    """Return what is wrong with the end of a command; empty if it ended as documented."""
    wrong = code not in DOCUMENTED or "Traceback" in err or BUG in err
    return f"{words}: {code}: {err[-400:]}" if wrong else ""
