"""The garbage collector, slowed down where nearly everything that is made is kept until the end."""

from __future__ import annotations

import atexit
import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The number of new objects after which the collector runs. A command keeps most of what it makes: at Python's own
#: threshold of 700 the collector takes a tenth of a cold start, and its last run at exit takes another tenth.
COMMAND_THRESHOLD = 50_000
#: The same while a large plan starts or stops.
BULK_THRESHOLD = 200_000
#: The collector is left alone where fewer objects were made.
FEW_OBJECTS = 20_000
#: So many times the objects of a large plan count as old at once before all objects are looked at.
MAX_MADE_OLD = 4


def collect_less_often() -> None:
    """Run the collector seldom for the rest of this process and not at its exit; for processes that run one command."""
    gc.set_threshold(COMMAND_THRESHOLD)
    atexit.register(gc.freeze)


class SlowCollector:
    """Has the collector run seldom from ``start`` to ``end``, as long as one of these is active in this process.

    Where thousands of drivers start or stop, nearly all new objects are kept for a while. Python's own threshold has
    them, and those of the plan, visited again and again; with this one, what is garbage is still collected in the end.
    At the end all objects count as old, as if they had survived collections: the first of those would visit all that
    was made since. Python does not count what becomes old in this way, and would collect the garbage in it late or
    never; so that is done only where much was made, and every few times all garbage is collected.
    """

    _active: ClassVar[int] = 0
    _usual: ClassVar[tuple[int, int, int]]
    #: How many collections there had been at the start, of the youngest objects.
    _collections: ClassVar[int]

    def __init__(self) -> None:
        self._is_active = False

    def start(self) -> None:
        """Let the collector run seldom."""
        if not self._is_active:
            self._is_active = True
            if not SlowCollector._active:
                first, *others = SlowCollector._usual = gc.get_threshold()
                SlowCollector._collections = _collections_of(0)
                gc.set_threshold(max(first, BULK_THRESHOLD) if first else 0, *others)  # 0: never
            SlowCollector._active += 1

    def end(self) -> None:
        """Let it run as before, unless another one is active."""
        if self._is_active:
            self._is_active = False
            SlowCollector._active -= 1
            if not SlowCollector._active:
                if gc.get_count()[0] >= FEW_OBJECTS or _collections_of(0) > SlowCollector._collections:
                    _make_all_old()
                gc.set_threshold(*SlowCollector._usual)

    def __del__(self) -> None:
        """End it where a run was dropped in the middle."""
        self.end()


class _MadeOld:
    """How often objects were made old since the last collection of all objects."""

    times: ClassVar[int] = 0
    collections: ClassVar[int] = 0


def _make_all_old() -> None:
    """Move all objects to the oldest generation, unless the application has frozen some, which must stay so."""
    if gc.get_freeze_count():
        return
    if (collections := _collections_of(2)) != _MadeOld.collections:
        _MadeOld.times, _MadeOld.collections = 0, collections
    if _MadeOld.times >= MAX_MADE_OLD and gc.isenabled():
        gc.collect()
        return
    _MadeOld.times += 1
    gc.freeze()
    gc.unfreeze()


def _collections_of(generation: int) -> int:
    return int(gc.get_stats()[generation]["collections"])


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
