"""The importer: a configuration root, or the address of a connection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps import Importer, Source

if TYPE_CHECKING:
    from tierdeps import Declarations

_ADDRESS = re.compile(r"(qemu|lxc|xen|uml|bhyve|ch|vbox|test)(\+[a-z0-9]+)?://.*", re.DOTALL)


def recognises(source: Source) -> bool:
    """Return whether it is a configuration root, by its content, or the address of a connection, by its scheme."""
    if source.content is not None:
        return False
    if source.path is None:
        return _ADDRESS.fullmatch(source.name) is not None
    from tierdeps_libvirt._objects.configuration_root import is_root

    return is_root(source.path)


def read(source: Source) -> Declarations:
    """Return the declarations. Nothing is started, and no value of a secret is read."""
    from tierdeps_libvirt._objects.declare import declare

    if source.path is None:
        from tierdeps_libvirt._objects.connection import ask

        return declare(ask(source.name))
    from tierdeps_libvirt._objects.configuration_root import read_root

    return declare(read_root(source.name, source.path))


IMPORTER = Importer("libvirt", recognises, read)
