"""A start in the background, at both ends: the command that the user ran, and the process that it leaves running.

``start --detach`` runs this program again in a session of its own, with copies of its own standard output and error
and of a pipe. The background process prints to them until its start is complete; then it writes the exit code to the
pipe, and prints to the log from there on. The command waits for that code and exits with it.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING

import click

from tierdeps._util.seconds import waits
from tierdeps._util.state_dir import NotOursError, PrivateFolder, reason_of
from tierdeps._util.text import without_commands
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.output.streams import EXIT_UNWRITTEN, STREAMS
from tierdeps.cli.run.signals import STOP_SIGNALS
from tierdeps.errors import RunError
from tierdeps.journal import instance_of, journal_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import NoReturn

    from tierdeps.cli._options import Command
    from tierdeps.cli.run.options import StartOptions
    from tierdeps.cli.run.signals import StartSignals
    from tierdeps.journal import Instance

#: A log that is longer is renamed to ``.old`` when the next start opens it.
MAX_LOG_BYTES = 8 << 20
#: How much longer than its own deadlines a start may take: to read its graph, and to report.
MARGIN_S = 60.0
#: The descriptor that leads to the log from the beginning: the background process's own standard error.
LOG_DESCRIPTOR = 2


def log_of(instance: Instance) -> Path:
    """Return the path of an instance's log."""
    name = re.sub(r"[^\w.+-]+", "_", instance.title, flags=re.ASCII)[:64]
    suffix = sha256(instance.key.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return journal_path().parent / "log" / f"{name}-{suffix}.log"


def start_in_background(
    graphs: tuple[str, ...], options: StartOptions, arguments: Sequence[str], signals: StartSignals
) -> NoReturn:
    """Start in the background with the same arguments, wait until the start is complete, and exit with its code."""
    log = log_of(instance_of(graphs))
    ready, ready_end = os.pipe()
    with _open_log(log) as handle, _blocked_signals():
        process = _spawn(arguments, handle, ready_end, reads_stdin="-" in graphs)
        _forward_signals(signals, process)
    os.close(ready_end)
    STREAMS.write_in_thread(as_json=options.format_name == "json")  # not before: a thread would take signals
    timeout_s = 2 * options.deadline + MARGIN_S
    code = _wait_for_code(process, ready, timeout_s)
    if code is None:
        raise RunError(
            f"the start in the background, process {process.pid}, is not over after {timeout_s:g} s;"
            f" see tierdeps status, and its log, {log}"
        )
    if code < 0:
        name = signal.Signals(-code).name
        raise RunError(f"the start in the background was ended by {name} before it was over; its log is {log}")
    raise click.exceptions.Exit(code)


@contextmanager
def _open_log(log: Path) -> Iterator[int]:
    """Open the log, which only its owner may read."""
    try:
        with PrivateFolder.open(log.parent.parent, log.parent.name) as folder:
            there = folder.check(log.name)
            if there is not None and there.st_size > MAX_LOG_BYTES:
                folder.rename(log.name, log.with_suffix(".old").name)
            handle = folder.open_file(log.name, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    except NotOursError as error:
        raise RunError(f"the log {log} cannot be written: {error}") from None
    except OSError as error:
        raise RunError(
            f"the log {log} cannot be written: {reason_of(error)}; set XDG_STATE_HOME to another folder"
        ) from None
    try:
        yield handle
    finally:
        os.close(handle)


def _spawn(arguments: Sequence[str], log: int, ready: int, *, reads_stdin: bool) -> subprocess.Popen[bytes]:
    """Run this program again, with copies of our standard streams and of the pipe for its exit code."""
    for stream in (ANSWER.stream, sys.stderr):
        stream.flush()
    streams = (os.dup(ANSWER.stream.fileno()), os.dup(sys.stderr.fileno()), ready)
    # -m would put the current folder on sys.path; -P prevents that, unless it is on ours too.
    safe = [] if {"", str(Path.cwd())} & set(sys.path) else ["-P"]
    option = f"--detached={','.join(map(str, streams))}"
    try:
        return subprocess.Popen(  # noqa: S603  it is ourselves
            [sys.executable, *safe, "-m", "tierdeps", "start", option, *arguments],
            stdin=None if reads_stdin else subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=streams,
            start_new_session=True,
        )
    finally:
        for number in streams[:2]:
            os.close(number)


def _forward_signals(signals: StartSignals, process: subprocess.Popen[bytes]) -> None:
    """Forward SIGINT and SIGTERM as SIGTERM: the terminal sends none to a process in another session."""

    def stop() -> None:
        process.send_signal(signal.SIGTERM)

    signals.connect(lambda act: act(), stop)


@contextmanager
def _blocked_signals() -> Iterator[None]:
    """Block the stop signals here, and in a process that the block starts until it can handle them.

    Without it, a signal in between would kill the new process, or the command without its process.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _wait_for_code(process: subprocess.Popen[bytes], ready: int, seconds: float) -> int | None:
    """Return the exit code of the start: negative if a signal ended the process, None if it takes too long."""
    deadline = monotonic() + seconds
    poll = select.poll()
    poll.register(ready, select.POLLIN)
    readable = any(poll.poll(wait * 1000) for wait in waits(seconds))
    code = os.read(ready, 1) if readable else b""
    os.close(ready)
    if code or not readable:
        process.returncode = 0  # it outlives this command, so init will reap it: Popen must not warn
        return code[0] if code else None
    try:
        return process.wait(max(deadline - monotonic(), MARGIN_S))
    except subprocess.TimeoutExpired:
        return None


class CallerLink:
    """The background process's end: its output goes to the caller until ``release``, and to the log afterwards.

    Programs that this process runs inherit descriptors 1 and 2, which lead to the log from the beginning.
    """

    def __init__(self, out: int, err: int, ready: int) -> None:
        self._out, self._err, self._ready = out, err, ready
        #: Whether the caller has exited, so that all output goes to the log.
        self.is_released = False
        for number in (out, err, ready):
            os.set_inheritable(number, False)
        self._streams = [open(number, "w", buffering=1, errors="backslashreplace") for number in (out, err)]  # noqa: PTH123, SIM115
        sys.stdout, sys.stderr = self._streams  # for good

    def log(self, line: str) -> None:
        """Write a line to the log, and not to the caller."""
        with suppress(OSError):
            os.write(LOG_DESCRIPTOR, f"{without_commands(line)}\n".encode("utf-8", "backslashreplace"))

    def release(self, code: int) -> None:
        """Let the caller exit with a code once it has read the output so far; then redirect the output to the log.

        A thread does it, because the caller's reader may be slow, and the event loop must not wait for it.
        """
        Thread(target=self._release, args=(code,), name="tierdeps-detach", daemon=True).start()

    def _release(self, code: int) -> None:
        code = code if STREAMS.redirect(LOG_DESCRIPTOR) else code or EXIT_UNWRITTEN
        for number in (self._out, self._err):
            os.dup2(LOG_DESCRIPTOR, number, inheritable=False)
        with suppress(OSError):
            os.write(self._ready, bytes([code]))
        os.close(self._ready)
        self.is_released = True


def _link_to_caller(context: click.Context, parameter: click.Parameter, value: str | None) -> CallerLink | None:
    del parameter
    if value is None:
        return None
    try:
        out, err, ready = map(int, value.split(","))
        return CallerLink(out, err, ready)
    except (ValueError, OverflowError, OSError):
        raise click.UsageError("--detached is what --detach starts this program with; use --detach", context) from None


def caller_option(function: Command) -> Command:
    """Add ``--detached``, which ``--detach`` passes to the background process.

    It is eager: what other options print already has to reach the caller.
    """
    return click.option("--detached", "caller", hidden=True, is_eager=True, callback=_link_to_caller)(function)
