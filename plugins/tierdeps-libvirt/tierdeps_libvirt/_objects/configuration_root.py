"""An inventory from a configuration root."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps import InputError, replace
from tierdeps_libvirt._markup import MalformedError, RefusedError, parse
from tierdeps_libvirt._objects.definition import Definition, Inventory, Noun, SecretValue
from tierdeps_libvirt._objects.folder import Folder, UnreadableError
from tierdeps_libvirt._objects.layout import FOLDERS
from tierdeps_libvirt._objects.machine import Machine, ThisMachine
from tierdeps_libvirt._objects.tls import settings_in
from tierdeps_libvirt._ownboot import MARKER, boot_problem, is_owned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_libvirt._objects.layout import ObjectFolder

#: A daemon's settings, of which a root has at least one.
SETTINGS = ("libvirtd.conf", "libvirt.conf", "virtqemud.conf", "qemu.conf")
SESSION = "qemu:///session"
SYSTEM = Path("/etc/libvirt")


def is_root(path: Path) -> bool:
    """Return whether a folder is a configuration root; one that cannot be listed is recognised by its name."""
    try:
        if any((path / name).is_file() for name in SETTINGS):
            return True
        return any(any((path / shelf.folder).glob("*.xml")) for shelf in FOLDERS)
    except PermissionError:
        return path.name == "libvirt"
    except OSError:
        return False


def read_root(name: str, path: Path) -> Inventory:
    """Read a root. Raises InputError if it cannot be listed."""
    folder = Folder(name, path)
    definitions: list[Definition] = []
    inaccessible: dict[Noun, str] = {}
    for shelf in FOLDERS:
        try:
            definitions += _on(shelf, folder)
        except PermissionError as error:
            if shelf.noun is not Noun.SECRET:
                problem = "permission denied; read it as root, or name a copy that you may read"
                raise InputError(name, problem, shelf.folder) from error
            inaccessible[shelf.noun] = f"the folder {shelf.folder} cannot be looked into: permission denied"
    address = _address(path)
    here = bool(address) or path.resolve() == SYSTEM
    return Inventory(
        name,
        tuple(definitions),
        inaccessible,
        address,
        settings=settings_in(_text(folder, "qemu.conf")),
        machine=ThisMachine() if here else Machine(),
        boot="" if address else boot_problem(owned=folder.holds(MARKER), here=here),
        owned=not address and is_owned(marked=folder.holds(MARKER), here=here),
    )


def _address(root: Path) -> str:
    """Return the connection of a user's own root; any other root counts as this host's."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser()
    return SESSION if root.resolve() == Path(home, "libvirt").resolve() else ""


def _text(folder: Folder, file: str) -> str:
    """Return the content of a settings file; empty if it is missing or unreadable."""
    try:
        return folder.read(file).decode("utf-8", "replace")
    except UnreadableError:
        return ""


def _on(shelf: ObjectFolder, folder: Folder) -> Iterator[Definition]:
    for stem in folder.definitions(shelf.folder):
        found = _definition(shelf, folder, stem)
        if shelf.markable:
            found = replace(found, marked=folder.marks(shelf.folder, stem))
        if found.noun is Noun.SECRET:
            found = replace(found, value=_value(found, folder.holds(f"{shelf.folder}/{stem}.base64")))
        yield found


def _definition(shelf: ObjectFolder, folder: Folder, stem: str) -> Definition:
    """Read one file; a definition that libvirt would not load is named by its file."""
    file = f"{shelf.folder}/{stem}.xml"
    name = stem.encode("utf-8", "backslashreplace").decode()
    lost = Definition(shelf.noun, name, folder.called(file), hypervisor=shelf.hypervisor)
    try:
        element = parse(folder.read(file))
    except RefusedError as error:  # the other files are still read
        return replace(lost, problem=str(error))
    except MalformedError as error:
        return replace(lost, problem=str(error), line=error.line)
    except UnreadableError as error:
        return replace(lost, problem=str(error))
    lost = replace(lost, line=element.line)
    if element.name != shelf.tag:
        return replace(lost, problem=f"line {element.line}: expected <{shelf.tag}>, got <{element.name}>")
    said = shelf.name_in(element)
    if not said or (said != stem and shelf.noun is not Noun.DOMAIN):
        wanted = f"the {shelf.name.strip('@')} {stem}, as the file is called" if said else f"a {shelf.name.strip('@')}"
        return replace(lost, problem=f"line {element.line}: expected {wanted}, got {said or 'none'}")
    return replace(lost, name=said, element=element)


def _value(secret: Definition, stored: bool) -> SecretValue:
    if secret.element is not None and secret.element.get("ephemeral") == "yes":
        return SecretValue.EPHEMERAL
    return SecretValue.STORED if stored else SecretValue.ABSENT
