"""Where the journal lies."""

from __future__ import annotations

import os
from pathlib import Path


def journal_path() -> Path:
    """Return the journal's file: under XDG_STATE_HOME, which counts only where it is absolute, or ~/.local/state."""
    home = os.environ.get("XDG_STATE_HOME", "")
    base = Path(home) if os.path.isabs(home) else Path.home() / ".local" / "state"  # noqa: PTH117  an empty one is not
    return base / "tierdeps" / "journal.sqlite"
