"""libvirt's modular daemons, built: only on request, for it takes minutes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

#: Every reason for a skip that CI accepts starts so.
REQUESTED = "made and tried only on request"
VARIABLE = "TIERDEPS_LIVE_BUILD"
SCRIPT = Path(__file__).with_name("build.sh")


def on_request(variable: str) -> str:
    """Return why something is skipped that is made only where a variable names a folder for it."""
    return f"{REQUESTED}: where {variable} names a folder for it"


ON_REQUEST = on_request(VARIABLE)


def programs() -> str | None:
    """Build the daemons, if they are not built, and return their folder; or None where nobody asked for them."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        return None
    place = Path(folder).resolve()
    command = ["/bin/bash", str(SCRIPT), str(place)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return str(place / "build" / "src")
