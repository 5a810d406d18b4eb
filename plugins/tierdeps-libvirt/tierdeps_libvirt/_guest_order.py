"""The order among guests that their metadata requests, for which libvirt itself has no element."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Kind as Verb
from tierdeps_libvirt._kinds import definition_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tierdeps_libvirt._library import Startable


def in_requested_order(items: Sequence[Startable], warn: Callable[[str], None]) -> list[Startable]:
    """Return the guests so that each comes after those that it requests; otherwise in their order.

    Only the order is looked at here, not what becomes of the others. Requests that make a cycle are passed to ``warn``,
    and ignored.
    """
    order, _ = with_earlier(items, warn)
    return order


def with_earlier(
    items: Sequence[Startable], warn: Callable[[str], None]
) -> tuple[list[Startable], Mapping[str, frozenset[str]]]:
    """Return the guests in the requested order, and for each the names of those that it comes after."""
    left = {item.name(): item for item in items}
    earlier: dict[str, set[str]] = {name: set() for name in left}
    for item in items:
        for first, second in _pairs(item):
            if first != second:
                earlier.setdefault(second, set()).add(first)
    order: list[Startable] = []
    followed: dict[str, frozenset[str]] = {}
    while left:
        name = _next(left, earlier)
        if name is None:
            warn(f"the order that {', '.join(sorted(left))} request is a cycle, and is ignored")
            known = {item.name() for item in order}
            followed |= {name: frozenset(earlier[name] & known) for name in left}
            return [*order, *left.values()], followed
        followed[name] = frozenset(earlier[name])
        order.append(left.pop(name))
    return order, followed


def _next(left: Mapping[str, Startable], earlier: Mapping[str, set[str]]) -> str | None:
    """Return the first guest that does not wait for another one."""
    return next((name for name in left if earlier[name].isdisjoint(left)), None)


def _pairs(item: Startable) -> Iterator[tuple[str, str]]:
    """Yield pairs of an earlier and a later guest."""
    from tierdeps_libvirt._objects.definition import Definition, Noun
    from tierdeps_libvirt._objects.metadata import requested_dependencies

    name = item.name()
    for request, _ in requested_dependencies(Definition(Noun.DOMAIN, name, "", lines=False), definition_of(item)):
        noun, _, other = request.target.partition("/")
        if noun != Noun.DOMAIN:
            continue
        if request.kind in (Verb.REQUIRES, Verb.WANTS, Verb.AFTER):
            yield other, name
        elif request.kind is Verb.BEFORE:
            yield name, other
