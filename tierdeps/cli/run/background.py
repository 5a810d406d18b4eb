"""A start in the background, at the end of the command that the user ran; ``caller`` is the other end.

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
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

from tierdeps._util.seconds import waits
from tierdeps._util.state_dir import NotOursError, PrivateFolder, reason_of
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.output.streams import STREAMS
from tierdeps.cli.run.caller import MAX_LOG_BYTES
from tierdeps.cli.run.signals import STOP_SIGNALS
from tierdeps.errors import RunError
from tierdeps.journal import instance_of, journal_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import NoReturn

    from tierdeps.cli.run.options import StartOptions
    from tierdeps.cli.run.signals import StartSignals
    from tierdeps.journal import Instance

#: How much longer than its own deadlines a start may take: to read its graph, and to report.
MARGIN_S = 60.0


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
            f"the start in the background, process {process.pid}, did not finish within {timeout_s:g} s;"
            f" see tierdeps status, and its log, {log}"
        )
    if code < 0:
        name = signal.Signals(-code).name
        raise RunError(f"the start in the background was ended by {name} before it finished; its log is {log}")
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
