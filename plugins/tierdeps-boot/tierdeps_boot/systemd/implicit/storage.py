"""Mounts and swaps: the devices and services that they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps_boot.systemd.implicit.adding import adding
from tierdeps_boot.systemd.names import escape, for_path, normalized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_boot.systemd.links import Link
    from tierdeps_boot.systemd.unit_file import Entry
    from tierdeps_boot.systemd.units import Unit

#: File systems that need the network.
_NETWORK = frozenset(
    {"afs", "ceph", "cifs", "smb3", "smbfs", "sshfs", "ncpfs", "ncp", "nfs", "nfs4", "gfs", "gfs2", "glusterfs",
     "pvfs2", "ocfs2", "lustre", "davfs"}
)  # fmt: skip
_SECTIONS = {"mount": "Mount", "swap": "Swap"}
_EXTRINSIC = ("/run/initramfs", "/run/nextroot", "/proc", "/sys", "/dev")
_QUOTAS = frozenset({"usrquota", "grpquota", "quota", "usrjquota", "grpjquota"})


def links(unit: Unit) -> Iterator[Link]:
    """Yield what a mount or swap has because of its device."""
    section = _SECTIONS.get(unit.type)
    if section is None:
        return
    if unit.type == "mount":
        yield from _quotas(unit)
    entry = unit.last(section, "What")
    device = None if entry is None else device_path(entry.value)
    if entry is None or device is None or is_bind(unit) or where(unit) == "/":
        return
    verbs = "Requires After"
    if "x-systemd.device-bound" in options_of(unit) or unit.type == "swap":
        verbs = "BindsTo After"
    yield from adding(unit, for_path(device, "device"), verbs, "the device of What=", entry)
    blocks = f"blockdev@{escape(device.strip('/'))}.target"
    yield from adding(unit, blocks, "After", "what prepares the device of What=", entry)


def _quotas(unit: Unit) -> Iterator[Link]:
    if is_network(unit) or is_bind(unit) or not _QUOTAS & {item.partition("=")[0] for item in options_of(unit)}:
        return
    entry = unit.last("Mount", "Options")
    for name in ("systemd-quotacheck.service", "quotaon.service"):
        yield from adding(unit, name, "Before Wants", "quotas are among its options", entry)


def device_path(value: str) -> str | None:
    """Return the device that ``What=`` names, by path or by tag; None where it names none."""
    for tag, folder in (("UUID", "by-uuid"), ("LABEL", "by-label"), ("PARTUUID", "by-partuuid")):
        if value.startswith(f"{tag}="):
            return f"/dev/disk/{folder}/{value.partition('=')[2].strip(chr(34))}"
    path = normalized(value)
    return path if path is not None and path.startswith("/dev/") else None


def options_of(unit: Unit) -> list[str]:
    """Return the mount options of a mount or swap."""
    entry: Entry | None = unit.last(_SECTIONS[unit.type], "Options")
    return entry.value.split(",") if entry is not None else []


def where(unit: Unit) -> str | None:
    """Return where a mount is mounted."""
    entry = unit.last("Mount", "Where")
    return normalized(entry.value) if entry is not None else ("/" if unit.name == "-.mount" else None)


def is_extrinsic(unit: Unit) -> bool:
    """Return whether a mount stays for the whole time, so that no target waits for it."""
    path = where(unit) or "/"
    return path in {"/", "/usr"} or any(path == top or path.startswith(f"{top}/") for top in _EXTRINSIC)


def is_network(unit: Unit) -> bool:
    """Return whether a mount needs the network."""
    entry = unit.last("Mount", "Type")
    kind = "" if entry is None else entry.value.removeprefix("fuse.")
    return kind in _NETWORK or "_netdev" in options_of(unit)


def is_bind(unit: Unit) -> bool:
    """Return whether a mount shows another folder."""
    if unit.type != "mount":
        return False
    entry = unit.last("Mount", "Type")
    return bool({"bind", "rbind"} & set(options_of(unit))) or (entry is not None and entry.value == "bind")
