"""Declarations from an inventory: every object with its needs; objects that nothing starts are disabled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Declarations, Dependency, Evidence, Kind, Origin, replace
from tierdeps_libvirt._objects.definition import Definition, Noun
from tierdeps_libvirt._objects.draft import Draft, matched, stand_ins
from tierdeps_libvirt._objects.guests import needs_of_filter, needs_of_guest
from tierdeps_libvirt._objects.live_state import LiveState
from tierdeps_libvirt._objects.metadata import invalid_elements, requested_dependencies, served_pools
from tierdeps_libvirt._objects.networks import needs_of_network
from tierdeps_libvirt._objects.objects import STARTED_HERE, LibvirtObject
from tierdeps_libvirt._objects.pools import needs_of_pool
from tierdeps_libvirt._objects.survey import Survey, usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps_libvirt._objects.definition import Inventory


def declare(inventory: Inventory) -> Declarations:
    """Return the declarations of an inventory."""
    inventory = replace(inventory, definitions=tuple(_distinguishable(inventory.definitions)))
    drafts = list(matched(list(_drafts(inventory))))
    drafts += stand_ins(inventory, drafts)
    up = _coming_up(drafts)
    known = {name for draft in drafts for name in draft.names}
    live = LiveState(inventory)
    objects = tuple(_object(draft, known, live, comes_up=draft.definition.called in up) for draft in drafts)
    idle = frozenset(item.name for item in objects) - up
    devices = {item.name: item.present for item in objects if item.present is not None}
    facts = {name.replace("/", ".", 1): there for name, there in devices.items()}
    return Declarations(objects, facts={STARTED_HERE: True, **facts}, disabled=idle, partial=True)


def _distinguishable(definitions: Iterable[Definition]) -> Iterator[Definition]:
    """Yield the definitions, with the hypervisor in the name of a guest whose name another hypervisor has too."""
    first: dict[str, str] = {}
    for item in definitions:
        owner = first.setdefault(item.called, item.hypervisor)
        yield item if owner == item.hypervisor else replace(item, name=f"{item.hypervisor}/{item.name}")


def _drafts(inventory: Inventory) -> Iterator[Draft]:
    survey = Survey(inventory)
    served: dict[str, list[Dependency]] = {}
    for guest, element in survey.of(Noun.DOMAIN):
        for pool, need in served_pools(guest, element):
            served.setdefault(pool, []).append(need)
    for item in inventory.definitions:
        extra = served.get(item.name, []) if item.noun is Noun.POOL else []
        offer = usage(item.element) if item.noun is Noun.SECRET and item.element is not None else ""
        yield Draft(item, _distinct((*extra, *_needs(item, survey))), (offer,) if offer else ())


def _needs(item: Definition, survey: Survey) -> Iterator[Dependency]:
    if item.element is None:
        return
    if item.noun is Noun.POOL:
        yield from needs_of_pool(item, item.element, survey)
    elif item.noun is Noun.NETWORK:
        yield from needs_of_network(item, item.element, survey)
    elif item.noun is Noun.NWFILTER:
        yield from needs_of_filter(item, item.element)
    elif item.noun is Noun.DOMAIN:
        yield from needs_of_guest(item, item.element, survey)


def _distinct(needs: Iterable[Dependency]) -> tuple[Dependency, ...]:
    """Return needs without duplicates, without those of no name, and without a want of what is also required."""
    first: dict[tuple[Kind, str], Dependency] = {}
    for need in needs:
        if need.target.partition("/")[2]:
            first.setdefault((need.kind, need.target), need)
    return tuple(
        need for (kind, target), need in first.items() if kind is not Kind.WANTS or (Kind.REQUIRES, target) not in first
    )


def _coming_up(drafts: Iterable[Draft]) -> frozenset[str]:
    """Return the names of the marked objects and of all that these require."""
    owner = {name: draft for draft in drafts for name in draft.names}
    waiting = [name for name, draft in owner.items() if draft.definition.marked]
    up: set[str] = set()
    while waiting:
        draft = owner[waiting.pop()]
        if draft.definition.called not in up:
            up.add(draft.definition.called)
            needed = (need.target for need in draft.needs if need.kind is Kind.REQUIRES)
            waiting.extend(target for target in needed if target in owner)
    return frozenset(up)


def _object(draft: Draft, known: set[str], live: LiveState, *, comes_up: bool) -> LibvirtObject:
    item = draft.definition
    lacking = tuple(need for need in draft.needs if need.kind is Kind.REQUIRES and need.target not in known)
    # an object that nothing starts must not leave the others without an order
    softened = {need: replace(need, kind=Kind.WANTS, optional=True) for need in (() if comes_up else lacking)}
    return LibvirtObject(
        item.called,
        dependencies=tuple(softened.get(need, need) for need in draft.needs),
        provides=draft.offers,
        lifecycle=live.lifecycle(item),
        origin=Origin(item.source) if draft.inaccessible or item.noun is Noun.HOST else item.origin(),
        noun=item.noun,
        marked=item.marked,
        comes_up=comes_up,
        hypervisor=item.hypervisor,
        value=item.value,
        problem=item.problem,
        inaccessible=draft.inaccessible,
        missing=tuple(softened),
        ineffective=tuple(_ineffective(item, known)),
        requested=tuple(_requested(item)),
        source=live.inventory.source,
        address=live.inventory.address,
        present=live.presence(item),
        activated=live.activated(item, draft.needs),
        refused=tuple(live.refused(item)),
        unusable=live.unusable(item),
        restored=live.restored(item, draft.needs),
        running_guests=live.running_guests(item),
        boot=live.inventory.boot,
        owned=live.inventory.owned,
    )


def _requested(item: Definition) -> Iterator[Dependency]:
    if item.element is not None and item.noun is Noun.DOMAIN:
        yield from (wish for wish, _ in requested_dependencies(item, item.element))


def _ineffective(item: Definition, known: set[str]) -> Iterator[Evidence]:
    """Yield the entries of a guest's metadata that have no effect."""
    if item.element is None or item.noun is not Noun.DOMAIN:
        return
    for wrong in invalid_elements(item.element):
        yield Evidence(wrong.problem, item.origin(wrong.element))
    for wish, element in requested_dependencies(item, item.element):
        if wish.kind is not Kind.REQUIRES and wish.target not in known:
            yield Evidence(f"there is no {wish.target}", item.origin(element))
    for pool, need in served_pools(item, item.element):
        if Noun.POOL.called(pool) not in known:
            yield Evidence(f"there is no {Noun.POOL.called(pool)}", need.origin)
