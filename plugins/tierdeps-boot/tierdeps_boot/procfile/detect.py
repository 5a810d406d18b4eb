"""What is recognised as a Procfile: the name, or a suffix of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tierdeps import Source

NAME = "Procfile"


def recognises(source: Source) -> bool:
    """Return whether it is named Procfile, or alike (Procfile.dev, dev.procfile), or is a folder with a Procfile."""
    if source.path is None:
        return False
    if source.content is None:
        try:
            return (source.path / NAME).is_file()
        except (OSError, ValueError):
            return False
    name = source.path.name
    return name == NAME or name.startswith(f"{NAME}.") or name.endswith(f".{NAME.lower()}")
