"""``check --explicit``: graph files in the repository that a check of the installed plugins alone would miss."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps.cli.git.repository import git
from tierdeps.errors import InputError
from tierdeps.settings.file import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tierdeps.cli._graph_request import GraphRequest
    from tierdeps.cli._session import Session

#: Longer than any hand-written graph; of longer files only the beginning is read.
HEAD_BYTES = 1 << 20
#: The maximal number of files that are listed; further ones are counted.
MAX_FILES_SHOWN = 3

_TOML = re.compile(rb"^[ \t]*\[[ \t]*[\"']?drivers[\"']?[ \t]*[.\]]|^drivers[ \t]*[.=]", re.MULTILINE)
_YAML = re.compile(rb"^[\"']?drivers[\"']?[ \t]*:", re.MULTILINE)


def refuse_unnamed_graphs(session: Session, graph_request: GraphRequest) -> None:
    """Raise InputError if no graph is named while the repository has some.

    A check of the plugins alone would pass whatever is wrong with those files. ``graphs = []`` in the settings says
    that the plugins are meant.
    """
    if graph_request.graphs or session.settings.graphs is not None:
        return
    settings = session.config or session.settings.source
    found = [name for name in _candidates() if name != settings and _declares_drivers(Path(name))]
    if found:
        listed = ", ".join(found[:MAX_FILES_SHOWN]) + (
            f" and {len(found) - MAX_FILES_SHOWN} more" if len(found) > MAX_FILES_SHOWN else ""
        )
        raise InputError(
            listed,
            "not checked, for nothing names a graph; name GRAPHs, or say graphs = [...] in the settings"
            " ([] if only the installed plugins are to be checked)",
        )


def _candidates() -> Iterator[str]:
    """Yield the files that could be graphs: those that git tracks below this folder, or without git those in it."""
    try:
        kept = git(
            Path.cwd(), "ls-files", "-z", "--cached", "--", *(f"*{suffix}" for suffix in DETECTORS), subject="graphs"
        )
    except InputError:
        names = [path.name for path in Path().iterdir() if path.suffix in DETECTORS]
    else:
        names = [os.fsdecode(name) for name in kept.split(b"\0") if name]
    yield from (name for name in sorted(names) if Path(name).name not in NAMES)


def _declares_drivers(path: Path) -> bool:
    """Return whether a file looks like a graph; a broken one counts, since it should be checked."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:  # deleted here, and not yet in the index
        return False
    return DETECTORS[path.suffix](head)


def _is_toml_graph(head: bytes) -> bool:
    if _TOML.search(head) is None:
        return False
    from tierdeps._util.toml import loads

    try:
        return isinstance(loads(head.decode()).get("drivers"), dict)
    except (ValueError, RecursionError):
        return True


def _is_yaml_graph(head: bytes) -> bool:
    return _YAML.search(head) is not None


def _is_json_graph(head: bytes) -> bool:
    """Return whether it is a graph: our own JSON documents have drivers too, but also a schema."""
    try:
        found = json.loads(head)
    except (ValueError, RecursionError):
        return b'"drivers"' in head
    return isinstance(found, dict) and isinstance(found.get("drivers"), dict) and "schema" not in found


def _is_jsonl_graph(head: bytes) -> bool:
    try:
        found = json.loads(head.partition(b"\n")[0])
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and ("tiers" in found or {"name", "requires"} <= found.keys())


#: Recognises a file that declares drivers, by its suffix.
DETECTORS: Mapping[str, Callable[[bytes], bool]] = {
    ".toml": _is_toml_graph,
    ".json": _is_json_graph,
    ".jsonl": _is_jsonl_graph,
    ".ndjson": _is_jsonl_graph,
    ".yaml": _is_yaml_graph,
    ".yml": _is_yaml_graph,
}
