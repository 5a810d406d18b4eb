"""The values of a process that graph files write in another way than Python does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps.model import Alive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.importers.graphfile.schema import AliveTable

_OF_ALIVE = ("every", "failures", "timeout")


def process_values(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of ``env``, ``env_file`` and ``alive`` as a process has them, as far as they are given."""
    found: dict[str, Any] = {}
    if "env" in said:
        found["env"] = tuple(said["env"].items())
    if isinstance(said.get("env_file"), str):
        found["env_file"] = (said["env_file"],)
    if said.get("alive") is not None:
        found["alive"] = _alive(said["alive"])
    return found


def _alive(table: AliveTable | str) -> Alive:
    if isinstance(table, str):
        return Alive(table)
    said = {key: value for key in _OF_ALIVE if (value := getattr(table, key)) is not None}
    return Alive(table.probe, **said)
