"""How a run is to go: the options of ``start``, as one frozen value."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from tierdeps._util.frozen import Value
from tierdeps.cli._complete import driver_names
from tierdeps.cli._instance.detached import Detached, detached_option
from tierdeps.cli._locked import locked_option
from tierdeps.cli._seconds import SECONDS

if TYPE_CHECKING:
    from tierdeps.cli._options import Command

#: How an answer of ``start``, ``stop`` and ``reload`` is written.
events_option = click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json: an event a line, the report last.",
)


class Manner(Value):
    """What is to become of what is started, what of it, and under which limits; times in seconds.

    ``detach`` asks for a start in the background; ``detached`` is set where this process is that one.
    """

    once: bool = False
    leave: bool = False
    replace_changed: bool = False
    detach: bool = False
    detached: Detached | None = None
    dry_run: bool = False
    locked: str | None = None
    targets: tuple[str, ...] = ()
    on_failure: str = "abort"
    jobs: int | None = None
    timeout: float = 90.0
    stop_timeout: float = 30.0
    deadline: float = 1800.0
    format_name: str = "text"

    def __post_init__(self) -> None:
        chosen = [name for name, on in self._ends() if on]
        if len(chosen) > 1:
            raise click.UsageError(f"{' and '.join(chosen)} contradict each other; choose one of them")

    def _ends(self) -> tuple[tuple[str, bool], ...]:
        return ("--once", self.once), ("--leave-running", self.leave), ("--detach", self.detach)

    @property
    def mode(self) -> str:
        """What the journal calls it."""
        if self.detached is not None:
            return "detached"
        return "once" if self.once else "leave-running" if self.leave else "foreground"


def manner_options(function: Command) -> Command:
    """Add what ``start`` can be told, and pass it on as one ``manner``."""

    @click.option("--once", is_flag=True, help="Start, report and stop.")
    @click.option("--leave-running", "leave", is_flag=True, help="Start, report and exit; stop nothing.")
    @click.option(
        "--replace-changed",
        is_flag=True,
        help="End and start again what an earlier run left running, where its command, cwd, env or user have changed.",
    )
    @click.option("--detach", is_flag=True, help="Start, report and exit; what was started lives on until a stop.")
    @detached_option
    @click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
    @locked_option
    @_limits
    @events_option
    @wraps(function)
    def wrapper(**values: Any) -> None:
        chosen = {name: values.pop(name) for name in Manner.__struct_fields__}
        function(manner=Manner(**chosen), **values)

    return wrapper


def _limits(function: Command) -> Command:
    """Add what is started, and under which limits."""

    def seconds(name: str, default: int, text: str) -> Any:
        return click.option(name, type=SECONDS, default=default, show_default=True, metavar="S", help=text)

    options = (
        click.option(
            "--target",
            "targets",
            multiple=True,
            metavar="NAME",
            help="Start only this driver and what it needs.",
            shell_complete=driver_names,
        ),
        click.option(
            "--on-failure",
            type=click.Choice(["abort", "isolate", "ignore"]),
            default="abort",
            show_default=True,
            help="What the failure of a driver does to the others.",
        ),
        click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Start at most N drivers at a time."),
        seconds("--timeout", 90, "For each phase."),
        seconds("--stop-timeout", 30, "For each stop."),
        seconds("--deadline", 1800, "For the whole run."),
    )
    for option in reversed(options):
        function = option(function)
    return function
