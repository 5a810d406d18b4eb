"""``tierdeps tick``."""

import click


@click.command("tick")
def command() -> None:
    """Tick."""
    click.echo("tock")
