"""Small inputs that have shown a fault, in a folder for each target; the tests replay them."""

from __future__ import annotations

from pathlib import Path


def kept(target: str) -> list[Path]:
    """Return the files with a target's inputs."""
    folder = Path(__file__).parent / target
    return sorted(folder.iterdir()) if folder.is_dir() else []
