"""The opening of connections within the time of a call: a stopped daemon accepts connections, and never answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import RunError
from tierdeps_libvirt._deadline import Answers, NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps import Context
    from tierdeps_libvirt._library import Connection

#: The end of a call's time that is reserved for reporting: a share, and the most, in seconds.
SHARE, RESERVE_S = 0.1, 1.0


def opened(context: Context, uri: str, opening: Callable[[], Connection]) -> Connection:
    """Return what ``opening`` does, or raise what it raises. Raises RunError if it takes longer than the call may."""
    seconds = max(0.0, context.remaining - min(RESERVE_S, SHARE * context.timeout))
    answers = Answers("tierdeps asks libvirt")
    try:
        return answers.ask(opening, seconds)
    except NoAnswerError:
        problem = f"libvirt did not answer at {uri} for {seconds:.1f} s: see whether its daemon is stopped"
        raise RunError(problem) from None
    finally:
        answers.close()
