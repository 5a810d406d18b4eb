"""Where the units of a source are: a tree, this host, or one folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from tierdeps_boot.systemd.detect import SYSTEM_FOLDERS, is_tree
from tierdeps_boot.systemd.root import Root

if TYPE_CHECKING:
    from tierdeps import Source


class Place(NamedTuple):
    """A root, and the folders of units below it, in the order of their precedence."""

    root: Root
    folders: tuple[str, ...]


def place_of(source: Source) -> Place:
    """Return where the units of a source are; a folder of units of a tree stands for the tree."""
    folders = tuple(f"/{folder}" for folder in SYSTEM_FOLDERS)
    if source.path is None or source.root is not None:
        top = str(source.root or "/").rstrip("/")
        return Place(Root(os.path.abspath(top) if top else "", top), folders)  # noqa: PTH100  as below
    path, name = os.path.abspath(source.path), source.name.rstrip("/")  # noqa: PTH100  links stay as they are named
    if is_tree(source.path):
        return Place(Root("" if path == "/" else path, name), folders)
    for folder in SYSTEM_FOLDERS:
        if path.endswith(f"/{folder}"):
            top = path.removesuffix(f"/{folder}")
            named = name.removesuffix(folder).rstrip("/") if name.endswith(folder) else top
            return Place(Root(top, named or ("." if not name.startswith("/") else "")), folders)
    return Place(Root(path, name, confined=True), ("/",))
