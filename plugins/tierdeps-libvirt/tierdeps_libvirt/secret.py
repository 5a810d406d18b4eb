"""Secrets: the keys of storage pools, disks and encrypted volumes."""

from __future__ import annotations

from tierdeps import Driver
from tierdeps_libvirt._base import ConnectedLifecycle

DRIVER = Driver(
    "secret",
    tier="core",
    phases=("initialize",),
    lifecycle="tierdeps_libvirt.secret:SecretLifecycle",
    description="secrets: keys of pools, disks and encrypted volumes",
)


class SecretLifecycle(ConnectedLifecycle):
    """Counts the secrets that are defined."""

    uris = ("secret:///system",)
    noun = "secret"
    listing = "listAllSecrets"
