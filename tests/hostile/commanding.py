"""Runs a whole command in this process."""

from __future__ import annotations

import io
import os
import sys
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

from tests.cli.faulty import complaint
from tierdeps.cli import run_cli

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

#: The exit codes of any command, whatever its input.
CODES = {0, 1, 2, 3, 4}


@contextmanager
def standard_input(data: bytes = b"") -> Iterator[None]:
    """Return a standard input with these bytes."""
    before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(data))
    try:
        yield
    finally:
        sys.stdin = before


def run_words(words: Sequence[str], folder: Path) -> None:
    """Run a command in a folder; raise AssertionError for an exit code or output that no command may have."""
    out, err, code = io.StringIO(), io.StringIO(), object()
    kept = os.environ.copy()
    with chdir(folder), standard_input(), redirect_stderr(err), redirect_stdout(out):
        try:
            run_cli(words)
        except SystemExit as ended:
            code = ended.code
        finally:
            os.environ.clear()
            os.environ.update(kept)
    said = err.getvalue()
    assert not complaint(list(words), code, said), complaint(list(words), code, said)
    assert code in CODES, f"{words}: {code}: {said}"
    where = said + out.getvalue() if "--each" in words else said  # the errors are in its answer, each below its graph
    explained = any(line.startswith("error: ") for line in where.splitlines())
    assert code != 2 or explained, f"{words}: {code}: {said}"
