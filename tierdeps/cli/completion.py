"""Print what a shell has to read so that it completes commands, options, drivers and plugins."""

from __future__ import annotations

import click

from tierdeps.cli.output.answer import ANSWER

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print what a shell has to read so that it completes commands, options, drivers and plugins.

    \b
    bash:  eval "$(tierdeps completion bash)"        in ~/.bashrc
    zsh:   eval "$(tierdeps completion zsh)"         in ~/.zshrc
    fish:  tierdeps completion fish | source         in ~/.config/fish/config.fish
    """  # noqa: D301  click wants the character, not the two letters
    from click.shell_completion import get_completion_class

    from tierdeps.cli import main

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"this click knows no completion for {shell}")
    ANSWER.echo(kind.source_template % kind(main, {}, "tierdeps", "_TIERDEPS_COMPLETE").source_vars())
