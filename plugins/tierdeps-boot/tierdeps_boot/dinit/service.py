"""From the settings of a service description to a driver."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps import Coupling, Dependency, Driver, Kind, OnLoss, suggestion
from tierdeps_boot._files import listed, shown
from tierdeps_boot._names import Name, edge, origin_of
from tierdeps_boot._problems import Place
from tierdeps_boot.dinit.detect import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tierdeps_boot._problems import Problems
    from tierdeps_boot.dinit.settings import Root, Setting

_STOPPED, _KEPT, _NONE = Coupling(on_loss=OnLoss.STOP), Coupling(on_loss=OnLoss.KEEP), Coupling()
#: What each setting that names a service declares, and how it is coupled to that one.
WORDS = {
    "depends-on": (Kind.REQUIRES, _STOPPED),
    "depends-ms": (Kind.REQUIRES, _KEPT),
    "waits-for": (Kind.WANTS, _NONE),
    "after": (Kind.AFTER, _NONE),
    "before": (Kind.BEFORE, _NONE),
}
_FOLDERS = {f"{word}.d": word for word in ("depends-on", "depends-ms", "waits-for")}
_OTHERS = (
    "type",
    "command",
    "options",
    "restart",
    "working-dir",
    "chain-to",
    "consumer-of",
    "load-options",
    "env-file",
)
#: Settings by which a file is a description.
_SAID = ("type", "command")
_RUN_BY_COMMAND = ("process", "bgprocess", "scripted")
_REFERENCE = re.compile(r"\$(\$|1|\{1\})|\$")


class Service:
    """A description, which may stand for several services that differ in their argument, ``name@argument``."""

    def __init__(self, path: Path, root: Root, settings: Sequence[Setting], problems: Problems) -> None:
        self._path = path
        self._root = root
        self._settings = settings
        self._problems = problems

    @property
    def place(self) -> Place:
        """Where the description begins."""
        return Place(shown(self._path), 1)

    @property
    def is_service(self) -> bool:
        """Whether the file describes a service: a folder may have other files too."""
        return any(item.name in WORDS or item.name in _FOLDERS or item.name in _SAID for item in self._settings)

    @property
    def is_template(self) -> bool:
        """Whether it stands for nothing without an argument."""
        return any(found[1] in ("1", "{1}") for item in self._settings for found in _REFERENCE.finditer(item.value))

    def driver(self, name: str) -> Driver:
        """Return the driver of the service with a name, and with the argument that is in it."""
        argument = name.partition("@")[2]
        values = {item.name: item for item in self._settings}
        kind = values.get("type")
        self._check(name, kind, values)
        return Driver(
            name,
            dependencies=tuple(self._edges(name, argument)),
            description=kind.value if kind else "",
            origin=origin_of(kind.place if kind else self.place),
        )

    def _check(self, name: str, kind: Setting | None, values: dict[str, Setting]) -> None:
        if kind is not None and kind.value not in TYPES:
            hint = suggestion(kind.value, TYPES) or f"; there is {', '.join(TYPES)}"
            self._problems.error(kind.place, f"the type of {name!r} cannot be {kind.value!r}{hint}", name)
        elif kind is not None and kind.value in _RUN_BY_COMMAND and "command" not in values:
            self._problems.error(kind.place, f"{name!r} has no command, which its type {kind.value} needs", name)
        for item in self._settings:
            known = item.name in WORDS or item.name in _FOLDERS or item.name in _OTHERS
            if not known and (hint := suggestion(item.name, (*WORDS, *_FOLDERS))):
                self._problems.error(item.place, f"no setting is named {item.name!r}{hint}", name)

    def _edges(self, name: str, argument: str) -> Iterator[Dependency]:
        for item in self._settings:
            if item.name in WORDS:
                target = self._target(item, argument, name)
                if target:
                    yield _edge(item.name, Name(item.place, target))
            elif item.name in _FOLDERS:
                for entry in self._listed(item):
                    yield _edge(_FOLDERS[item.name], entry, optional=item.name == "waits-for.d")

    def _target(self, item: Setting, argument: str, name: str) -> str | None:
        """Return the service that a setting names; None, with a problem, if that depends on the environment."""
        if any(found[0] == "$" for found in _REFERENCE.finditer(item.value)):
            message = (
                f"{item.name} of {name!r} refers to a variable, {item.value!r}, which is only known when dinit runs"
            )
            self._problems.error(item.place, message, name)
            return None
        value = _REFERENCE.sub(lambda found: "$" if found[1] == "$" else argument, item.value)
        if not value:
            self._problems.error(item.place, f"{item.name} of {name!r} names no service", name)
        return value

    def _listed(self, item: Setting) -> list[Name]:
        """Return the services that a folder names, by the names of its files."""
        folder = self._root.located(item.value, self._path.parent)
        if folder is None:
            self._problems.error(item.place, f"{item.value!r} is outside the folder, so it is not read")
            return []
        if not folder.is_dir():
            if item.name != "waits-for.d":
                self._problems.error(item.place, f"{item.value!r}: no such folder")
            return []
        # what a link leads to is of no importance: its name alone counts
        return [Name(Place(shown(path)), path.name) for path in listed(folder, self._problems)]


def _edge(word: str, name: Name, *, optional: bool = False) -> Dependency:
    kind, coupling = WORDS[word]
    found = edge(kind, name, optional=optional)
    return found if coupling is _NONE else Dependency(kind, name.text, origin=found.origin, coupling=coupling)
