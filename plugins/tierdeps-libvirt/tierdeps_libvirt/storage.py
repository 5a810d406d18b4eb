"""Storage pools."""

from __future__ import annotations

from tierdeps import Driver, after, requires
from tierdeps_libvirt._autostart import AutostartLifecycle
from tierdeps_libvirt._daemon import SERVED
from tierdeps_libvirt._kinds import POOLS
from tierdeps_libvirt._reasons import REMOTE_FIRST

DRIVER = Driver(
    "storage",
    tier="core",
    phases=("initialize", "autostart"),
    dependencies=(
        requires("virtstoraged", reason=SERVED),
        after(
            "secret",
            reason="secret is registered before storage, and each driver is initialised and auto-started in that order"
            " (libvirt 5.2.0, c6266ddb02)",
        ),
        requires("remote", phase="autostart", when="pool.auth", reason=REMOTE_FIRST),
        requires(
            "secret-lookup",
            phase="autostart",
            when="pool.auth",
            reason="a pool with <auth> needs its secret to start: RBD behind CephX, iSCSI behind CHAP (libvirt 1.2.1:"
            " virStorageBackendRBDOpenRADOSConn, virStorageBackendISCSISetAuth), through a connection opened at the"
            " time of use (libvirt 4.1.0, a494f7fd4f)",
        ),
        requires(
            "nodedev-udev",
            phase="autostart",
            when="pool.vhba",
            reason="a pool behind an adapter that libvirt makes looks up its parent among the host's devices"
            " (libvirt 9.0.0, storage_backend_scsi.c: checkParent, virGetConnectNodeDev)",
        ),
    ),
    lifecycle="tierdeps_libvirt.storage:StorageLifecycle",
    description="storage pools and their volumes",
)


class StorageLifecycle(AutostartLifecycle):
    """Starts the pools that are marked autostart; those on a network are retried until they answer."""

    uris = ("storage:///system",)
    kind = POOLS
