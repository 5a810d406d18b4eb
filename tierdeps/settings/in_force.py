"""Which settings are in force, and where each comes from: a file, an option, the environment, or the default."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from tierdeps._util.frozen import Value
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.settings.places import Places


class Whence(Value):
    """Where a value comes from; ``name`` is a file, an option or a variable."""

    source: Literal["file", "option", "environment", "default"]
    name: str = ""
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.name}:{self.line}" if self.line else self.name or self.source


DEFAULT = (Whence("default"),)


class InForce(Value):
    """One value: the way to it, and where it comes from; a list may come from several places."""

    path: tuple[str, ...]
    value: object
    whence: tuple[Whence, ...] = DEFAULT


class SettingsInForce(Value):
    """All values, and the file that was read; None where there is none."""

    file: str | None
    values: tuple[InForce, ...]


def settings_in_force(
    settings: Settings, places: Places, overridden: Mapping[str, tuple[Whence, ...]]
) -> SettingsInForce:
    """Return all settings; ``overridden`` has those that do not come from the file alone."""
    values = tuple(_values(settings, places, overridden))
    return SettingsInForce(settings.source or None, values)


def _values(settings: Settings, places: Places, overridden: Mapping[str, tuple[Whence, ...]]) -> Iterator[InForce]:
    default = Settings()
    for name in Settings.__struct_fields__:
        value = getattr(settings, name)
        if name in overridden:
            yield InForce((name,), value, overridden[name])
        elif name == "dependencies":
            yield from _dependencies(settings)
        elif isinstance(value, Mapping) and value:
            yield from _entries((name,), value, places)
        elif name != "source":
            given = value != getattr(default, name) or places.has((name,))
            yield InForce((name,), value, _in_file(places, (name,)) if given else DEFAULT)


def _dependencies(settings: Settings) -> Iterator[InForce]:
    if not settings.dependencies:
        yield InForce(("dependencies",), ())
    for item in settings.dependencies:
        origin = item.dependency.origin
        text = f"{item.driver} {item.dependency.kind} {item.dependency.target}"
        yield InForce(("dependencies",), text, (Whence("file", origin.file, origin.line),))


def _entries(path: tuple[str, ...], table: Mapping[str, object], places: Places) -> Iterator[InForce]:
    """Yield the entries of a table; those of a driver's own table each by itself."""
    for name, value in table.items():
        here = (*path, name)
        if isinstance(value, Mapping) and value and path == ("drivers",):
            yield from _entries(here, value, places)
        else:
            yield InForce(here, value, _in_file(places, here))


def _in_file(places: Places, path: tuple[str, ...]) -> tuple[Whence, ...]:
    return (Whence("file", places.name, places.line(path)),)
