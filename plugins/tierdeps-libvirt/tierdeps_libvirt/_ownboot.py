"""The files that have tierdeps start the guests at boot, in place of libvirt's daemons.

A daemon starts what is marked autostart once in a boot: it looks for the file ``autostarted`` in the folder of its
state, and makes it (libvirt 5.9.0, ee16a195d9: virDriverShouldAutostart). Made before the daemon starts, the file keeps
the guests for tierdeps, which starts them in the order of their needs and requests. Pools and networks are left to
their daemons.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps import RunError, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: The first version of libvirt that checks for the file, in libvirt's encoding.
OLDEST = 5_009_000
#: The file that marks a configuration root, and a copy of it, whose guests libvirt does not start.
MARKER = "tierdeps-own-boot"
#: The daemons that start guests, and the folders of the state of those hypervisors.
DAEMONS = {
    "libvirtd": ("qemu", "lxc", "libxl"),
    "virtqemud": ("qemu",),
    "virtlxcd": ("lxc",),
    "virtxend": ("libxl",),
}
UNIT = "tierdeps-libvirt.service"
#: Started whenever one of these daemons has started: pools may be inactive then, and guests without what they need.
REPAIR = "tierdeps-libvirt-repair.service"
#: The maximal number of wrong files that a message names.
MAX_SHOWN = 2
_UNITS = "etc/systemd/system"
_SYSTEM = "qemu:///system"
_DROP_IN = "tierdeps-own-boot.conf"
_SOCKETS = ("virtsecretd", "virtstoraged", "virtnetworkd", "virtqemud", "virtlxcd", "virtxend")


class OwnBoot(Value):
    """The files that have tierdeps start the guests of a host; ``command`` is what the unit runs."""

    root: Path = Path("/")
    command: str = "tierdeps start --leave-running /etc/libvirt"

    @property
    def marker(self) -> Path:
        """The file that says so."""
        return self.root / "etc/libvirt" / MARKER

    def files(self) -> dict[Path, str]:
        """Return each file with its text, the marker last: if it exists, so do all others."""
        units = self.root / _UNITS
        found = {units / f"{daemon}.service.d" / _DROP_IN: _drop_in(folders) for daemon, folders in DAEMONS.items()}
        found[units / UNIT] = _unit(self.command)
        found[units / REPAIR] = _repair(self.command)
        names = "".join(f"/{file.relative_to(self.root)}\n" for file in (*found, self.link))
        found[self.marker] = (
            "# tierdeps starts the guests of this host, in place of libvirt's daemons. Written by\n"
            f"# tierdeps-libvirt own-boot, with these files; tierdeps-libvirt own-boot --undo removes them.\n{names}"
        )
        return found

    @property
    def link(self) -> Path:
        """The link because of which the unit is started at boot."""
        return self.root / _UNITS / "multi-user.target.wants" / UNIT

    def install(self) -> Iterator[Path]:
        """Write the files; yield each that was not there as it is to be. Raises RunError."""
        if not (self.root / "etc/libvirt").is_dir():
            raise RunError(f"{self.root / 'etc/libvirt'} is not a folder: there is no libvirt on this host")
        try:
            for file, text in self.files().items():
                if _text(file) != text:
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(text, encoding="utf-8")
                    yield file
            if not self.link.is_symlink():
                self.link.parent.mkdir(parents=True, exist_ok=True)
                self.link.symlink_to(f"../{UNIT}")
                yield self.link
        except OSError as error:
            raise RunError(_in_words(error)) from error

    def undo(self) -> Iterator[Path]:
        """Remove the files, the marker first; yield each that was there. Raises RunError."""
        try:
            for file in (self.marker, self.link, *self.files()):
                if file.is_symlink() or file.exists():
                    file.unlink()
                    yield file
            for daemon in DAEMONS:
                folder = self.root / _UNITS / f"{daemon}.service.d"
                if folder.is_dir() and not any(folder.iterdir()):
                    folder.rmdir()
        except OSError as error:
            raise RunError(_in_words(error)) from error

    def hold(self) -> Iterator[Path]:
        """Make the files for which the daemons look, as the drop-ins do; yield each that was not there."""
        try:
            for folder in DAEMONS["libvirtd"]:
                file = self.root / "run/libvirt" / folder / "autostarted"
                if not file.exists():
                    file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
                    file.touch(mode=0o600)
                    yield file
        except OSError as error:
            raise RunError(_in_words(error)) from error

    def starts_all(self) -> bool:
        """Return whether the unit starts the objects of this host, whatever else was changed in it."""
        lines = (_text(self.root / _UNITS / UNIT) or "").splitlines()
        commands = [line.split() for line in lines if line.startswith("ExecStart=")]
        return any({"start", "/etc/libvirt"} <= set(words) or {"start", _SYSTEM} <= set(words) for words in commands)

    def missing(self) -> Sequence[Path]:
        """Return the missing and changed files; a copy of the configuration has only the marker."""
        changed = [file for file, text in self.files().items() if not _same(file, text)]
        return [*changed, *(() if self.link.is_symlink() else (self.link,))]


def is_owned(*, marked: bool, here: bool, own: OwnBoot | None = None) -> bool:
    """Return whether tierdeps brings up at boot whatever is marked there, and all that this needs.

    A copy of the configuration has only the marker. The unit may have been changed to start something else.
    """
    own = own or OwnBoot()
    return marked and not (here and (own.missing() or not own.starts_all()))


def boot_problem(*, owned: bool, here: bool) -> str:
    """Return why a boot ignores the order among guests; a copy of the configuration has only the marker."""
    if not owned:
        return "libvirt's daemon starts them first, in no particular order"
    missing = OwnBoot().missing() if here else ()
    names = ", ".join(map(str, missing[:MAX_SHOWN])) + (" and others" if missing[MAX_SHOWN:] else "")
    return f"tierdeps is to start them, but {names} is missing or changed; run own-boot again" if missing else ""


def _same(file: Path, text: str) -> bool:
    """Return whether a file is as it was written; what the unit runs may be changed."""
    found = _text(file)
    return found == text or (file.name in (UNIT, REPAIR) and found is not None and "\nExecStart=" in found)


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        return None


def _in_words(error: OSError) -> str:
    return f"{error.filename}: {(error.strerror or str(error)).lower()}; run it as root"


def _drop_in(folders: Sequence[str]) -> str:
    paths = [f"/run/libvirt/{folder}" for folder in folders]
    return (
        "# Written by tierdeps-libvirt own-boot: tierdeps starts the guests in place of this daemon.\n"
        "[Service]\n"
        f"ExecStartPre=-+/bin/mkdir -p {' '.join(paths)}\n"
        f"ExecStartPre=-+/bin/touch {' '.join(f'{path}/autostarted' for path in paths)}\n"
        # does nothing while it is queued or runs, so a daemon that the run itself activates does not start it again
        f"ExecStartPost=-+/bin/systemctl --no-block start {REPAIR}\n"
    )


def _unit(command: str) -> str:
    daemons = " ".join(f"{daemon}.service" for daemon in DAEMONS)
    sockets = " ".join(f"{daemon}.socket" for daemon in ("libvirtd", *_SOCKETS))
    return f"""# Written by tierdeps-libvirt own-boot.
[Unit]
Description=libvirt's guests, started by tierdeps in the order of their needs
Documentation=man:tierdeps-start(1)
Wants=network-online.target
After=network-online.target remote-fs.target {sockets} {daemons}
Before=libvirt-guests.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={command}
TimeoutStartSec=infinity

[Install]
WantedBy=multi-user.target
"""


def _repair(command: str) -> str:
    return f"""# Written by tierdeps-libvirt own-boot.
[Unit]
Description=libvirt's pools, networks and guests, started again after a restart of a daemon
After={UNIT}

[Service]
Type=oneshot
ExecStart={command}
TimeoutStartSec=infinity
"""
