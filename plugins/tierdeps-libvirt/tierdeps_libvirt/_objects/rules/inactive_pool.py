"""LV108: a guest that runs on a pool that is down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Finding, Fix, Rule, RuleContext, Severity
from tierdeps_libvirt._objects.rules.common import listed, objects_of, virsh, weighed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_libvirt._objects.objects import LibvirtObject


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each such pool: it is about what runs now, whichever program started it."""
    for item in objects_of(context.graph):
        if item.unusable and item.running_guests:
            yield _finding(item)


def _finding(item: LibvirtObject) -> Finding:
    guests = list(dict.fromkeys(evidence.text.partition(" runs on ")[0] for evidence in item.running_guests))
    daemon = "virtqemud" if item.restored else "libvirt's daemon"
    message = (
        f"{item.name} {item.unusable}, and {listed(guests)} {'runs' if len(guests) == 1 else 'run'} on it:"
        f" restarting {daemon} kills {'it' if len(guests) == 1 else 'them'}"
    )
    if item.restored:
        message += "; libvirtd, as a single daemon, starts the pool first"
    start = virsh(item, "pool-start")
    if "mounted" in item.unusable:
        fix = Fix(f"before the daemon is restarted, have it mounted again: {virsh(item, 'pool-destroy')} && {start}")
    else:
        fix = Fix(f"before the daemon is restarted, start it: {start}")
    return weighed(RULE.finding(message, (item.name,), item.running_guests, (fix,)), fails=not item.restored)


RULE = Rule(
    "LV108",
    "guest-on-inactive-pool",
    Severity.ERROR,
    "A guest runs, and the pool of which its disk is a volume is not active, or is active and no longer mounted.\n"
    "The guest runs on for now. When the daemon is restarted, by an update for example, it looks the volume up, does\n"
    "not find it, and kills the guest; a guest without a definition is lost altogether. It is a warning where the\n"
    "daemon is libvirtd and starts the pool first: because it is marked autostart, or its storage exists. It is\n"
    "reported for connections only: a folder does not show what runs.",
    "$ virsh pool-destroy images    # while web runs on a volume of it\n$ tierdeps check qemu:///system",
    "Start the pool: virsh pool-start NAME. Running guests are not affected.",
    check,
)
