"""The garbage collector, slowed down where nearly everything that is made is kept until the end."""

from __future__ import annotations

import atexit
import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The number of new objects after which the collector runs. A command keeps most of what it makes: at Python's own
#: threshold of 700 the collector takes a tenth of a cold start, and its last run at exit takes another tenth.
COMMAND_THRESHOLD = 50_000


def collect_less_often() -> None:
    """Run the collector seldom for the rest of this process and not at its exit; for processes that run one command."""
    gc.set_threshold(COMMAND_THRESHOLD)
    atexit.register(gc.freeze)


@contextmanager
def gc_paused() -> Iterator[None]:
    """Stop the collector while millions of objects are made of which none is garbage: each run would visit them all."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
