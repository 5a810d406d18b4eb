"""Where the journal is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.state_dir import NoHomeError, state_dir
from tierdeps.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path


def journal_path() -> Path:
    """Return the journal's file, in the state folder. Raises RunError where this user has none."""
    try:
        return state_dir() / "journal.sqlite"
    except NoHomeError as error:
        raise RunError(f"there is no home folder for the journal: {error}") from None
