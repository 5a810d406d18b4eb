"""The mark with which libvirt starts a guest at the next boot alone (libvirt 11.2: virDomainSetAutostartOnce)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps_libvirt._library import NO_SUPPORT, code_of, sentence

if TYPE_CHECKING:
    from logging import Logger

    from tierdeps_libvirt._library import Library


def is_once(library: Library, guest: Any) -> bool:
    """Return whether a guest has the mark; none has it where the binding, the daemon or the hypervisor lacks it."""
    ask = getattr(guest, "autostartOnce", None)
    try:
        return ask is not None and bool(ask())
    except library.libvirtError as error:
        if code_of(error) == NO_SUPPORT:
            return False
        raise


def clear_once(library: Library, guest: Any, logger: Logger) -> None:
    """Clear the mark of a guest that was started, as libvirt's daemon does; otherwise it starts at every boot."""
    name = guest.name()
    try:
        if is_once(library, guest):
            guest.setAutostartOnce(0)
            logger.info("domain %s: cleared its mark for the next boot alone", name)
    except library.libvirtError as error:  # the guest runs all the same
        logger.warning(
            "domain %s: it starts again at the next boot, since its mark for one boot was not cleared: %s; "
            "clear it with: virsh autostart --once --disable %s",
            name,
            sentence(error),
            name,
        )
