"""Units: a file with what extends it, under the name that all its aliases lead to."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tierdeps_boot.systemd.folders import LINKS, NULL, Problem
from tierdeps_boot.systemd.names import UnitName, split
from tierdeps_boot.systemd.root import UnreadableError
from tierdeps_boot.systemd.special import is_special, text_of
from tierdeps_boot.systemd.unit_file import Entry, Ignored, LineTooLongError, UnitText, parse
from tierdeps_boot.systemd.words import boolean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_boot.systemd.folders import Folders, Found
    from tierdeps_boot.systemd.root import Spot

#: The types whose units the manager makes as they are named, without a file.
MADE = frozenset({"device", "slice"})
#: Units that are always there, with or without a file.
PERPETUAL = frozenset({"-.mount", "-.slice", "system.slice", "init.scope"})
MAX_ALIASES = 64


class Linked(NamedTuple):
    """A link in a folder ``NAME.wants`` and the like: the verb, the unit that it names, and the link itself."""

    verb: str
    target: str
    file: str


class Unit:
    """One unit, loaded; ``file`` is its fragment for people, empty for one that the manager makes."""

    def __init__(self, name: UnitName, aliases: tuple[str, ...], file: str, texts: list[UnitText]) -> None:
        self.parts = name
        self.name = f"{name.stem}.{name.type}"
        self.aliases = aliases
        self.file = file
        self.ignored: list[Ignored] = [line for text in texts for line in text.ignored]
        self.linked: list[Linked] = []
        self._entries: dict[tuple[str, str], list[Entry]] = {}
        for text in texts:
            for entry in text.entries:
                self._entries.setdefault((entry.section, entry.key), []).append(entry)

    @property
    def type(self) -> str:
        """The type, which is the suffix of the name."""
        return self.parts.type

    @property
    def has_file(self) -> bool:
        """Whether it is read from a file."""
        return bool(self.file)

    def all(self, section: str, *keys: str) -> list[Entry]:
        """Return all entries of some keys of a section, in their order for each key."""
        return [entry for key in keys for entry in self._entries.get((section, key), ())]

    def listed(self, section: str, *keys: str) -> list[Entry]:
        """Return the entries of a list that an empty entry clears."""
        found: list[Entry] = []
        for entry in self.all(section, *keys):
            if entry.value:
                found.append(entry)
            else:
                found.clear()
        return found

    def last(self, section: str, key: str) -> Entry | None:
        """Return the entry that counts of a key that has one value; None too if that one is empty."""
        entries = self._entries.get((section, key))
        return entries[-1] if entries and entries[-1].value else None

    def flag(self, section: str, key: str, *, default: bool) -> bool:
        """Return a yes or no; an entry that says neither is passed over, as systemd does."""
        for entry in reversed(self._entries.get((section, key), ())):
            said = boolean(entry.value)
            if said is not None:
                return said
        return default

    @cached_property
    def entries(self) -> list[Entry]:
        """All entries."""
        return [entry for group in self._entries.values() for entry in group]

    @cached_property
    def default_dependencies(self) -> bool:
        """Whether the type's default dependencies are added."""
        return self.flag("Unit", "DefaultDependencies", default=True)


