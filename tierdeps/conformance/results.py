"""The check of what methods return: ``probe`` a reason, ``adopt`` and ``recover`` a bool, all others nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Coroutine, Generator
from typing import Any

#: Of a longer value, only so many characters are shown.
MAX_SHOWN_CHARS = 60


def problem_of(verb: str, result: Any) -> str:
    """Return a sentence that says what is wrong with the result of a method; empty if nothing is."""
    if (
        result is None
        or (verb == "probe" and isinstance(result, str))
        or (verb in ("adopt", "recover") and isinstance(result, bool))
    ):
        return ""
    if isinstance(result, Generator):
        return f"{verb} returned a generator, which never runs; remove the yield"
    if isinstance(result, AsyncGenerator):
        return f"{verb} returned an async generator, which never runs; remove the yield"
    if isinstance(result, Awaitable):
        if isinstance(result, Coroutine):
            result.close()  # otherwise Python would warn of it when it is garbage-collected
        return f"{verb} returned {_shown(result)} that was never awaited; await it"
    if isinstance(result, BaseException):
        return f"{verb} returned {_shown(result)} instead of raising it; raise it"
    return f"{verb} returned {_shown(result)}; {_EXPECTED.get(verb, _NOTHING)}"


_TYPES: dict[str, type] = {"probe": str, "adopt": bool, "recover": bool}
_EXPECTED = {
    "probe": "return a reason as text, or None",
    "adopt": "return True or False",
    "check": "return nothing, and raise an exception where the driver does not work",
    "recover": "return True or False",
}
_NOTHING = "return nothing, and raise an exception where it failed"


def _shown(value: object) -> str:
    """Return a value as a literal, or its type if it has no short literal."""
    if isinstance(value, (bool, int, float, str, bytes)):
        text = repr(value)
        return text if len(text) <= MAX_SHOWN_CHARS else f"{text[:MAX_SHOWN_CHARS]}..."
    if isinstance(value, type):
        return f"the class {value.__qualname__}"
    return kind_of(value)


def kind_of(value: object) -> str:
    """Return the type of a value, with its article."""
    kind = type(value).__name__
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"
