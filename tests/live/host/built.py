"""libvirt's modular daemons, built: only on request, for it takes minutes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

VARIABLE = "TIERDEPS_LIVE_BUILD"
ON_REQUEST = f"built and tried only where {VARIABLE} names a folder for it"
SCRIPT = Path(__file__).with_name("build.sh")


def programs() -> str | None:
    """Build the daemons, if they are not built, and return their folder; or None where nobody asked for them."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        return None
    place = Path(folder).resolve()
    command = ["/bin/bash", str(SCRIPT), str(place)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return str(place / "build" / "src")
