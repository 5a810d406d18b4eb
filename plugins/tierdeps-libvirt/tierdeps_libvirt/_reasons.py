"""Reasons that several drivers share."""

REMOTE_FIRST = (
    "it opens a connection inside the daemon; deduced: before Remote is initialised that would dial the daemon's own"
    " socket, which is not served yet (libvirt 1.2.1: remoteConnectOpen)"
)
REGISTERED_FIRST = (
    "it is registered earlier, and each driver is initialised and auto-started in the order of registration"
    " (libvirt 5.2.0, 07a9c8bae8)"
)
NETWORKS_FIRST = (
    "networks are registered before the hypervisors, since they must be auto-started before any domain is"
    " (libvirt 1.2.1, libvirtd.c: daemonInitialize)"
)
