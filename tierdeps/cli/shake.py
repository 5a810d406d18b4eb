"""Find undeclared dependencies by starting drivers in other orders."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from tierdeps._util.seconds import MAX_DURATION_S
from tierdeps.cli._baseline import BaselineOptions, baseline_options
from tierdeps.cli._graph_request import GraphRequest
from tierdeps.cli._help import Command
from tierdeps.cli._options import SECONDS, format_option, graph_options, session_options, split_names
from tierdeps.cli._session import Session
from tierdeps.cli._shake import shake
from tierdeps.cli._shake_options import ShakeOptions
from tierdeps.cli._targets import with_targets
from tierdeps.cli.check import FORMATS
from tierdeps.cli.output.files import output_option

if TYPE_CHECKING:
    from collections.abc import Mapping

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


class _Duration(click.ParamType):  # type: ignore[type-arg]  # of which click 8.2 has none
    """A number of seconds, or of minutes or hours with ``m`` or ``h`` behind it."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number of seconds."""
        text = str(value).strip()
        try:
            seconds = float(text[:-1]) * UNITS[text[-1:]] if text[-1:] in UNITS else float(text)
        except ValueError:
            seconds = float("nan")
        if not 0 < seconds <= MAX_DURATION_S:
            self.fail(f"expected a duration such as 90, 90s, 10m or 1h, got {value}", param, ctx)
        return seconds


class _Command(click.ParamType):  # type: ignore[type-arg]  # of which click 8.2 has none
    """A command in one text, with the quotes of a shell."""

    name = "command"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return its words."""
        try:
            words = tuple(shlex.split(str(value)))
        except ValueError:
            words = ()
        if not words:
            self.fail(f"expected a program and its arguments, with closed quotes, got {value!r}", param, ctx)
        return words


def _refuse_without_effect(values: Mapping[str, Any]) -> None:
    """Raise UsageError for an option that was given and changes nothing."""
    context = click.get_current_context()

    def given(name: str) -> bool:
        return context.get_parameter_source(name) is not ParameterSource.DEFAULT

    for mode in ("slow", "watch"):
        if given(f"{mode}_time") and not values[mode]:
            raise click.UsageError(f"--{mode}-time belongs to --{mode}, which is not given")
    for name in ("runs", "budget", "seed"):
        if values["watch"] and given(name):
            raise click.UsageError(f"--{name} has no effect with --watch, which makes one run; leave it out")
    if values["slow"] and given("seed"):
        raise click.UsageError("--seed has no effect with --slow, which keeps the order; leave it out")


@click.command(
    "shake",
    cls=Command,
    examples=(
        ("tierdeps shake graph.toml", "Look for undeclared dependencies."),
        ("tierdeps shake --across-tiers --budget 10m graph.toml", "Ignore tiers; start no new run after 10 minutes."),
        ("tierdeps shake --slow graph.toml", "Delay each driver in turn instead of trying other orders."),
        ("tierdeps shake --watch graph.toml", "Watch which files and sockets of each other the drivers use."),
        ("tierdeps shake --fix graph.toml", "Also write what was found into the graph file."),
    ),
)
@graph_options
@with_targets
@format_option(*FORMATS)
@output_option
@click.option(
    "--across-tiers", is_flag=True, help="Ignore tiers: also find dependencies that only their order satisfies."
)
@click.option("--phases", is_flag=True, help="Let drivers also need phases of others, not only others that are ready.")
@click.option(
    "--slow",
    is_flag=True,
    help="Instead of trying other orders, start in parallel as start does, and delay one driver in each run: find those"
    " that fail then.",
)
@click.option(
    "--slow-time",
    type=SECONDS,
    default=2,
    show_default=True,
    metavar="S",
    help="With --slow: how long a driver is delayed. It has to be longer than the others take to start.",
)
@click.option(
    "--watch",
    is_flag=True,
    help="Instead of trying other orders, watch one run: report what drivers use that others have made. Needs strace if"
    " drivers are processes.",
)
@click.option(
    "--watch-time",
    type=SECONDS,
    default=2,
    show_default=True,
    metavar="S",
    help="With --watch: how long the drivers stay up, once all have started.",
)
@click.option(
    "--driver",
    "drivers",
    multiple=True,
    metavar="NAME,...",
    help="Look only for undeclared dependencies of these drivers; may be repeated.",
)
@click.option("--runs", type=click.IntRange(min=1), metavar="N", help="Make at most N runs.")
@click.option(
    "--budget",
    type=_Duration(),
    metavar="TIME",
    help="Start no run after this time: seconds, or a number with s, m or h, such as 10m.",
)
@click.option(
    "--reset",
    type=_Command(),
    metavar="COMMAND",
    help="Run this command before each run: it undoes what stays when drivers are stopped, such as files. No shell runs"
    " it.",
)
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Seed of the choice of orders.")
@click.option("--timeout", type=SECONDS, default=90, show_default=True, metavar="S", help="Time limit for each phase.")
@click.option(
    "--stop-timeout", type=SECONDS, default=30, show_default=True, metavar="S", help="Time limit for each stop."
)
@click.option(
    "--fix", is_flag=True, help="Write the dependencies that were found into the graph files; comments are kept."
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 even if there are findings.")
@click.option("--show-known", is_flag=True, help="Also show the findings that the baseline excuses.")
@baseline_options
@session_options
def command(
    session: Session,
    graph_request: GraphRequest,
    baseline: BaselineOptions,
    drivers: tuple[str, ...],
    **values: Any,
) -> None:
    """Find undeclared dependencies by starting drivers in other orders.

    Each run starts the drivers one at a time and stops them again, as start --once does. The orders are chosen so that
    any two steps whose order nothing declares come in both orders. A driver that fails whenever it starts before
    another one, and never after it, has an undeclared dependency (TD305). What fails at random is reported as flaky.

    Exits 1 if there are findings (0 if --fix has fixed all), and 4 if a driver failed and no finding says why.

    Do not run it where starting and stopping the drivers disturbs others. Ctrl-C stops what runs, prints what was found
    so far, and exits 130.
    """
    modes = [name for name in ("slow", "watch", "phases") if values[name]]
    if len(modes) > 1:
        raise click.UsageError(f"--{modes[0]} and --{modes[1]} cannot be combined; leave one of them out")
    _refuse_without_effect(values)
    options = ShakeOptions(drivers=frozenset(split_names(drivers)), baseline=baseline, **values)
    code = shake(session, graph_request, options)
    if code:
        raise click.exceptions.Exit(code)
