"""The garbage collector: told to look less often where nearly all that is made is kept until the end."""

from __future__ import annotations

import atexit
import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A command mostly keeps what it makes: to look after each 700 things, as Python does by itself, takes a tenth of a
#: cold start, and to look through all that is left at its end another.
RARELY = 50_000


def collect_rarely() -> None:
    """Look for garbage less often from now on in this process, which ends when the command does, and not at its end."""
    gc.set_threshold(RARELY)
    atexit.register(gc.freeze)


@contextmanager
def collector_off() -> Iterator[None]:
    """Keep the collector from looking, again and again, at millions of things of which none is garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
