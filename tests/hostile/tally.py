"""The result of fuzzing one target."""

from __future__ import annotations

import traceback
from hashlib import sha256
from typing import TYPE_CHECKING, Self

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from pathlib import Path


class Fault(Value):
    """A fault: the exception, its location, and the smallest input that shows it."""

    text: str
    place: str
    data: bytes

    @classmethod
    def of(cls, error: Exception, data: bytes) -> Self:
        """Return the fault that an exception shows."""
        return cls(_text(error), place_of(error), data)

    def kept_in(self, folder: Path, target: str) -> Path:
        """Write the input to a file of its own; return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{target}-{sha256(self.data).hexdigest()[:12]}"
        path.write_bytes(self.data)
        return path


class Tally(Value):
    """How many inputs were tried, each fault once, and how many edges of the code they covered where that is known."""

    tried: int
    faults: tuple[Fault, ...]
    edges: int | None = None

    def __str__(self) -> str:
        covered = "" if self.edges is None else f", {self.edges} edges"
        return f"{self.tried} inputs, {len(self.faults)} faults{covered}"


def _text(error: Exception) -> str:
    """Return the last line of a traceback, not too long."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:600]


def place_of(error: Exception) -> str:
    """Return where an error was raised, which identifies a fault."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "hypothesis" not in frame.filename]
    last = (ours or frames)[-1]
    return f"{last.filename}:{last.lineno}" if last else ""
