"""The connection to the secrets that needs no hypervisor, used by pools with a secret."""

from __future__ import annotations

from tierdeps import Driver, requires
from tierdeps_libvirt._base import ConnectedLifecycle
from tierdeps_libvirt._reasons import REMOTE_FIRST

DRIVER = Driver(
    "config",
    tier="core",
    phases=("initialize",),
    dependencies=(
        requires("remote", reason=REMOTE_FIRST),
        requires(
            "secret",
            reason="the connection uses the secret driver, which declines as long as it is not initialised"
            " (libvirt 1.2.1: secretOpen)",
        ),
    ),
    provides=("secret-lookup",),
    lifecycle="tierdeps_libvirt.config:ConfigLifecycle",
    description="secret:///system, the look-up of secrets without a hypervisor (libvirt 4.1.0, 74d7c51815)",
)


class ConfigLifecycle(ConnectedLifecycle):
    """Opens the connection, and checks that secrets can be looked up through it."""

    uris = ("secret:///system",)
    noun = "secret that can be looked up"
    plural = "secrets that can be looked up"
    listing = "listAllSecrets"
