"""What units say of each other in their own files."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tierdeps_boot.systemd.names import normalized, split
from tierdeps_boot.systemd.specifiers import UnknownSpecifierError, expand
from tierdeps_boot.systemd.unit_file import Ignored
from tierdeps_boot.systemd.words import split_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_boot.systemd.unit_file import Entry
    from tierdeps_boot.systemd.units import Unit

#: The keys of [Unit] that name other units, and what each is.
VERBS = {
    "Requires": "Requires",
    "RequiresOverridable": "Requires",
    "Requisite": "Requisite",
    "RequisiteOverridable": "Requisite",
    "Wants": "Wants",
    "BindsTo": "BindsTo",
    "BindTo": "BindsTo",
    "PartOf": "PartOf",
    "Upholds": "Upholds",
    "After": "After",
    "Before": "Before",
    "Conflicts": "Conflicts",
    "OnFailure": "OnFailure",
    "OnSuccess": "OnSuccess",
}
#: Those that bring the other unit in, and keep this one from starting without it.
REQUIRING = frozenset({"Requires", "BindsTo"})
PULLING = REQUIRING | {"Wants", "Upholds"}


class Link(NamedTuple):
    """``unit`` says ``verb`` of ``target``; ``line`` is 0 where no line says it; ``why`` is empty where a line does."""

    verb: str
    unit: str
    target: str
    file: str
    line: int = 0
    why: str = ""


def links_of(unit: Unit) -> Iterator[Link]:
    """Yield what a unit's entries and the links beside it say; what systemd ignores goes to ``unit.ignored``."""
    for key, verb in VERBS.items():
        for entry in unit.all("Unit", key):
            for word in words_of(unit, entry):
                target = _instance(unit, word)
                if target is None:
                    unit.ignored.append(Ignored(entry.file, entry.line, f"no unit can be named {word!r}"))
                elif target != unit.name:
                    yield Link(verb, unit.name, target, entry.file, entry.line)
    for link in unit.linked:
        yield Link(link.verb, unit.name, link.target, link.file)


def words_of(unit: Unit, entry: Entry) -> Iterator[str]:
    """Yield the words of an entry, with their specifiers expanded."""
    words = split_words(entry.value)
    if words is None:
        unit.ignored.append(Ignored(entry.file, entry.line, f"a quote is not closed in {entry.key}="))
        return
    for word in words:
        try:
            yield expand(word, unit.parts)
        except UnknownSpecifierError as error:
            unit.ignored.append(Ignored(entry.file, entry.line, f"{error}, in {entry.key}={word}"))


def paths_of(unit: Unit, entry: Entry) -> Iterator[str]:
    """Yield the paths of an entry, in their shortest spelling."""
    for word in words_of(unit, entry):
        path = normalized(word)
        if path is None:
            unit.ignored.append(Ignored(entry.file, entry.line, f"{word!r} in {entry.key}= is no absolute path"))
        else:
            yield path


def _instance(unit: Unit, word: str) -> str | None:
    """Return the unit that a word means: of a template, the instance that this unit is of."""
    parts = split(word)
    if parts is None:
        return None
    return parts.instantiated(unit.parts.instance or unit.parts.prefix) if parts.is_template else word
