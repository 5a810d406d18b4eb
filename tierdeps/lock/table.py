"""Tables of a lock file are taken apart: each key is asked for by its type, and a mistake has a place."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tierdeps.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

Value = TypeVar("Value")


class Table:
    """A table of the file ``source``; whatever is wrong in it is raised as InputError."""

    def __init__(self, source: str, place: str, value: object) -> None:
        self.source = source
        self.place = place
        if not isinstance(value, dict):
            raise self.error("expected a table")
        self._values: dict[str, object] = dict(value)

    def error(self, message: str, key: str = "") -> InputError:
        """Return the error that says what is wrong here."""
        place = f"{self.place}.{key}" if self.place and key else self.place or key
        return InputError(self.source, message, place)

    def text(self, key: str) -> str:
        """Take a text that has to be there."""
        return self._take(key, str, "text")

    def optional_text(self, key: str) -> str | None:
        """Take a text, or None where there is none."""
        return self.text(key) if key in self._values else None

    def number(self, key: str) -> int:
        """Take a whole number from 1."""
        found = self._take(key, int, "a whole number")
        if isinstance(found, bool) or found < 1:
            raise self.error("expected a whole number, 1 or more", key)
        return found

    def flag(self, key: str) -> bool:
        """Take a yes or no; omitted, it is no."""
        return self._take(key, bool, "true or false") if key in self._values else False

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of texts; omitted, it is empty."""
        found = self._take(key, list, "a list of text") if key in self._values else []
        if not all(isinstance(item, str) for item in found):
            raise self.error("expected a list of text", key)
        return tuple(found)

    def table(self, key: str) -> Table:
        """Take a table; omitted, it is empty."""
        return self._below(key, self._values.pop(key, {}))

    def tables(self, key: str) -> list[Table]:
        """Take a list of tables."""
        found = self._take(key, list, "a list")
        return [self._below(f"{key}[{index}]", item) for index, item in enumerate(found)]

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        """Walk the keys that have not been taken."""
        return iter(tuple(self._values))

    def raw(self) -> dict[str, object]:
        """Take all that is left."""
        found, self._values = self._values, {}
        return found

    def done(self) -> None:
        """Refuse a key that nobody has taken."""
        for key in self._values:
            raise self.error("expected no such key", key)

    def _take(self, key: str, kind: type[Value], expected: str) -> Value:
        if key not in self._values:
            raise self.error(f"expected the key {key!r}")
        found = self._values.pop(key)
        if not isinstance(found, kind):
            raise self.error(f"expected {expected}", key)
        return found

    def _below(self, key: str, value: object) -> Table:
        return Table(self.source, f"{self.place}.{key}" if self.place else key, value)
