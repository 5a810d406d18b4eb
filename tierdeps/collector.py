"""The garbage collector: told to look less often where nearly all that is made is kept."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A command mostly keeps what it makes until it ends: to look after each 700 things, as Python does by itself, takes a
#: tenth of a cold start.
RARELY = 50_000


def collect_rarely() -> None:
    """Look for garbage less often, in this process, from now on."""
    gc.set_threshold(RARELY)


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
