"""What is first along chains of edges, computed once for each driver that many chains have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.model import Edge

T = TypeVar("T")


class Along(Generic[T]):
    """Combines a value of each driver on a chain, from its end on.

    ``next_edge`` returns the edge by which the chain of a driver continues, None at its end. ``own`` returns the value
    of a driver and of that edge; ``combined`` takes it and the value of the rest of the chain.
    """

    def __init__(
        self,
        next_edge: Callable[[str], Edge | None],
        own: Callable[[str, Edge | None], T],
        combined: Callable[[T, T], T],
    ) -> None:
        self._next_edge = next_edge
        self._own = own
        self._combined = combined
        self._found: dict[str, T] = {}

    def of(self, driver: str) -> T:
        """Return the value of the chain that starts at a driver."""
        walked: list[tuple[str, Edge | None]] = []
        name = driver
        while name not in self._found:
            edge = self._next_edge(name)
            walked.append((name, edge))
            if edge is None:
                break
            name = edge.needed.driver
        for name, edge in reversed(walked):
            own = self._own(name, edge)
            self._found[name] = own if edge is None else self._combined(own, self._found[edge.needed.driver])
        return self._found[driver]
