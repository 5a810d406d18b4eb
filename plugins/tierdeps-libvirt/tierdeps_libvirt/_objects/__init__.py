"""libvirt's objects as a graph: secrets, pools, networks, filters and guests, read from a folder or a connection."""
