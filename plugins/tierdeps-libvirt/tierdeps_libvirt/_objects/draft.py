"""Objects before they are declared, and stand-ins for objects without a definition."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from tierdeps import Dependency, Value, replace
from tierdeps_libvirt._objects.definition import Definition, Inventory, Noun

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

#: Among more uses of secrets than these, no similar one is suggested.
_MANY = 500


class Draft(Value):
    """An object with its needs and the names that it provides; its requirements may still be softened."""

    definition: Definition
    needs: tuple[Dependency, ...]
    offers: tuple[str, ...] = ()
    inaccessible: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names by which others may need it."""
        return (self.definition.called, *self.offers)


def stand_ins(inventory: Inventory, drafts: Iterable[Draft]) -> Iterator[Draft]:
    """Yield stand-ins for needed host devices, and for needed objects of a kind that could not be listed."""
    known = {name for draft in drafts for name in draft.names}
    asked = {need.target for draft in drafts for need in draft.needs}
    reasons = {**inventory.inaccessible, Noun.HOST: ""}
    for target in sorted(asked - known):
        noun, _, name = target.partition("/")
        if noun in reasons and name:
            stand_in = Definition(Noun(noun), name, inventory.source, lines=False)
            yield Draft(stand_in, (), inaccessible=reasons[Noun(noun)])


def matched(drafts: Collection[Draft]) -> Iterator[Draft]:
    """Yield the drafts with only the provided names that are needed; an unknown one gets a suggestion in its reason."""
    asked = {need.target for draft in drafts for need in draft.needs}
    offered = {name for draft in drafts for name in draft.offers}
    known = {name for draft in drafts for name in draft.names}
    few = sorted(offered) if len(offered) <= _MANY else []
    for draft in drafts:
        needs = tuple(need if need.target in known else _with_nearest(need, few) for need in draft.needs)
        yield replace(draft, needs=needs, offers=tuple(name for name in draft.offers if name in asked))


def _with_nearest(need: Dependency, offered: list[str]) -> Dependency:
    near = get_close_matches(need.target, offered, n=1) if need.target.startswith(f"{Noun.SECRET}/") else []
    if not near:
        return need
    kind, _, usage = near[0].removeprefix(f"{Noun.SECRET}/").partition("/")
    return replace(need, reason=f"{need.reason}; the nearest that is defined is for {kind} {usage!r}")
