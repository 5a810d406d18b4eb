"""Print the completion script of a shell."""

from __future__ import annotations

import click

from tierdeps.cli._help import Command
from tierdeps.cli.output.answer import ANSWER

SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    cls=Command,
    examples=(
        ('eval "$(tierdeps completion bash)"', "For bash: put this line into ~/.bashrc."),
        ('eval "$(tierdeps completion zsh)"', "For zsh: put this line into ~/.zshrc."),
        ("tierdeps completion fish | source", "For fish: put this line into ~/.config/fish/config.fish."),
    ),
)
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the completion script of a shell."""
    from click.shell_completion import get_completion_class

    from tierdeps.cli import main

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"the installed click has no completion for {shell}")
    ANSWER.echo(kind.source_template % kind(main, {}, "tierdeps", "_TIERDEPS_COMPLETE").source_vars())