class Units:
    """All units of some folders, loaded when they are asked for."""

    def __init__(self, folders: Folders, *, has_special: bool = False) -> None:
        self.folders = folders
        #: Whether the units that systemd brings along are there without a file.
        self.has_special = has_special
        self.problems: list[Problem] = list(folders.problems)
        self.loaded: dict[str, Unit | None] = {}
        self._texts: dict[Spot, UnitText | None] = {}
        self._names: dict[str, list[str]] = {}
        for name in folders.files:
            self._names.setdefault(self._follow(name), []).append(name)

    def _follow(self, name: str) -> str:
        """Return the file's name that an alias leads to; a circle leads to its smallest name."""
        files, seen = self.folders.files, [name]
        while (item := files.get(seen[-1])) is not None and item.alias and len(seen) < MAX_ALIASES:
            if item.alias in seen:
                return min(seen)
            seen.append(item.alias)
        return seen[-1]

    def canonical(self, name: str) -> str:
        """Return the name that counts for a unit: its own, or the one that its alias leads to."""
        parts = split(name)
        for _ in range(MAX_ALIASES):
            if parts is None:
                break
            name = self._follow(f"{parts.stem}.{parts.type}")
            parts = split(name)
            if parts is None or not parts.instance or name in self.folders.files:
                break
            template = self._follow(parts.template)
            if template == parts.template:
                break
            other = split(template)
            parts = None if other is None else other._replace(instance=parts.instance)
            name = name if parts is None else f"{parts.stem}.{parts.type}"
        return name

    def masked(self, name: str) -> str:
        """Return the file that masks a unit, for people; empty if none does."""
        item = self._file(self.canonical(name))
        return item.spot.shown if item is not None and item.masked else ""

    def _file(self, name: str) -> Found | None:
        found = self.folders.files.get(name)
        if found is None and (parts := split(name)) is not None and parts.instance:
            found = self.folders.files.get(parts.template)
        return found

    def get(self, name: str) -> Unit | None:
        """Return a unit by any of its names; None for one that is nowhere, masked, unreadable or a template."""
        if name not in self.loaded:
            canonical = self.canonical(name)
            if canonical not in self.loaded:
                self.loaded[canonical] = self._load(canonical)
            self.loaded[name] = self.loaded[canonical]
        return self.loaded[name]

    def _load(self, name: str) -> Unit | None:
        parts, item = split(name), self._file(name)
        if parts is None or parts.is_template or (item is not None and item.masked):
            return None
        special = item is None and self.has_special and is_special(parts)
        if item is None and not special and parts.type not in MADE and name not in PERPETUAL:
            return None
        texts = [parse(text_of(name).encode(), "")] if special else []
        file = ""
        if item is not None:
            file = item.spot.shown
            fragment = self._text(item.spot, name)
            if fragment is None:
                return None
            texts.append(fragment)
        names = tuple(dict.fromkeys((name, *self._aliases(parts, name))))
        extending = (self._text(path, name) for path in self._extensions(names, parts.type))
        texts += [text for text in extending if text is not None]
        unit = Unit(parts, names, file, texts)
        unit.linked = list(self._linked(names, parts))
        return unit

    def _aliases(self, parts: UnitName, name: str) -> Iterator[str]:
        yield from self._names.get(name, ())
        if parts.instance:
            for alias in self._names.get(parts.template, ()):
                if (other := split(alias)) is not None:
                    yield other.instantiated(parts.instance)

    def _text(self, spot: Spot, unit: str) -> UnitText | None:
        if spot not in self._texts:
            shown = spot.shown
            try:
                self._texts[spot] = parse(spot.read(), shown)
            except UnreadableError as error:
                self._texts[spot] = None
                self.problems.append(Problem(shown, str(error), unit))
            except LineTooLongError as error:
                self._texts[spot] = None
                self.problems.append(Problem(shown, str(error), unit))
        return self._texts[spot]

    def _extensions(self, names: tuple[str, ...], kind: str) -> Iterator[Spot]:
        """Yield the drop-ins of a unit, sorted by name; of one name, that of the folder that comes first counts."""
        table = self.folders.extensions
        if not table:
            return
        places = [place for name in names for place in sorted(_by_owner(table, name), key=lambda item: item[:2])]
        chosen: dict[str, Spot | None] = {}
        for folder in [*(path for _, _, path in places), *(path for _, path in table.get(kind, ()))]:
            for entry, target in self._listing(folder):
                if entry.endswith(".conf"):
                    chosen.setdefault(entry, None if target == NULL else folder / entry)
        yield from (spot for _, spot in sorted(chosen.items(), key=lambda item: item[0]) if spot is not None)

    def _linked(self, names: tuple[str, ...], parts: UnitName) -> Iterator[Linked]:
        for kind, verb in LINKS.items():
            seen: dict[str, Linked | None] = {}
            for name in names:
                for owner in _owners(name):
                    for folder in self.folders.links.get((owner, kind), ()):
                        for entry, target in self._listing(folder):
                            seen.setdefault(entry, self._link(verb, folder, entry, target, parts))
            yield from (link for link in seen.values() if link is not None)

    def _link(self, verb: str, folder: Spot, entry: str, target: str, parts: UnitName) -> Linked | None:
        """Return a link of a folder ``NAME.wants``; None for one that masks, or that is no unit's name."""
        other = split(entry)
        if other is None:
            return None
        name = other.instantiated(parts.instance or parts.prefix) if other.is_template else entry
        return None if target == NULL else Linked(verb, name, (folder / entry).shown)

    def _listing(self, folder: Spot) -> list[tuple[str, str]]:
        """Return the names in a folder, sorted, each with where it leads to if it is a link."""
        cache = self._listings
        if folder not in cache:
            found: list[tuple[str, str]] = []
            try:
                with os.scandir(folder.real) as entries:
                    found = sorted((entry.name, _leads_to(entry)) for entry in entries)
            except UnreadableError as error:
                self.problems.append(Problem(folder.shown, str(error)))
            except OSError as error:
                self.problems.append(Problem(folder.shown, (error.strerror or str(error)).lower()))
            cache[folder] = found
        return cache[folder]

    @cached_property
    def _listings(self) -> dict[Spot, list[tuple[str, str]]]:
        return {}


def _leads_to(entry: os.DirEntry[str]) -> str:
    """Return where a link leads; empty for what is none."""
    return os.readlink(entry.path) if entry.is_symlink() else ""  # noqa: PTH115  its text


def _owners(name: str) -> Iterator[str]:
    """Yield the names under which a unit is extended, the most specific first."""
    yield name
    parts = split(name)
    if parts is None:
        return
    if parts.instance:
        yield parts.template
    prefix = parts.prefix
    while (dash := prefix.rstrip("-").rfind("-")) > 0:
        prefix = prefix[: dash + 1]
        yield f"{prefix}.{parts.type}"


def _by_owner(table: dict[str, list[tuple[int, Spot]]], name: str) -> Iterator[tuple[int, int, Spot]]:
    for rank, owner in enumerate(_owners(name)):
        for folder, path in table.get(owner, ()):
            yield folder, rank, path
