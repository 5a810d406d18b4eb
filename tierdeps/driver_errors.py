"""What a driver raised, in one line of words and as a traceback: text, for an exception keeps all its frames alive.

An exception of a plugin may raise itself where it is looked at.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from traceback import FrameSummary, TracebackException
from typing import TYPE_CHECKING

from tierdeps.errors import RemoteError, TierdepsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

#: Frames of these files are ours, or the machinery of imports.
OURS = (f"{Path(__file__).parent}/", "<frozen importlib")
IMPORTLIB = "/importlib/__init__.py"
#: The maximal number of frames of each exception, the innermost ones; and of characters of the whole, the last ones.
MAX_FRAMES = 100
MAX_CHARACTERS = 64 * 1024


def describe(error: BaseException) -> str:
    """Say what went wrong, in one line of words."""
    from asyncio import CancelledError

    error = tame(error)
    try:
        text = " ".join(str.__str__(str(error)).split())
    except BaseException:  # noqa: BLE001  plugin code
        text = "it cannot be shown"
    if isinstance(error, TierdepsError):
        return text
    if isinstance(error, CancelledError):
        return "it was cancelled"
    if isinstance(error, SystemExit):
        return f"it exited with {text or 0}"
    return f"{kind_of(error)}: {text}" if text else kind_of(error)


class _NeverRaised(Exception):  # noqa: N818  it is only compared with
    pass


def tame(error: BaseException) -> BaseException:
    """Return an exception that can be looked at: it itself, or one in its place where even that raises."""
    try:
        isinstance(error, _NeverRaised)
    except BaseException:  # noqa: BLE001  plugin code
        return RuntimeError(f"{kind_of(error)}, which cannot be shown").with_traceback(error.__traceback__)
    return error


def kind_of(error: BaseException) -> str:
    """Return the name of an exception's class, whatever its metaclass makes of that."""
    return str.__str__(type.__dict__["__name__"].__get__(type(error)))


def driver_traceback(error: BaseException) -> str:
    """Format an exception with those that caused it, without our own frames; empty where no driver's code raised it."""
    if isinstance(error, RemoteError):
        return _shortened(error.traceback)
    for marked in (True, False):
        with suppress(BaseException):  # Python fails at columns now and then; plugin code may fail anywhere
            return _shortened(_text(error, marked=marked))
    return ""


def _text(error: BaseException, *, marked: bool) -> str:
    whole = _formatted(error)
    for one in _chain(whole):
        kept = [frame for frame in one.stack if not _is_ours(frame.filename)]
        one.stack[:] = kept if marked else [FrameSummary(item.filename, item.lineno, item.name) for item in kept]
    if not whole.stack and whole.__cause__ is not None:
        whole = whole.__cause__  # ours adds nothing to its cause that the report does not say
    if not any(one.stack for one in _chain(whole)):
        if isinstance(error, TierdepsError) or error.__traceback__ is None:
            return ""
        whole = _formatted(error)  # a mistake of our own: here our frames are all there is to see
    return "".join(whole.format()).rstrip("\n")


def driver_frames(error: BaseException) -> TracebackType | None:
    """Return the traceback of an exception from the first frame that is not ours."""
    found = error.__traceback__
    while found is not None and _is_ours(found.tb_frame.f_code.co_filename):
        found = found.tb_next
    return found or error.__traceback__


def _formatted(error: BaseException) -> TracebackException:
    return TracebackException.from_exception(error, limit=-MAX_FRAMES, compact=True)


def _chain(whole: TracebackException) -> Iterator[TracebackException]:
    """Yield an exception, what caused it, and what it groups."""
    found = [whole]
    for one in found:  # grows while it is walked
        yield one
        more = (one.__cause__, one.__context__, *(one.exceptions or ()))
        found.extend(other for other in more if other is not None)


def _is_ours(file: str) -> bool:
    return file.startswith(OURS) or file.endswith(IMPORTLIB)


def _shortened(text: str) -> str:
    if len(text) <= MAX_CHARACTERS:
        return text
    _, _, rest = text[-MAX_CHARACTERS:].partition("\n")  # from a whole line on
    return f"[...]\n{rest}"
