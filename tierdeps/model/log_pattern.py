"""The regular expression of ``log:``, matched in a time that grows with the line and with nothing else."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from tierdeps.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "log:"
#: A larger program takes noticeably long for one line, in instructions of RE2.
MAX_INSTRUCTIONS = 5000


@lru_cache(maxsize=64)
def line_matcher(ready: str) -> Callable[[str], object]:
    """Return what tells for a line whether the expression of ``log:REGEX`` is found in it. Raises DeclarationError.

    It is RE2 that matches, and not Python: there some expressions take for ever on some lines, and neither a signal nor
    a deadline ends that, while a thread beside it stands still. RE2 is imported for ``log:`` alone.
    """
    try:
        import re2
    except ImportError:
        raise DeclarationError(
            "ready of a process", "google-re2 to be installed, which matches log: (pip install google-re2)", ready
        ) from None
    options = re2.Options()
    options.log_errors = False
    try:
        found = re2.compile(ready.removeprefix(PREFIX), options)
    except re2.error as error:
        problem = error.args[0] if error.args else b""
        text = problem.decode(errors="replace") if isinstance(problem, bytes) else str(problem)
        raise _refused(text, ready) from None
    except UnicodeEncodeError:
        raise _refused("it is no text", ready) from None
    if found.programsize > MAX_INSTRUCTIONS:
        raise _refused("it is too large", ready)
    search: Callable[[str], object] = found.search
    return search


def _refused(problem: str, ready: str) -> DeclarationError:
    expected = f"log: with an expression of RE2, which has no look-around and no backreferences ({problem})"
    return DeclarationError("ready of a process", expected, ready)
