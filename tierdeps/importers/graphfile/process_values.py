"""The values of a process that graph files write in another way than Python does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def process_values(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of ``env`` and ``env_file`` as a process has them, as far as they are given."""
    found: dict[str, Any] = {}
    if "env" in said:
        found["env"] = tuple(said["env"].items())
    if isinstance(said.get("env_file"), str):
        found["env_file"] = (said["env_file"],)
    return found
