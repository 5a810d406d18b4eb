"""Whether the secrets that objects refer to are defined and have a value, and what to do otherwise."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, cast

from tierdeps_libvirt._kinds import DOMAINS, POOLS, definition_of
from tierdeps_libvirt._library import INVALID_SECRET, NO_SUPPORT, NOT_FOUND, code_of, sentence
from tierdeps_libvirt._references import USAGES, domain_secrets, pool_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tierdeps_libvirt._kinds import Kind
    from tierdeps_libvirt._library import Connection, Library, Secret, Startable
    from tierdeps_libvirt._references import SecretName

#: Phrases for what needs each secret.
Requesters = dict["SecretName", list[str]]


def requesters(library: Library, connections: Iterable[Connection]) -> Requesters:
    """Return the secrets that objects marked autostart refer to; connections without pools are passed over."""
    found: Requesters = {}
    for connection in connections:
        for kind, secrets in ((POOLS, pool_secrets), (DOMAINS, domain_secrets)):
            for item in _marked(library, connection, kind):
                for name in secrets(definition_of(item)):
                    who = found.setdefault(name, [])
                    if (requester := f"{kind.noun} {item.name()}") not in who:
                        who.append(requester)
    return found


def _marked(library: Library, connection: Connection, kind: Kind) -> list[Startable]:
    try:
        return kind.marked_of(library, connection)
    except library.libvirtError as error:
        if code_of(error) == NO_SUPPORT:
            return []
        raise


def faults(library: Library, connection: Connection, asked: Mapping[SecretName, Sequence[str]]) -> list[str]:
    """Return for each secret that is missing or has no value what needs it, and how to fix it."""
    found = []
    for name, who in asked.items():
        why = fault(library, connection, name)
        if why:
            found.append(f"secret {name}, asked for by {' and '.join(who)}, {why}")
    return found


def find(connection: Connection, name: SecretName) -> Secret:
    """Return a secret by its UUID or its use; raises libvirt's error where there is none."""
    if name.uuid:
        return cast("Secret", connection.secretLookupByUUIDString(name.uuid))  # type: ignore[attr-defined]  # as it is
    number = USAGES.get(name.use, 0)
    return cast("Secret", connection.secretLookupByUsage(number, name.usage))  # type: ignore[attr-defined]  # as above


def fault(library: Library, connection: Connection, name: SecretName) -> str:
    """Return what is wrong with a secret and how to fix it; empty if it has a value, or is private."""
    try:
        secret = find(connection, name)
    except library.libvirtError as error:
        if code_of(error) not in NOT_FOUND:
            return sentence(error)
        return f"is not defined; define it with: {_virsh(connection)} secret-define FILE"
    try:
        secret.value()
    except library.libvirtError as error:
        if code_of(error) == INVALID_SECRET:
            return ""
        if code_of(error) not in NOT_FOUND:
            return sentence(error)
        return f"has no value; set it with: {_virsh(connection)} secret-set-value {secret.UUIDString()} --file FILE"
    return ""


def _virsh(connection: Connection) -> str:
    """Return how virsh is called for a connection; root's asks qemu:///system by itself."""
    uri = connection.getURI()
    return "virsh" if uri in ("qemu:///system", "secret:///system") else f"virsh -c {quote(uri)}"
