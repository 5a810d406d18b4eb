"""``logs``: show the logs of a run, and go on with new lines until it ends."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps._util.process_id import is_alive
from tierdeps._util.state_dir import reason_of
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.output.terminal import wants_color
from tierdeps.cli.run.name_prefixes import NamePrefixes
from tierdeps.driver_logs.folders import run_folder
from tierdeps.driver_logs.run_log import RunLog
from tierdeps.errors import RunError, UnknownNameError
from tierdeps.model import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tierdeps.cli._session import Session
    from tierdeps.driver_logs.log_line import LogLine
    from tierdeps.journal import Journal, RunRecord

SCHEMA = "tierdeps/log-line/1"
#: The pause between two looks for new lines, and between two looks whether the run goes on, in seconds.
POLL_S, RUN_CHECK_S = 0.1, 1.0
#: How long a run that has ended may take to write its last lines, in seconds.
END_GRACE_S = 3.0
#: How many lines are printed at once.
LINES_AT_ONCE = 1000


class LogView(Value):
    """How lines are shown."""

    as_json: bool = False
    timestamps: bool = False


def show_log(
    session: Session,
    journal: Journal,
    run: RunRecord,
    names: Sequence[str],
    view: LogView,
    *,
    last: int | None,
    since: float | None,
    follow: bool,
) -> None:
    """Print the log of a run. Raises UnknownNameError for a driver that it does not have."""
    info = run.info
    known = frozenset(run.plan_summary.drivers)
    with RunLog(run_folder(info.instance, info.began_at, info.pid), known, names or None) as log:
        try:
            present = log.drivers()
            for name in names:
                if name not in known and name not in present:
                    raise UnknownNameError("driver", name, known | present)
            printer = _printer(session, view, names or present or known, alone=len(set(names)) == 1)
            _print(printer, lines_left(run, names, last, since))
            _print(printer, log.lines(last, since))
            if follow:
                _follow(journal, run, log, printer)
                session.info(f"note: {info.title} has ended")
        except BrokenPipeError:  # nobody reads the answer any more
            raise
        except OSError as error:
            raise RunError(f"the logs of {info.title} cannot be read: {reason_of(error)}") from None


def lines_left(run: RunRecord, names: Sequence[str], last: int | None, since: float | None) -> Iterator[LogLine]:
    """Yield what processes have written that this run left, or that it adopted from an earlier one."""
    from tierdeps.driver_logs.left_output import has_left_output, left_lines

    if not has_left_output(run.info.instance):
        return iter(())
    drivers: Iterable[str] = run.plan_summary.drivers
    if run.info.mode != "leave-running":
        states = run.states()
        drivers = [name for name in drivers if states[name].state is State.ADOPTED]
    chosen = [name for name in drivers if not names or name in names]
    return (line for line in left_lines(run.info.instance, chosen, last) if since is None or line.time >= since)


def _follow(journal: Journal, run: RunRecord, log: RunLog, printer: Callable[[LogLine], str]) -> None:
    """Print new lines until the run has ended and everything is printed."""
    checked, alive = time.monotonic(), run.alive
    while alive:
        if not _print(printer, log.new_lines()):
            time.sleep(POLL_S)
        if time.monotonic() - checked > RUN_CHECK_S:
            checked, alive = time.monotonic(), journal.reread(run).alive
    latest = time.monotonic() + END_GRACE_S
    while is_alive(run.info.pid, run.info.started) and time.monotonic() < latest:
        time.sleep(POLL_S)
    while _print(printer, log.new_lines()):
        pass


def _print(printer: Callable[[LogLine], str], lines: Iterable[LogLine]) -> bool:
    """Print lines, many at once; return whether there were any."""
    batch: list[str] = []
    printed = False
    for line in lines:
        batch.append(printer(line))
        printed = True
        if len(batch) == LINES_AT_ONCE:
            ANSWER.echo("\n".join(batch), color=True)
            batch.clear()
    if batch:
        ANSWER.echo("\n".join(batch), color=True)
    return printed


def _printer(session: Session, view: LogView, names: Iterable[str], *, alone: bool) -> Callable[[LogLine], str]:
    if view.as_json:
        return _as_json
    color = wants_color(session.color, ANSWER.stream)
    prefixes = NamePrefixes(color=color, width=max(map(len, names), default=0))

    def printed(line: LogLine) -> str:
        parts = [_time_text(line.time)] if view.timestamps else []
        return " ".join((*parts, f"{'' if alone else prefixes.of(line.driver)}{line.text}"))

    return printed


def _time_text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="milliseconds")


def _as_json(line: LogLine) -> str:
    document = {
        "schema": SCHEMA,
        "time": datetime.fromtimestamp(line.time, UTC).isoformat(timespec="microseconds"),
        "driver": line.driver,
        "stream": line.stream,
        "text": line.raw_text,
    }
    return json.dumps(document, ensure_ascii=True)
