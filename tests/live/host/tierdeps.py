"""tierdeps of this checkout, as it is run in a world."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PLUGIN = ("--only", "tierdeps-libvirt")


def command(*arguments: str) -> tuple[str, ...]:
    """Return its command line, with the plugin for libvirt alone."""
    seen = os.pathsep.join(str(place) for place in (ROOT, ROOT / "plugins" / "tierdeps-libvirt"))
    return ("env", f"PYTHONPATH={seen}", sys.executable, "-m", "tierdeps", *arguments, *PLUGIN)
