"""YAML as nodes that know their lines, read by the C parser of PyYAML where it has one."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import yaml

from tierdeps_boot._problems import Place

try:
    from yaml.cyaml import CParser as _Parser  # type: ignore[attr-defined]
except ImportError:  # PyYAML was built without libyaml

    class _Parser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser, yaml.composer.Composer):  # type: ignore[no-redef]
        """The parser that is written in Python."""

        def __init__(self, stream: str) -> None:
            yaml.reader.Reader.__init__(self, stream)
            yaml.scanner.Scanner.__init__(self)
            yaml.parser.Parser.__init__(self)
            yaml.composer.Composer.__init__(self)


if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_boot._problems import Problems


class _Loader(_Parser):
    """Composes nodes and leaves their types open: a node has a tag only where the file gives it one."""

    def resolve(self, _kind: object, _value: object, _implicit: object) -> str:
        """Return no tag: what a plain value means is decided by what reads it."""
        return ""

    def descend_resolver(self, _parent: object, _index: object) -> None:
        """Do nothing: no tag depends on the place."""

    def ascend_resolver(self) -> None:
        """Do nothing: no tag depends on the place."""


@contextmanager
def _without_collection() -> Iterator[None]:
    """Keep the garbage collector from looking through the nodes again and again while they are made."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def documents(text: str, file: str, problems: Problems) -> list[yaml.Node]:
    """Return the roots of all documents of a text; a text that is not YAML is a problem."""
    found: list[yaml.Node] = []
    try:
        with _without_collection():
            loader: Any = _Loader(text)
            while loader.check_node():
                found.append(loader.get_node())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = error.problem or error.context
        problems.error(Place(file, mark.line + 1 if mark else 0), f"not valid YAML: {reason}")
    except yaml.reader.ReaderError as error:
        problems.error(Place(file, text.count("\n", 0, error.position) + 1), f"not valid YAML: {error.reason}")
    except (ValueError, OverflowError, RecursionError):
        problems.error(Place(file, 1), "not valid YAML: it has a character that does not exist, or too many levels")
    return found


def line_of(node: yaml.Node) -> int:
    """Return the line that a node begins on."""
    line: int = node.start_mark.line
    return line + 1
