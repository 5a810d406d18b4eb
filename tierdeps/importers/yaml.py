"""Graph files in YAML, an extra: ``pip install tierdeps[yaml]``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tierdeps.errors import InputError
from tierdeps.hooks import hookimpl
from tierdeps.importers import Importer, Source
from tierdeps.importers.graphfile.detect import has_kind

if TYPE_CHECKING:
    from tierdeps.model import Declarations


def read(source: Source) -> Declarations:
    """Return the declarations in a source. Raises InputError."""
    try:
        import yaml
    except ImportError:
        raise InputError(source.name, "reading YAML needs PyYAML: pip install tierdeps[yaml]") from None

    from tierdeps.importers.graphfile.convert import document
    from tierdeps.importers.graphfile.location import SourceLocation
    from tierdeps.importers.graphfile.text import decode
    from tierdeps.importers.graphfile.yaml_values import Builder

    text = decode(source)
    builder = Builder(source.name)
    try:
        builder.build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        location = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InputError(source.name, f"not valid YAML: {error.problem or error.context}", location) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InputError(source.name, f"not valid YAML: {error.reason}", f"line {line}") from None
    except (ValueError, OverflowError):  # the parser does not check escapes of code points that do not exist
        raise InputError(source.name, "not valid YAML: an escape that stands for no character", "line 1") from None
    return document(_filled(builder.root), SourceLocation(source.name, lines=builder.lines))


def _filled(raw: object) -> object:
    """Replace null by an empty table at the top and for drivers: ``secret:`` alone declares a driver."""
    if raw is None:
        return {}
    if isinstance(raw, dict) and isinstance(raw.get("drivers"), dict):
        drivers = {name: {} if table is None else table for name, table in raw["drivers"].items()}
        return {**raw, "drivers": drivers}
    return raw


IMPORTER = Importer("yaml", partial(has_kind, "yaml"), read)


@hookimpl
def tierdeps_importers() -> tuple[Importer, ...]:
    """Return the importer of this file."""
    return (IMPORTER,)
