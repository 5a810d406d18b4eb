"""LV205: a guest's metadata requests an order that a boot ignores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Finding, Fix, Kind, Rule, RuleContext, Severity
from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._objects.rules.common import MARKING, listed, needs_of, objects_of, started_here, virsh

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps_libvirt._objects.objects import LibvirtObject


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each request of a guest that comes up which a boot ignores."""
    objects = {item.name: item for item in objects_of(context.graph)}
    yield from _not_started(objects)
    if not started_here(context.graph):
        yield from _not_ordered(objects)


def _not_started(objects: Mapping[str, LibvirtObject]) -> Iterator[Finding]:
    """Yield a finding for each guest that wants what nothing starts: wanting an object does not start it."""
    for item in objects.values():
        for request in item.requested if item.comes_up else ():
            wanted = objects.get(request.target)
            if request.kind is Kind.WANTS and wanted is not None and not wanted.comes_up and wanted.noun in MARKING:
                element = f"<tierdeps:requires {wanted.noun}='{wanted.own_name}'/> in place of wants"
                yield RULE.finding(
                    f"{item.name} wants {wanted.name}, which is not started at boot: it is not marked autostart, and"
                    " nothing that comes up requires it",
                    (item.name, wanted.name),
                    (needs_of(item.name, request),),
                    (Fix(f"mark it: {virsh(wanted, MARKING[wanted.noun])}"), Fix(f"require it: {element}")),
                )


def _not_ordered(objects: Mapping[str, LibvirtObject]) -> Iterator[Finding]:
    """Yield a finding for each guest that requests an order among guests that libvirt starts by itself.

    Nothing but its metadata relates one guest to another.
    """
    guests = [item for item in objects.values() if item.noun is Noun.DOMAIN and item.marked and item.boot]
    marked = {item.name for item in guests}
    for item in guests:
        requests = [request for request in item.dependencies if request.target in marked]
        if requests:
            others = list(dict.fromkeys(request.target for request in requests))
            yield RULE.finding(
                f"{item.name} requests an order with {listed(others)}, which a boot ignores: {item.boot}",
                (item.name, *others),
                (needs_of(item.name, request) for request in requests),
                (Fix("have tierdeps start the guests at boot, in their order: tierdeps-libvirt own-boot"),),
            )


RULE = Rule(
    "LV205",
    "order-ignored-at-boot",
    Severity.WARNING,
    "The metadata of a guest requests an order among guests that are all marked autostart. At boot libvirt's daemon\n"
    "starts these by itself, in no particular order, before tierdeps runs. The same happens after own-boot if one of\n"
    "its files is missing or was changed. It is also reported if a guest wants an object that is neither marked nor\n"
    "required: nothing starts it at boot.",
    "qemu/web.xml and qemu/db.xml, both with links to them in qemu/autostart:\n"
    "    <metadata><tierdeps:after xmlns:tierdeps='urn:tierdeps:libvirt:1' domain='db'/></metadata>",
    "Have tierdeps start the guests at boot: tierdeps-libvirt own-boot. It keeps the daemons from starting guests and\n"
    "enables a unit that starts them in their order; --undo reverts that.",
    check,
)
