"""The regular expression of ``log:``, matched in time linear in the length of the line."""

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
    """Return the search function of the expression in ``log:REGEX``. Raises DeclarationError.

    RE2 matches it, not Python's ``re``: that takes exponential time for some expressions and lines, and holds the GIL
    meanwhile, so that neither a signal nor a deadline can end it. RE2 is only imported for ``log:``.
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
