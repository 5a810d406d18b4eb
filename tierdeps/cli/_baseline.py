"""The baseline on the command line: its options, its file, and how ``check`` updates and applies it."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tierdeps._util.frozen import Value, replace
from tierdeps.cli._help import Option
from tierdeps.cli._inputs import is_address, read_bytes
from tierdeps.cli._options import command_line
from tierdeps.cli.output.files import write_answer
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tierdeps.baseline import Baseline, BaselineDiff
    from tierdeps.cli._graph_request import GraphRequest
    from tierdeps.cli._session import Session
    from tierdeps.rules.runner import RuleRun


class BaselineOptions(Value):
    """The options on the baseline."""

    file: str | None = None
    off: bool = False
    update: bool = False
    prune: bool = False
    reason: str | None = None
    owner: str | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if self.off and (self.update or self.prune or self.file):
            raise click.UsageError("--no-baseline cannot be used with other baseline options")
        if self.update and not (self.reason or "").strip():
            raise click.UsageError("--update-baseline requires --reason TEXT: why these findings are accepted")
        if not self.update and (self.reason, self.owner, self.until) != (None, None, None):
            raise click.UsageError("--reason, --owner and --until require --update-baseline")
        if self.until is not None and self.until < today():
            raise click.UsageError(f"--until {self.until}: that date has passed")


def today() -> date:
    """Return the date in UTC: entries expire at the same moment everywhere."""
    return datetime.now(tz=UTC).date()


_option = partial(click.option, cls=Option, group="Baseline options")


def baseline_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options on the baseline, and pass them on as one ``baseline``."""

    @_option("--baseline", "file", metavar="FILE", help="Path of the baseline file; default tierdeps.baseline.toml.")
    @_option("--no-baseline", "off", is_flag=True, help="Use no baseline: report all findings.")
    @_option(
        "--update-baseline", "update", is_flag=True, help="Add the new findings to the baseline; requires --reason."
    )
    @_option("--prune", is_flag=True, help="Remove the entries that no longer match a finding from the baseline.")
    @_option("--reason", metavar="TEXT", help="Why the added findings are accepted.")
    @_option("--owner", metavar="TEXT", help="Who is responsible for the added findings.")
    @_option(
        "--until",
        type=click.DateTime(["%Y-%m-%d"]),
        metavar="YYYY-MM-DD",
        help="Accept the added findings up to and including this day.",
    )
    @wraps(function)
    def wrapper(
        *,
        file: str | None,
        off: bool,
        update: bool,
        prune: bool,
        reason: str | None,
        owner: str | None,
        until: datetime | None,
        **rest: Any,
    ) -> None:
        day = until.date() if until else None
        function(baseline=BaselineOptions(file, off, update, prune, reason, owner, day), **rest)

    return wrapper


class Checked(Value):
    """One checked graph: the request for it, and what the rules found in it."""

    graph_request: GraphRequest
    rule_run: RuleRun

    @property
    def partial(self) -> bool:
        """Whether an assumed fact hides part of the graph: a finding that is missing there is not fixed."""
        return not all(self.graph_request.assumed.values())


def compare_with_baseline(
    session: Session, options: BaselineOptions, checks: Sequence[Checked], command: Sequence[str] = ("check",)
) -> tuple[BaselineDiff | None, ...]:
    """Compare the findings of each graph with the baseline, once that is updated as requested; None without one.

    Findings about the baseline name ``command``, with its options, which the findings come from.
    """
    file = file_in_force(session, options)
    if file is None:
        return (None,) * len(checks)
    before = _read(session, file, options)
    after = before
    for check in checks if options.update or options.prune else ():
        after = _changed(after, check, options, file)
    if after != before:
        after = _write(session, file, before, after)
    return tuple(_compared(session, after, check, options, file, command) for check in checks)


def _changed(baseline: Baseline, check: Checked, options: BaselineOptions, file: str) -> Baseline:
    """Return the baseline with the new findings of a graph and without its stale entries, as requested."""
    graphs = names_beside(file, check.graph_request.graphs)
    found = check.rule_run.compare(baseline, today(), partial=check.partial, graphs=graphs)
    if options.update:
        reason, owner = options.reason or "", options.owner or ""
        baseline = baseline.plus(found.new, reason, owner, options.until, graphs=graphs)
    return baseline.minus(frozenset(found.stale)) if options.prune else baseline


def _compared(
    session: Session, baseline: Baseline, check: Checked, options: BaselineOptions, file: str, command: Sequence[str]
) -> BaselineDiff:
    graphs = names_beside(file, check.graph_request.graphs)
    found = check.rule_run.compare(baseline, today(), partial=check.partial, graphs=graphs)
    named = (f"--baseline={options.file}",) if options.file else ()
    return replace(found, command=command_line(session, command[0], check.graph_request.given, *named, *command[1:]))


def names_beside(file: str, graphs: Iterable[str]) -> tuple[str, ...]:
    """Return the names of GRAPHs relative to the baseline's folder, sorted: they identify a graph in the baseline.

    They are the same wherever the check is run from, and on every machine as long as the graphs are given by relative
    paths, or lie below that folder.
    """
    folder = Path(file).parent.resolve()
    return tuple(sorted({_name_beside(folder, graph) for graph in graphs}))


def _name_beside(folder: Path, graph: str) -> str:
    if graph == "-" or is_address(graph):
        return graph
    path = Path(graph)
    resolved = path.parent.resolve() / path.name if path.name else path.resolve()
    if path.is_absolute() and not resolved.is_relative_to(folder):
        return resolved.as_posix()
    return Path(os.path.relpath(resolved, folder)).as_posix()


def file_in_force(session: Session, options: BaselineOptions) -> str | None:
    """Return the path of the baseline; the default one only if it exists or is to be written.

    The settings name it relative to their own folder, and the default one is beside them.
    """
    from tierdeps.baseline.file import NAME

    if options.off:
        return None
    if options.file:
        return options.file
    named = session.settings.baseline
    file = Path(session.settings.source).parent / (named or NAME)
    return str(file) if named or options.update or options.prune or file.exists() else None


def read_baseline(file: str, options: BaselineOptions) -> Baseline:
    """Return the baseline; an empty one where the file is still to be written. Raises InputError."""
    from tierdeps.baseline import Baseline
    from tierdeps.baseline.file import parse

    if options.update and not Path(file).exists():
        return Baseline()
    if file == "-":
        raise InputError(file, "the baseline must be a file, not standard input")
    return parse(file, read_bytes(file))


def _read(session: Session, file: str, options: BaselineOptions) -> Baseline:
    found = read_baseline(file, options)
    for graph in sorted({graph for entry in found.entries for graph in entry.graphs}):
        if graph != "-" and not is_address(graph) and not (Path(file).parent / graph).exists():
            session.info(f"note: {file}: there is no {graph}; remove its entries, or correct graphs in them")
    return found


def _write(session: Session, file: str, before: Baseline, after: Baseline) -> Baseline:
    """Write the changed baseline, and return it as read again, each entry with its line."""
    from tierdeps.baseline.file import parse, text_of

    text = text_of(after)
    write_answer(file, text)
    added = len(set(after.entries) - set(before.entries))
    removed = len(set(before.entries) - set(after.entries))
    session.info(f"{file}: {added} added, {removed} removed, {len(after.entries)} in total")
    return parse(file, text.encode())
