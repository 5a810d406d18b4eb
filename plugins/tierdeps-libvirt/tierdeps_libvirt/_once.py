"""The mark with which libvirt starts a guest at the next boot alone (libvirt 11.2: virDomainSetAutostartOnce)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps_libvirt._library import NO_SUPPORT, code_of

if TYPE_CHECKING:
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


def clear_once(library: Library, guest: Any) -> bool:
    """Clear the mark, as libvirt's daemon does when it starts the guest; return whether there was one."""
    if not is_once(library, guest):
        return False
    guest.setAutostartOnce(0)
    return True
