"""Chains of dependencies as text: what each dependency says, why, and who declared it."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.words.sentences import edge_text, step_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tierdeps.model import Edge, Origin

#: A longer chain is shown by its two ends.
MAX_EDGES_SHOWN = 12


def edge_lines(edge: Edge, lead: str = "  ") -> Iterator[str]:
    """Yield what one dependency says, its reason, and who declared it."""
    condition = f", when {edge.when}" if edge.when else ""
    yield f"{lead}{printable(edge_text(edge) + condition)}"
    indent = " " * (len(lead) + 4)
    if edge.reason:
        yield f"{indent}because {printable(edge.reason)}"
    yield f"{indent}{printable(declared(edge.origin))}"


def declared(origin: Origin) -> str:
    """Return who declared something, or where it is declared."""
    return f"declared {'by' if origin.distribution else 'in'} {origin}"


def chain_lines(chain: Sequence[Edge], *, whole: bool) -> Iterator[str]:
    """Yield the lines of a chain; where it continues from an earlier phase of a driver, a line says so.

    The middle of a long chain is omitted, unless ``whole``.
    """
    omitted = 0 if whole else max(0, len(chain) - MAX_EDGES_SHOWN)
    half = MAX_EDGES_SHOWN // 2
    for place, (edge, following) in enumerate(zip_longest(chain, chain[1:])):
        if omitted and half <= place < half + omitted:
            if place == half:
                yield f"  ... and {omitted} more: --all"
            continue
        yield from edge_lines(edge)
        if following is not None and edge.needed != following.dependent:
            later, earlier = step_name(edge.needed), step_name(following.dependent)
            yield printable(f"  {later} comes after {earlier}: its own order of phases")


def facts_of(edges: Iterable[Edge]) -> str:
    """Return the facts that dependencies are conditional on, as text."""
    return " and ".join(sorted({edge.when for edge in edges if edge.when is not None}))
