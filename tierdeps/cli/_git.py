"""Graphs as they were at a revision: written into a folder out of git, without a checkout."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps.errors import InputError
from tierdeps.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: OLD..NEW, or OLD...NEW for what NEW did since they parted; an end left out is HEAD.
RANGE = re.compile(r"(?P<old>[^.].*?)?(?P<dots>\.{2,3})(?P<new>[^./].*)?")
#: What ``git ls-tree`` says of a file: its mode, its kind, its object and its path.
LISTED = re.compile(rb"(?P<mode>\d+) blob (?P<object>[0-9a-f]+)\t(?P<path>.+)", re.DOTALL)
SYMLINK = b"120000"


class Range(Value):
    """Two revisions as the user names them; ``parted`` asks for where they parted instead of the old one."""

    old: str
    new: str
    parted: bool

    @classmethod
    def parse(cls, text: str) -> Range | None:
        """Take a range apart; None where the text is none."""
        found = RANGE.fullmatch(text)
        return cls(found["old"] or "HEAD", found["new"] or "HEAD", found["dots"] == "...") if found else None


class Repository(Value):
    """The repository around a folder; ``prefix`` is the folder's path in it."""

    folder: Path
    top: Path
    prefix: str

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """Find it. Raises InputError where there is none."""
        top = _git(folder, "rev-parse", "--show-toplevel", asked="revisions")
        prefix = _git(folder, "rev-parse", "--show-prefix", asked="revisions")
        return cls(folder, Path(_line(top)), _line(prefix))

    def commits(self, revisions: Range) -> tuple[str, str]:
        """Return the commits of a range. Raises InputError for a revision that is not there."""
        old, new = self._commit(revisions.old), self._commit(revisions.new)
        if revisions.parted:
            asked, refusal = f"{revisions.old}...{revisions.new}", "these revisions have no common ancestor"
            old = _line(_git(self.folder, "merge-base", old, new, asked=asked, refusal=refusal))
        return old, new

    def _commit(self, revision: str) -> str:
        wanted = ("--verify", "--end-of-options", f"{revision}^{{commit}}")
        refusal = "git knows no such revision; a shallow clone has only the latest"
        return _line(_git(self.folder, "rev-parse", *wanted, asked=f"revision {revision!r}", refusal=refusal))

    def write(self, commit: str, graphs: Iterable[str], folder: Path) -> Path:
        """Write graphs as they were into a folder; return the place in it from which their names lead to them."""
        here = folder / self.prefix
        here.mkdir(parents=True, exist_ok=True)
        for graph in graphs:
            files = self._files(commit, graph)
            if not files:
                raise InputError(graph, f"there is no such file or folder in the revision {commit[:12]}")
            for path, content in zip(files, self._contents(files.values()), strict=True):
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        return here

    def _files(self, commit: str, graph: str) -> dict[str, bytes]:
        """Return the files that a graph consists of: the path of each from the top, and its object."""
        path = os.path.relpath(self.folder / graph, self.top)
        where = () if path == "." else ("--", path)
        told = _git(self.top, "--literal-pathspecs", "ls-tree", "-rz", "--full-tree", commit, *where, asked=graph)
        listed = (LISTED.fullmatch(line) for line in told.split(b"\0"))
        return {os.fsdecode(found["path"]): found["object"] for found in listed if found and found["mode"] != SYMLINK}

    def _contents(self, objects: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the objects' contents: each stands behind a line that ends with its size."""
        asked = b"".join(name + b"\n" for name in objects)
        told = _git(self.top, "cat-file", "--batch", said=asked, asked="the files of a revision")
        at = 0
        while at < len(told):
            start = told.index(b"\n", at) + 1
            end = start + int(told[at:start].split()[-1])
            yield told[start:end]
            at = end + 1


def _line(told: bytes) -> str:
    return os.fsdecode(told).removesuffix("\n")


def _git(folder: Path, *arguments: str, asked: str, said: bytes = b"", refusal: str = "") -> bytes:
    """Ask git. Raises InputError where it is not installed, or says no: with ``refusal``, or in its own words."""
    try:
        # no shell is involved, and what the user wrote stands behind "--" or "--end-of-options"
        done = subprocess.run(("git", *arguments), cwd=folder, capture_output=True, input=said, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise InputError("git", "it is not installed; name two graph files instead of revisions") from None
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
        raise InputError(asked, refusal or f"git says: {told[-1].removeprefix('fatal: ')}")
    return done.stdout
