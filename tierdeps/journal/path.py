"""Where the journal lies."""

from __future__ import annotations

import os
from pathlib import Path

from tierdeps.errors import RunError


def journal_path() -> Path:
    """Return the journal's file: under XDG_STATE_HOME, which counts only where it is absolute, or ~/.local/state."""
    home = os.environ.get("XDG_STATE_HOME", "")
    base = Path(home) if os.path.isabs(home) else _home() / ".local" / "state"  # noqa: PTH117  an empty one is not
    return base / "tierdeps" / "journal.sqlite"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        raise RunError(
            f"there is no home folder for the journal: HOME is not set, and no user has the id {os.getuid()};"
            " set HOME, or XDG_STATE_HOME to a folder"
        ) from None
