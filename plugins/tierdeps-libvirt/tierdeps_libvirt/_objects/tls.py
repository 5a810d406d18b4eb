"""The secrets that qemu.conf names: each opens the private key of what a guest encrypts.

libvirt 9.0.0, src/qemu/qemu.conf.in and qemu_conf.c; that of VNC since 5.1.0 (NEWS). Those of migration and backup
are of no matter when a guest starts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps import Kind
from tierdeps_libvirt._objects.definition import Noun

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps import Dependency
    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._objects.definition import Definition

_SETTING = re.compile(r"""^\s*(\w+)\s*=\s*["']?([^"'#\n]*?)["']?\s*(?:#.*)?$""", re.MULTILINE)
_DEFAULT = "default_tls_x509_secret_uuid"


def settings_in(text: str) -> dict[str, str]:
    """Return what qemu.conf says, of what is one line."""
    return dict(_SETTING.findall(text))


class Tls:
    """What the settings say of encryption."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings

    def of_guest(self, definition: Definition, guest: Element) -> Iterator[Dependency]:
        """Yield what a guest's devices need."""
        for devices in guest.all("devices"):
            for device in devices.children:
                yield from self._of_device(definition, device)

    def _of_device(self, definition: Definition, device: Element) -> Iterator[Dependency]:
        if device.name == "graphics" and device.get("type") == "vnc" and self._settings.get("vnc_tls") == "1":
            yield from self.needs(definition, device, "vnc", "its display is behind TLS")
        if device.get("type") == "tcp" or device.name == "rng":
            for source in (*device.all("source"), *device.all("backend/source")):
                said = source.get("tls") or ("yes" if self._settings.get("chardev_tls") == "1" else "no")
                if said == "yes":
                    yield from self.needs(definition, source, "chardev", f"a {device.name} device of it is behind TLS")

    def needs(self, definition: Definition, element: Element, use: str, what: str) -> Iterator[Dependency]:
        """Yield the secret for a use, or that for all of them."""
        key = f"{use}_tls_x509_secret_uuid"
        key = key if key in self._settings else _DEFAULT
        secret = self._settings.get(key, "").lower()
        if secret:
            reason = f"{what}, and {key} in qemu.conf names that secret"
            yield definition.needs(Kind.REQUIRES, Noun.SECRET.called(secret), element, reason)
