"""What drivers print and log during a run: printed beside the answer, and kept in the logs of the run."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from logging import DEBUG, ERROR, INFO, WARNING, Formatter, Handler, basicConfig, getLogger
from typing import TYPE_CHECKING

from tierdeps._util.line_splitter import LineSplitter, printable_text
from tierdeps._util.masks import masked, masked_lines
from tierdeps._util.text import printable
from tierdeps.cli.run.driver_prints import captured_prints
from tierdeps.cli.run.name_prefixes import NamePrefixes
from tierdeps.driver_logs.folders import run_folder
from tierdeps.driver_logs.log_line import LOG, STDOUT
from tierdeps.driver_logs.prune import prune
from tierdeps.driver_logs.writer import LogWriter
from tierdeps.words.sentences import host_note

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from logging import LogRecord

    from tierdeps.cli._session import Session
    from tierdeps.cli.run.caller import CallerLink
    from tierdeps.cli.run.record import RecordedRun

#: As in tierdeps.processes.output, which a graph without processes does not import.
OUTPUT_LOGGER = "tierdeps.output"
DRIVER_LOGGER = "tierdeps.driver"
#: How long the end of a run waits for the last lines to be written, in seconds.
CLOSE_TIMEOUT_S = 3.0
MIB = 1 << 20


@contextmanager
def driver_output(session: Session, record: RecordedRun, caller: CallerLink | None) -> Iterator[DriverOutput]:
    """Print and keep what drivers print and log, until the end of the block."""
    output = DriverOutput(session, _log_writer(session, record), caller)
    install_handlers(session, output)
    try:
        with captured_prints(output.keep):
            yield output
    finally:
        output.close()


def _log_writer(session: Session, record: RecordedRun) -> LogWriter | None:
    """Return what keeps the logs of a run; None for a run that is not recorded, whose logs nothing would find."""
    info, settings = record.info, session.settings
    if info is None:
        return None
    alive = frozenset(run_folder(run.instance, run.began_at, run.pid) for run in record.alive)
    return LogWriter(
        run_folder(info.instance, info.began_at, info.pid),
        settings.log_size * MIB,
        lambda problem: session.info(f"note: {problem}"),
        # It is called before the folder of this run is made, which is one of those that are kept.
        lambda: prune(info.instance, settings.log_runs - 1, settings.log_days, alive),
    )


class DriverOutput:
    """Takes what the drivers of one run print and log; from any thread."""

    def __init__(self, session: Session, writer: LogWriter | None, caller: CallerLink | None) -> None:
        self._session = session
        self._writer = writer
        self._caller = caller
        self._prefixes = NamePrefixes(color=session.view(sys.stderr).color)

    def write(self, driver: str, stream: str, lines: Sequence[bytes], note: str = "") -> None:
        """Keep and print what a process of a driver prints; ``note`` is shown beside the driver's name."""
        lines = masked_lines(lines)
        self._put(driver, stream, lines)
        # In the background nobody reads it: it is in the logs of the run.
        if lines and not (self._session.quiet or (self._caller is not None and self._caller.is_released)):
            prefix = self._prefixes.of(driver, note)
            self._session.write(prefix + printable_text(lines).replace("\n", f"\n{prefix}"))

    def keep(self, driver: str, stream: str, lines: Sequence[bytes]) -> None:
        """Keep lines of a driver in the logs of the run."""
        self._put(driver, stream, masked_lines(lines))

    def _put(self, driver: str, stream: str, lines: Sequence[bytes]) -> None:
        if self._writer is not None and lines:
            self._writer.put(driver, stream, lines)

    def close(self) -> None:
        """Write the last lines."""
        if self._writer is not None:
            self._writer.close(CLOSE_TIMEOUT_S)


def install_handlers(session: Session, output: DriverOutput) -> None:
    """Pass on what drivers log, and what processes on other hosts print."""
    level = DEBUG if session.verbose else ERROR if session.quiet else WARNING
    basicConfig(level=level, handlers=[DriverLogHandler(session)])
    getLogger("asyncio").setLevel(max(level, INFO))  # which selector it uses is of no interest
    drivers = getLogger(DRIVER_LOGGER)
    drivers.setLevel(min(level, INFO))
    drivers.handlers[:] = [_KeepingHandler(output)]
    lines = getLogger(OUTPUT_LOGGER)
    lines.propagate = False
    lines.setLevel(INFO)
    lines.handlers[:] = [_OutputHandler(output)]


class DriverLogHandler(Handler):
    """Prints what drivers log, through the session: that knows what else is drawn on the terminal."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def emit(self, record: LogRecord) -> None:
        """Print a record, line by line."""
        if not (self._session.quiet and record.levelno < ERROR):
            self._session.write("\n".join(map(printable, f"{_named(record)}: {_message(record)}".splitlines())))


class _KeepingHandler(Handler):
    """Keeps what drivers log."""

    def __init__(self, output: DriverOutput) -> None:
        super().__init__()
        self._output = output

    def emit(self, record: LogRecord) -> None:
        """Keep a record, line by line."""
        self._output.keep(record.name.removeprefix(f"{DRIVER_LOGGER}."), LOG, _lines(_message(record)))


_FORMATTER = Formatter("%(message)s")


def _named(record: LogRecord) -> str:
    """Return the name of a logger, with the host on which it logged where that is another one."""
    return " ".join(filter(None, (record.name, _host_note(record))))


def _host_note(record: LogRecord) -> str:
    return host_note(record.name, getattr(record, "host", None))


def _message(record: LogRecord) -> str:
    """Return the text of a record; if its arguments do not fit its message, the message and the place of the call."""
    try:
        return masked(_FORMATTER.format(record))
    except Exception as error:  # noqa: BLE001  a library's wrong logging call must not fail a driver
        problem = f"[{type(error).__name__} in the logging call at {record.pathname}:{record.lineno}]"
        return f"{record.msg if isinstance(record.msg, str) else ''} {problem}"


class _OutputHandler(Handler):
    """Passes on what a process on another host prints, which an engine logs."""

    def __init__(self, output: DriverOutput) -> None:
        super().__init__()
        self._output = output

    def emit(self, record: LogRecord) -> None:
        """Pass on a record."""
        driver = record.name.removeprefix(f"{OUTPUT_LOGGER}.")
        self._output.write(driver, STDOUT, _lines(record.getMessage()), _host_note(record))


def _lines(text: str) -> list[bytes]:
    splitter = LineSplitter()
    return splitter.feed(text.encode(errors="backslashreplace")) + splitter.end()
