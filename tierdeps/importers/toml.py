"""Graph files in TOML."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from tierdeps.errors import InputError
from tierdeps.hooks import hookimpl
from tierdeps.importers import Importer, Source
from tierdeps.importers.graphfile.detect import has_kind

if TYPE_CHECKING:
    from tierdeps.model import Declarations

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def read(source: Source) -> Declarations:
    """Return the declarations in a source. Raises InputError."""
    import tomllib

    from tierdeps._util.toml import loads, long_key_line
    from tierdeps.importers.graphfile.convert import document
    from tierdeps.importers.graphfile.key_lines import KeyLines, line_of_depth
    from tierdeps.importers.graphfile.location import SourceLocation
    from tierdeps.importers.graphfile.text import decode, too_deep, too_long_number

    text = decode(source)
    try:
        raw = loads(text)
        lines = KeyLines(text.replace("\r\n", "\n")).document().lines
    except tomllib.TOMLDecodeError as error:
        raise _syntax(source.name, str(error), text) from None
    except RecursionError:
        raise too_deep(source.name, long_key_line(text) or line_of_depth(text)) from None
    except ValueError:
        raise too_long_number(source.name, text) from None
    return document(raw, SourceLocation(source.name, lines=lines))


def _syntax(name: str, message: str, text: str) -> InputError:
    """Move the location that the parser names to where places stand, and word its message as all messages are."""
    at = _AT.search(message)
    last = text.count("\n") + 1
    location = f"line {at[1]}, column {at[2]}" if at and at[1] else f"line {last}"
    problem = message[: at.start()] if at else message
    return InputError(name, f"not valid TOML: {problem[:1].lower()}{problem[1:]}", location)


IMPORTER = Importer("toml", partial(has_kind, "toml"), read)


@hookimpl
def tierdeps_importers() -> tuple[Importer, ...]:
    """Return the importer of this file."""
    return (IMPORTER,)
