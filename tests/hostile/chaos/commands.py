"""Commands of a round, each with its own readers of its output, and its outcome."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.cli.pipes import Unread
from tests.hostile.chaos.processes import send

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from random import Random

#: How long any command may take, in seconds: whatever the load, one that takes longer hangs.
TIMEOUT_S = 300.0
#: What no command may print.
BUGS = ("Traceback (most recent call last)", "is a bug of tierdeps", "Exception ignored", "was never ")


class Command:
    """A running command."""

    def __init__(self, folder: Path, number: int, words: tuple[str, ...], env: Mapping[str, str], readers: str) -> None:
        self.words = words
        self.signalled: set[int] = set()
        self._files = [folder / f"{number:02}-{words[0]}.{name}" for name in ("out", "err")]
        self._readers = [_reader(kind, path) for kind, path in zip(readers.split(), self._files, strict=True)]
        outputs = [one.writer if isinstance(one, Unread) else one for one in self._readers]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tierdeps", *words],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=outputs[0],
            stderr=outputs[1],
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid

    @property
    def runs(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def send(self, number: int) -> None:
        """Send it a signal, and record that."""
        self.signalled.add(number)
        if self.runs:
            send(self.pid, number)

    def ends(self) -> bool:
        """Wait for its end; return whether it came."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(TIMEOUT_S)
        return not self.runs

    def faults(self, codes: frozenset[int]) -> list[str]:
        """Return what is wrong with how it ended."""
        allowed = codes | {-number for number in self.signalled}
        found = [] if self.process.returncode in allowed else [f"exit code {self.process.returncode}"]
        text = self.said
        found += [f"says {bug!r}" for bug in BUGS if bug in text]
        return [f"{' '.join(self.words)}: {fault}; it said: {text[-500:]}" for fault in found]

    @property
    def said(self) -> str:
        """What it printed, as far as its readers read it."""
        return "".join(path.read_text(errors="replace") for path in self._files if path.exists())

    def close(self) -> None:
        """End it, if it still runs, and its readers."""
        self.process.kill()
        self.process.wait()
        for one in self._readers:
            for file in (one.reader, one.writer) if isinstance(one, Unread) else (one,):
                os.close(file)


def readers(random: Random, *, block: bool) -> str:
    """Choose readers of the standard output and error; some ``block``: they read nothing."""
    return " ".join(random.choices(["file", "gone", "unread"], [60, 15, 25 if block else 0], k=2))


def _reader(kind: str, path: Path) -> Unread | int:
    if kind == "unread":
        return Unread()
    if kind == "gone":
        reader, writer = os.pipe2(os.O_CLOEXEC)
        os.close(reader)
        return writer
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
