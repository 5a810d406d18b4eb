"""The baseline on the command line: its options, its file, and how it grows and shrinks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tierdeps.cli._inputs import read_bytes
from tierdeps.cli._outputs import write_whole
from tierdeps.errors import InputError
from tierdeps.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.baseline import Baseline, Comparison
    from tierdeps.cli._session import Session
    from tierdeps.verdict import Examination


class BaselineOptions(Value):
    """What the command line says of the baseline."""

    file: str | None = None
    off: bool = False
    update: bool = False
    prune: bool = False
    reason: str | None = None
    owner: str | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if self.off and (self.update or self.prune or self.file):
            raise click.UsageError("--no-baseline goes with no other option on the baseline")
        if self.update and not (self.reason or "").strip():
            raise click.UsageError("--update-baseline needs --reason TEXT: why these findings are lived with")
        if not self.update and (self.reason, self.owner, self.until) != (None, None, None):
            raise click.UsageError("--reason, --owner and --until go with --update-baseline")
        if self.until is not None and self.until < today():
            raise click.UsageError(f"--until {self.until}: that day is over")


def today() -> date:
    """Return the day on which entries expire, the same one everywhere on earth."""
    return datetime.now(tz=UTC).date()


def baseline_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options on the baseline, and pass them on as one ``baseline``."""

    @click.option(
        "--baseline", "file", metavar="FILE", help="Excuse the findings in FILE [default: tierdeps.baseline.toml]."
    )
    @click.option("--no-baseline", "off", is_flag=True, help="Excuse nothing.")
    @click.option(
        "--update-baseline", "update", is_flag=True, help="Add the new findings to the baseline; needs --reason."
    )
    @click.option("--prune", is_flag=True, help="Remove the entries that excuse nothing any more from the baseline.")
    @click.option("--reason", metavar="TEXT", help="Why the added findings are lived with.")
    @click.option("--owner", metavar="TEXT", help="Who sees to the added findings.")
    @click.option(
        "--until", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD", help="Excuse them through this day."
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


def compare_with_baseline(
    session: Session, options: BaselineOptions, examination: Examination, *, partial: bool
) -> Comparison | None:
    """Hold the findings against the baseline, after it was changed as asked; None where there is no baseline."""
    file = _file(session, options)
    if file is None:
        return None
    baseline = _read(file, options)
    comparison = examination.against(baseline, today(), partial=partial)
    changed = baseline
    if options.update:
        changed = changed.plus(comparison.new, options.reason or "", options.owner or "", options.until)
    if options.prune:
        changed = changed.minus(frozenset(comparison.stale))
    if changed == baseline:
        return comparison
    return examination.against(_write(session, file, baseline, changed), today(), partial=partial)


def _file(session: Session, options: BaselineOptions) -> str | None:
    """Return the name of the baseline's file: one that nobody named must be there already, or be asked for."""
    from tierdeps.baseline.file import NAME

    if options.off:
        return None
    named = options.file or session.settings.baseline
    if named or options.update or options.prune or Path(NAME).exists():
        return named or NAME
    return None


def _read(file: str, options: BaselineOptions) -> Baseline:
    from tierdeps.baseline import Baseline
    from tierdeps.baseline.file import parse

    if options.update and not Path(file).exists():
        return Baseline()
    if file == "-":
        raise InputError(file, "a baseline is read from a file")
    return parse(file, read_bytes(file))


def _write(session: Session, file: str, before: Baseline, after: Baseline) -> Baseline:
    """Write the changed baseline, and return it as it is then read, each entry with its line."""
    from tierdeps.baseline.file import parse, text_of

    text = text_of(after)
    write_whole(file, text)
    added = len(set(after.entries) - set(before.entries))
    removed = len(set(before.entries) - set(after.entries))
    session.talk(f"{file}: {added} added, {removed} removed, {len(after.entries)} in all")
    return parse(file, text.encode())
