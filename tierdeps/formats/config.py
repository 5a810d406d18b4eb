"""The settings in force, each with where it comes from: ``tierdeps config``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.settings.in_force import DEFAULT
from tierdeps.words.documents import lines
from tierdeps.words.layout import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.settings.in_force import InForce, SettingsInForce, Whence
    from tierdeps.words.documents import Json
    from tierdeps.words.palette import Palette


def render_text(found: SettingsInForce, view: View) -> Iterator[str]:
    """Yield the file that was read, and a row for each value; what is the default stands back."""
    palette = view.palette
    yield f"settings: {palette.place(printable(found.file), found.file) if found.file else 'no file'}"
    yield ""
    header = [palette("title", title) for title in ("SETTING", "VALUE", "FROM")]
    yield from table([header, *(_row(item, palette) for item in found.values)])


def _row(item: InForce, palette: Palette) -> list[str]:
    key, plain = printable(".".join(item.path)), _plain(item.value)
    value = "(not set)" if plain is None else printable(json.dumps(plain, ensure_ascii=False))
    whence = ", ".join(printable(str(one)) for one in item.whence)
    if item.whence == DEFAULT:
        return [palette("dim", cell) for cell in (key, value, whence)]
    return [palette("title", key), palette("quoted", value), palette("place", whence)]


def _plain(value: object) -> Json:
    """Return a value as JSON can express it; dates, which only TOML has, become text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def document(found: SettingsInForce) -> Json:
    """Return the document as plain values."""
    return {
        "schema": "tierdeps/config/1",
        "file": found.file,
        "settings": [
            {"path": list(item.path), "value": _plain(item.value), "from": [_whence(one) for one in item.whence]}
            for item in found.values
        ],
    }


def _whence(whence: Whence) -> Json:
    return {"source": whence.source, "name": whence.name or None, "line": whence.line}


def render_json(found: SettingsInForce, view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    del view
    return lines(document(found))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the formats of this document."""
    return (Format("config", "json", render_json), Format("config", "text", render_text))
