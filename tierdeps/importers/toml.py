"""Graph files in TOML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps.errors import InputError
from tierdeps.graphfile.guess import is_a
from tierdeps.hooks import hookimpl
from tierdeps.importers import Importer, Source

if TYPE_CHECKING:
    from tierdeps.model import Declarations

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def recognises(source: Source) -> bool:
    """Tell by its name, or by its first bytes where it has none."""
    return is_a("toml", source)


def read(source: Source) -> Declarations:
    """Read it."""
    import tomllib

    from tierdeps._util.toml import loads, long_key_line
    from tierdeps.graphfile.convert import document
    from tierdeps.graphfile.lines import Locator, deepest_line
    from tierdeps.graphfile.place import Place
    from tierdeps.graphfile.text import decode, too_deep, too_long_number

    text = decode(source)
    try:
        raw = loads(text)
        lines = Locator(text.replace("\r\n", "\n")).document().lines
    except tomllib.TOMLDecodeError as error:
        raise _syntax(source.name, str(error), text) from None
    except RecursionError:
        raise too_deep(source.name, long_key_line(text) or deepest_line(text)) from None
    except ValueError:
        raise too_long_number(source.name, text) from None
    return document(raw, Place(source.name, lines=lines))


def _syntax(name: str, message: str, text: str) -> InputError:
    """Move the place that the parser names to where places stand, and word its message as all messages are."""
    at = _AT.search(message)
    last = text.count("\n") + 1
    place = f"line {at[1]}, column {at[2]}" if at and at[1] else f"line {last}"
    problem = message[: at.start()] if at else message
    return InputError(name, f"not valid TOML: {problem[:1].lower()}{problem[1:]}", place)


IMPORTER = Importer("toml", recognises, read)


@hookimpl
def tierdeps_importers() -> tuple[Importer, ...]:
    """Offer it."""
    return (IMPORTER,)
