"""Values that drivers publish for others, on any host: plain data as JSON, checked when it is written and read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tierdeps._util.frozen import Value
from tierdeps._util.masks import hide
from tierdeps.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = TypeVar("Kind")

#: The maximal length of a value as JSON: it is sent with every call of the drivers that may read it.
MAX_LENGTH = 65536


class Published(Value):
    """A value that a driver has published, as JSON; no output may contain a ``secret`` one."""

    text: str
    secret: bool = False

    def __post_init__(self) -> None:
        """Keep a secret value out of all output of this process, wherever it comes from."""
        if self.secret:
            hide(_texts(msgspec.json.decode(self.text)))

    def __repr__(self) -> str:
        return f"Published(<{len(self.text)} characters>, secret={self.secret})"

    @classmethod
    def of(cls, value: object, *, secret: bool = False) -> Published:
        """Return a value as JSON. Raises RunError for what is no plain data, or is too long."""
        try:
            text = msgspec.json.encode(value).decode()
        except Exception as error:  # noqa: BLE001  among them what properties of the value raise
            kind = type(value).__qualname__
            raise RunError(
                f"a {kind} cannot be published; publish text, numbers, lists, mappings, or dataclasses of them"
            ) from (None if secret else error)
        if len(text) > MAX_LENGTH:
            raise RunError(f"a value of {len(text)} characters cannot be published; the limit is {MAX_LENGTH}")
        return cls(text, secret)

    def read(self, kind: type[Kind]) -> Kind:
        """Return the value as a type that msgspec decodes. Raises ValueError, which does not contain the value."""
        try:
            return msgspec.json.decode(self.text, type=kind)
        except msgspec.ValidationError:
            raise ValueError(f"it is no {getattr(kind, '__qualname__', kind)}") from None


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in a value, at any depth."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            left += one.values()
        elif isinstance(one, list):
            left += one
        elif one is not None and not isinstance(one, bool):
            yield str(one)
