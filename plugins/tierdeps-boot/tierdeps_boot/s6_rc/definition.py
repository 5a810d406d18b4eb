"""One service definition: a folder with a file ``type``, and names in files or in folders of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Value, suggestion
from tierdeps_boot._files import listed, read_text, shown
from tierdeps_boot._names import Name
from tierdeps_boot._problems import Place
from tierdeps_boot.s6_rc.detect import TYPES

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps_boot._problems import Problems

#: The script that a service of each type must have.
_SCRIPTS = {"oneshot": "up", "longrun": "run"}
_RESERVED = ("s6rc-", "s6-rc-")


class Definition(Value):
    """A service as its folder defines it."""

    name: str
    place: Place
    type: str
    dependencies: tuple[Name, ...] = ()
    contents: tuple[Name, ...] = ()
    producer_for: tuple[Name, ...] = ()
    consumer_for: tuple[Name, ...] = ()
    pipeline: Name | None = None


def definition_of(folder: Path, problems: Problems) -> Definition | None:
    """Return the definition in a folder; None, with a problem, if it has no valid type."""
    place = Place(shown(folder / "type"), 1)
    text = read_text(folder / "type", problems)
    if text is None:
        return None
    kind = text.removesuffix("\n")
    if kind not in TYPES:
        hint = suggestion(kind, TYPES)
        problems.error(place, f"expected oneshot, longrun or bundle, got {kind[:40]!r}{hint}")
        return None
    if folder.name.startswith(_RESERVED):
        problems.error(place, f"names that begin with {' or '.join(_RESERVED)} are reserved")
    if kind == "bundle":
        return Definition(folder.name, place, kind, contents=_bundle(folder, problems))
    return _atomic(Definition(folder.name, place, kind), folder, problems)


def _bundle(folder: Path, problems: Problems) -> tuple[Name, ...]:
    found = _names(folder, "contents", problems)
    if found is None:
        problems.error(Place(shown(folder)), "a bundle needs contents.d or contents")
    return found or ()


def _atomic(bare: Definition, folder: Path, problems: Problems) -> Definition:
    script = folder / _SCRIPTS[bare.type]
    if not script.is_file():
        problems.error(bare.place, f"a {bare.type} needs the file {script.name}", bare.name)
    dependencies = _names(folder, "dependencies", problems) or ()
    if bare.type == "oneshot":
        return Definition(bare.name, bare.place, bare.type, dependencies)
    producer = _lines(folder / "producer-for", problems) or ()
    consumer = _lines(folder / "consumer-for", problems) or ()
    if len(producer) > 1:
        problems.error(producer[1].place, "expected one service in producer-for, got another one", bare.name)
    return Definition(
        bare.name,
        bare.place,
        bare.type,
        dependencies,
        producer_for=producer[:1],
        consumer_for=consumer,
        pipeline=_pipeline(folder, bare, consumer, producer, problems),
    )


def _pipeline(
    folder: Path, bare: Definition, consumer: tuple[Name, ...], producer: tuple[Name, ...], problems: Problems
) -> Name | None:
    """Return the name of the pipeline, which only its last consumer has."""
    names = _lines(folder / "pipeline-name", problems)
    if not names:
        return None
    if producer or not consumer:
        problems.warning(names[0].place, "pipeline-name is ignored: this is not the last consumer", bare.name)
        return None
    return names[0]


def _names(folder: Path, what: str, problems: Problems) -> tuple[Name, ...] | None:
    """Return the names in a folder ``what.d`` or, where there is none, in a file ``what``."""
    below = folder / f"{what}.d"
    if not below.is_dir():
        return _lines(folder / what, problems)
    return tuple(Name(Place(shown(path)), path.name) for path in listed(below, problems))


def _lines(path: Path, problems: Problems) -> tuple[Name, ...] | None:
    """Return the names in a file, one on each line."""
    if not path.exists():
        return None
    text = read_text(path, problems)
    lines = enumerate((text or "").split("\n"), 1)
    stripped = ((number, line.strip()) for number, line in lines)
    return tuple(Name(Place(shown(path), number), line) for number, line in stripped if line and line[0] != "#")
