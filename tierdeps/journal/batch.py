"""What happened in one turn of the event loop, on its way to the journal."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from tierdeps.journal.columns import LEGEND, Columns, Words, pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.journal.outline import Outline


class Batch(NamedTuple):
    """Events, one's fields after the other's; what is known of the run as a whole, by column; the plan it went over to.

    A flat list: no value that holds others is kept for the garbage collector.
    """

    flat: list[Any]
    facts: dict[str, float | str]
    plan: tuple[Outline, str] | None = None

    @property
    def is_last(self) -> bool:
        """Whether it says that the run ended."""
        return "ended_at" in self.facts


def merged(batches: Sequence[Batch]) -> Batch:
    """Return batches as one: what later ones say of the run goes before what earlier ones do."""
    facts: dict[str, float | str] = {}
    plan = None
    for batch in batches:
        facts.update(batch.facts)
        plan = batch.plan or plan
    return Batch(list(chain.from_iterable(batch.flat for batch in batches)), facts, plan)


def where_all_stand(batches: Sequence[Batch]) -> Batch:
    """Return what batches come to: of the events only those that say where each driver stands."""
    whole = merged(batches)
    words = Words(())  # of its own: numbers of the journal are given by who writes it
    group = pack(whole.flat, words)
    names = ["", *map(str, filter(None, words))]
    fold = Columns([group], names, LEGEND).fold()
    return whole._replace(flat=list(chain.from_iterable(Columns([fold], names, LEGEND))))
