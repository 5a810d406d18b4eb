"""Graph files in YAML, an extra: ``pip install tierdeps[yaml]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.errors import InputError
from tierdeps.graphfile.guess import is_a
from tierdeps.hooks import hookimpl
from tierdeps.importers import Importer, Source

if TYPE_CHECKING:
    from tierdeps.model import Declarations


def recognises(source: Source) -> bool:
    """Tell by its name, or by its first bytes where it has none."""
    return is_a("yaml", source)


def read(source: Source) -> Declarations:
    """Read it."""
    try:
        import yaml
    except ImportError:
        raise InputError(source.name, "reading YAML needs PyYAML: pip install tierdeps[yaml]") from None

    from tierdeps.graphfile.convert import document
    from tierdeps.graphfile.place import Place
    from tierdeps.graphfile.text import decode
    from tierdeps.graphfile.yaml_values import Builder

    text = decode(source)
    builder = Builder(source.name)
    try:
        builder.build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InputError(source.name, f"not valid YAML: {error.problem or error.context}", place) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InputError(source.name, f"not valid YAML: {error.reason}", f"line {line}") from None
    except (ValueError, OverflowError):  # an escape that stands for no character gets past the parser's own checks
        raise InputError(source.name, "not valid YAML: an escape that stands for no character", "line 1") from None
    return document(_filled(builder.root), Place(source.name, lines=builder.lines))


def _filled(raw: object) -> object:
    """Take nothing for an empty table where that is what people write: ``secret:`` declares a driver."""
    if raw is None:
        return {}
    if isinstance(raw, dict) and isinstance(raw.get("drivers"), dict):
        drivers = {name: {} if table is None else table for name, table in raw["drivers"].items()}
        return {**raw, "drivers": drivers}
    return raw


IMPORTER = Importer("yaml", recognises, read)


@hookimpl
def tierdeps_importers() -> tuple[Importer, ...]:
    """Offer it."""
    return (IMPORTER,)
