"""LV205: a guest's metadata requests an order that a boot ignores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Finding, Fix, Kind, Rule, RuleContext, Severity
from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._objects.rules.looking import MARKING, listed, needs_of, objects_of, started_here, virsh

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps_libvirt._objects.objects import LibvirtObject


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each wish of a guest that comes up which a boot ignores."""
    objects = {item.name: item for item in objects_of(context.graph)}
    yield from _not_started(objects)
    if not started_here(context.graph):
        yield from _not_ordered(objects)


def _not_started(objects: Mapping[str, LibvirtObject]) -> Iterator[Finding]:
    """Yield a finding for each guest that wants what nothing starts: a want is no requirement, and marks nothing."""
    for item in objects.values():
        for wish in item.wishes if item.comes_up else ():
            wanted = objects.get(wish.target)
            if wish.kind is Kind.WANTS and wanted is not None and not wanted.comes_up and wanted.noun in MARKING:
                element = f"<tierdeps:requires {wanted.noun}='{wanted.own_name}'/> in place of wants"
                yield RULE.finding(
                    f"{item.name} wants {wanted.name}, and nothing starts that at boot: it is not marked autostart, and"
                    " nothing that comes up requires it",
                    (item.name, wanted.name),
                    (needs_of(item.name, wish),),
                    (Fix(f"mark it: {virsh(wanted, MARKING[wanted.noun])}"), Fix(f"require it: {element}")),
                )


def _not_ordered(objects: Mapping[str, LibvirtObject]) -> Iterator[Finding]:
    """Yield a finding for each guest that wishes for an order among guests that libvirt starts by itself.

    Nothing but its metadata relates one guest to another.
    """
    guests = [item for item in objects.values() if item.noun is Noun.DOMAIN and item.marked and item.boot]
    marked = {item.name for item in guests}
    for item in guests:
        wishes = [wish for wish in item.dependencies if wish.target in marked]
        if wishes:
            others = list(dict.fromkeys(wish.target for wish in wishes))
            yield RULE.finding(
                f"{item.name} wishes for an order with {listed(others)}, and a boot will not heed it: {item.boot}",
                (item.name, *others),
                (needs_of(item.name, wish) for wish in wishes),
                (Fix("have tierdeps start the guests at boot, in their order: tierdeps-libvirt own-boot"),),
            )


RULE = Rule(
    "LV205",
    "wish-not-heeded",
    Severity.WARNING,
    "The metadata of a guest wishes for an order among guests that are all marked autostart. At boot libvirt's daemon\n"
    "starts these first, one after the other by itself, and knows no order; when tierdeps comes, they run already. So\n"
    "it does where tierdeps is to start them, and a part of what keeps the daemon from it is gone. And what a guest\n"
    "only wants is started by nothing, unless it is marked or required.",
    "qemu/web.xml and qemu/db.xml, both with links to them in qemu/autostart:\n"
    "    <metadata><tierdeps:after xmlns:tierdeps='urn:tierdeps:libvirt:1' domain='db'/></metadata>",
    "Have tierdeps start the guests at boot: tierdeps-libvirt own-boot. It tells the daemons that they have started\n"
    "what is marked, and makes a unit that starts it; --undo takes that back.",
    check,
)
