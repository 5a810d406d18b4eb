"""Against a real libvirtd, real QEMU guests and a real Ceph, in a private world of this machine."""
