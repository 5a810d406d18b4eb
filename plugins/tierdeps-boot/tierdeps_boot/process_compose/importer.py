"""The importer: from a source to declarations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps import InputError
from tierdeps_boot._declared import declared
from tierdeps_boot._files import decode, is_within, read_text, shown
from tierdeps_boot._problems import Problems
from tierdeps_boot._yaml import documents
from tierdeps_boot.process_compose.convert import deferred, drivers
from tierdeps_boot.process_compose.detect import NAMES, files_of
from tierdeps_boot.process_compose.reader import Reader

if TYPE_CHECKING:
    from tierdeps import Declarations, Source
    from tierdeps_boot.process_compose.model import Definition

#: Files that extend each other, one the next.
MAX_EXTENDED = 50


def read(source: Source) -> Declarations:
    """Return a driver for each process, and for each replica of one."""
    path = source.path or Path(source.name)
    problems = Problems()
    files = (path,) if source.path is None else files_of(path)
    if not files:
        raise InputError(source.name, f"expected one of {', '.join(NAMES)} with processes in the folder")
    found: dict[str, Definition] = {}
    for file in files:
        text = decode(source.data, shown(file), problems) if source.data is not None else read_text(file, problems)
        _merge(found, _definitions(file, text, (path if source.content is None else path.parent, Path.cwd()), problems))
    return declared(source.name, drivers(found, problems), problems, disabled=deferred(found))


def _definitions(file: Path, text: str | None, roots: tuple[Path, Path], problems: Problems) -> dict[str, Definition]:
    """Return the processes of a file over those of the files that it extends, the first of these last."""
    layers: list[dict[str, Definition]] = []
    seen = {file.resolve()}
    while text is not None:
        reader = Reader(shown(file), problems)
        base = None
        for root in documents(text, shown(file), problems)[:1]:
            reader.refuse_tags(root)
            layers.append(reader.definitions(root))
            base = reader.extended(root)
        if base is None:
            break
        node, name = base
        file = file.parent / name
        if "\0" in name or not is_within(file, *roots):
            reader.error(
                node, f"{name!r} is outside the project and the current folder; run this from a folder above both"
            )
            break
        if file.resolve() in seen or len(seen) > MAX_EXTENDED:
            reader.error(node, f"{name!r} extends itself")
            break
        seen.add(file.resolve())
        text = read_text(file, problems, reader.place(node))
    found: dict[str, Definition] = {}
    for layer in reversed(layers):
        _merge(found, layer)
    return found


def _merge(found: dict[str, Definition], over: dict[str, Definition]) -> None:
    for name, definition in over.items():
        found[name] = definition.over(found[name]) if name in found else definition
