"""A start in the background: this program again, in a session of its own, with a log."""

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
from tierdeps.cli._answer import ANSWER
from tierdeps.cli._instance.signals import STOPPING
from tierdeps.errors import RunError
from tierdeps.journal import instance_of, journal_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import NoReturn

    from tierdeps.cli._instance.manner import Manner
    from tierdeps.cli._instance.signals import StartSignals
    from tierdeps.journal import Instance

#: A log that is longer is put aside when the next start begins, in bytes.
LONG = 8 << 20
#: So much longer than its own deadlines a start may take, to read its graph and to report, in seconds.
MARGIN = 60.0


def log_of(instance: Instance) -> Path:
    """Name an instance's log."""
    name = re.sub(r"[^\w.+-]+", "_", instance.title, flags=re.ASCII)[:64]
    mark = sha256(instance.key.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return journal_path().parent / "log" / f"{name}-{mark}.log"


def detach(graphs: tuple[str, ...], manner: Manner, arguments: Sequence[str], signals: StartSignals) -> NoReturn:
    """Start in the background with the same arguments, wait until the start is over, and exit as it did."""
    log = log_of(instance_of(graphs))
    ready, theirs = os.pipe()
    with _opened(log) as handle, _signals_blocked():
        process = _spawn(arguments, handle, theirs, reads="-" in graphs)
        _pass_signals(signals, process)
    os.close(theirs)
    code = _await(process, ready, 2 * manner.deadline + MARGIN)
    if code is None:
        raise RunError(
            f"the start in the background, process {process.pid}, is not over after {2 * manner.deadline + MARGIN:g} s;"
            f" see tierdeps status, and its log, {log}"
        )
    if code < 0:
        name = signal.Signals(-code).name
        raise RunError(f"the start in the background was ended by {name} before it was over; its log is {log}")
    raise click.exceptions.Exit(code)


@contextmanager
def _opened(log: Path) -> Iterator[int]:
    """Open the log for its owner alone."""
    try:
        with PrivateFolder.open(log.parent.parent, log.parent.name) as folder:
            there = folder.check(log.name)
            if there is not None and there.st_size > LONG:
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


def _spawn(arguments: Sequence[str], log: int, ready: int, *, reads: bool) -> subprocess.Popen[bytes]:
    """Start this program again; what is said comes to our own streams, for as long as it starts."""
    for stream in (ANSWER.stream, sys.stderr):
        stream.flush()
    streams = (os.dup(ANSWER.stream.fileno()), os.dup(sys.stderr.fileno()), ready)
    # With -m the folder we are in would be searched for modules: only where ours is, too.
    safe = [] if {"", str(Path.cwd())} & set(sys.path) else ["-P"]
    option = f"--detached={','.join(map(str, streams))}"
    try:
        return subprocess.Popen(  # noqa: S603  it is ourselves
            [sys.executable, *safe, "-m", "tierdeps", "start", option, *arguments],
            stdin=None if reads else subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=streams,
            start_new_session=True,
        )
    finally:
        for number in streams[:2]:
            os.close(number)


def _pass_signals(signals: StartSignals, process: subprocess.Popen[bytes]) -> None:
    """Let Ctrl-C and SIGTERM stop the start that we wait for: it has a session of its own."""

    def stop() -> None:
        process.send_signal(signal.SIGTERM)

    signals.connect(lambda act: act(), stop)


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Hold signals up, here and in what is started meanwhile, until that hears them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _await(process: subprocess.Popen[bytes], ready: int, seconds: float) -> int | None:
    """Return the exit code of the start; less than zero where a signal ended it, None where it is not over in time."""
    until = monotonic() + seconds
    poll = select.poll()
    poll.register(ready, select.POLLIN)
    come = any(poll.poll(wait * 1000) for wait in waits(seconds))
    told = os.read(ready, 1) if come else b""
    os.close(ready)
    if told or not come:
        process.returncode = 0  # it is nobody's child any more: the next process number one sees to it
        return told[0] if told else None
    try:
        return process.wait(max(until - monotonic(), MARGIN))
    except subprocess.TimeoutExpired:
        return None
