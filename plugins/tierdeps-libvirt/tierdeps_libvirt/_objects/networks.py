"""The needs of networks and of guests' interfaces: another network by its bridge, or a device of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Kind
from tierdeps_libvirt._objects.bridges import MADE_HERE, mode_of
from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._objects.devices import devices_of, pci_name
from tierdeps_libvirt._objects.places import lies_in, paths_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import Dependency
    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._objects.definition import Definition
    from tierdeps_libvirt._objects.survey import Survey

#: Where an interface of a guest names a bridge or a device of the host: its type, and the attribute of its <source>.
#: With passt (user, and vhostuser in later releases) it is the one by which the guest's packets leave.
_BY_DEVICE = {"bridge": "bridge", "direct": "dev", "user": "dev", "vhostuser": "dev"}
#: Options that are passed to dnsmasq unchanged.
_DNSMASQ = "{http://libvirt.org/schemas/network/dnsmasq/1.0}"


def needs_of_network(definition: Definition, network: Element, survey: Survey) -> Iterator[Dependency]:
    """Yield what it stands on; the guests on a network whose device is missing fail, though it itself starts."""
    mode = mode_of(network)
    if mode not in MADE_HERE:
        for bridge in network.all("bridge"):
            yield _stands_on(definition, bridge, survey, (bridge.get("name"), "its bridge is"))
    for forward in network.all("forward"):
        # a network with addresses of its own only names the device in rules of the firewall
        verb = Kind.WANTS if mode in MADE_HERE else Kind.REQUIRES
        if forward.get("dev"):
            yield _stands_on(definition, forward, survey, (forward.get("dev"), "it forwards to"), verb)
        named = [*forward.all("interface"), *forward.all("pf")]
        for item in named:
            if item.get("dev") != forward.get("dev"):
                # of several devices one is enough
                some = verb if len(named) == 1 else Kind.WANTS
                yield _stands_on(definition, item, survey, (item.get("dev"), "it forwards to"), some)
        for address in forward.all("address"):
            yield _host(definition, address, pci_name(address), "it gives to its guests", Kind.WANTS)
    yield from _served(definition, network, survey)


def _served(definition: Definition, network: Element, survey: Survey) -> Iterator[Dependency]:
    """Yield the pools in which what its dnsmasq reads lies."""
    for server in network.all("ip/tftp"):
        yield from lies_in(definition, server, survey, "its TFTP server has", server.get("root"), optional=True)
    for option in network.inside(f"{_DNSMASQ}options", f"{_DNSMASQ}option"):
        for path in paths_in(option.get("value")):
            yield from lies_in(definition, option, survey, "an option of its dnsmasq names", path, optional=True)


def needs_of_card(definition: Definition, card: Element, survey: Survey) -> Iterator[Dependency]:
    """Yield what an interface of a guest needs."""
    mac, source, named = card.first("mac"), card.first("source"), card.first("filterref")
    kind = card.get("type")
    label = f"its interface {mac.get('address')}" if mac is not None else "an interface of it"
    if source is not None and kind == "network" and source.get("network"):
        target = Noun.NETWORK.called(source.get("network"))
        yield definition.needs(Kind.REQUIRES, target, source, f"{label} is on that network")
    if source is not None and source.get(_BY_DEVICE.get(kind, "")):
        yield _stands_on(definition, source, survey, (source.get(_BY_DEVICE[kind]), f"{label} is on"))
    target_device = card.first("target")
    if kind == "ethernet" and target_device is not None and target_device.get("managed") == "no":
        yield _host(definition, target_device, target_device.get("dev"), f"{label} is", Kind.REQUIRES)
    for forward in card.all("portForward"):
        if forward.get("dev"):
            yield _stands_on(definition, forward, survey, (forward.get("dev"), f"{label} has a port of"), Kind.WANTS)
    if kind in ("hostdev", "vdpa"):
        for name, element in devices_of(card):
            yield _host(definition, element, name, f"{label} is", Kind.REQUIRES)
    if named is not None and named.get("filter"):
        target = Noun.NWFILTER.called(named.get("filter"))
        yield definition.needs(Kind.REQUIRES, target, named, f"{label} is filtered by it")


def _stands_on(
    definition: Definition, element: Element, survey: Survey, named: tuple[str, str], verb: Kind = Kind.REQUIRES
) -> Dependency:
    """Return the need of the network that makes a device, or else of the host's; named are it and the words for it."""
    device, what = named
    network = survey.bridges.get(device)
    if network is None or (definition.noun is Noun.NETWORK and definition.name == network):
        return _host(definition, element, device, what, verb)
    reason = f"{what} {device}, the bridge that this network makes"
    return definition.needs(Kind.REQUIRES, Noun.NETWORK.called(network), element, reason)


def _host(definition: Definition, element: Element, device: str, what: str, verb: Kind) -> Dependency:
    return definition.needs(verb, Noun.HOST.called(device), element, f"{what} {device}, which libvirt does not make")


def needs_of_hostdev(definition: Definition, hostdev: Element) -> Iterator[Dependency]:
    """Yield the devices of the host that a guest takes."""
    for name, element in devices_of(hostdev):
        optional = any(source.get("startupPolicy") == "optional" for source in hostdev.all("source"))
        yield _host(definition, element, name, "it takes", Kind.WANTS if optional else Kind.REQUIRES)
