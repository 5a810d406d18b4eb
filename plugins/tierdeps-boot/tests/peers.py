"""The tools of other start-up systems that tests compare results with, where they are installed.

``TIERDEPS_BOOT_PEERS`` names a folder in which packages of Debian are unpacked; otherwise the PATH is searched.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ROOT = Path(os.environ["TIERDEPS_BOOT_PEERS"]) if os.environ.get("TIERDEPS_BOOT_PEERS") else None
_FOLDERS = ("usr/sbin", "sbin", "usr/bin", "bin")


def peer(name: str) -> str | None:
    """Return the path of a tool; None where it is not installed."""
    inside = [str(ROOT / folder) for folder in _FOLDERS] if ROOT else []
    return shutil.which(name, path=os.pathsep.join((*inside, os.environ.get("PATH", ""), "/usr/sbin", "/sbin")))
