"""One compose file: its services, what it includes, and which services it removes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import yaml

from tierdeps_boot._yaml import documents
from tierdeps_boot.compose.service import RESET, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps_boot._problems import Place, Problems
    from tierdeps_boot.compose.model import Service

_TAG = re.compile(r"(?:^|[\s\[{,])!", re.MULTILINE)
_VERBATIM_CORE = re.compile(r"!<tag:yaml\.org")


class Include(NamedTuple):
    """An entry of ``include``: the files of another project, its folder, and its files of variables."""

    place: Place
    files: tuple[str, ...]
    folder: str | None = None
    env_files: tuple[str, ...] | None = None


class Document(NamedTuple):
    """What one document of a file says; None stands for a service that it removes."""

    services: Mapping[str, Service | None]
    includes: tuple[Include, ...] = ()


def read_documents(text: str, file: str, variables: Mapping[str, str], problems: Problems) -> Iterator[Document]:
    """Return the documents of a text; each overrides those before it."""
    for root in documents(text, file, problems):
        reader = Reader(file, problems, variables)
        if _TAG.search(text):
            reader.refuse_tags(root)
        yield _document(reader, root)


def _document(reader: Reader, root: yaml.Node) -> Document:
    top = reader.table(root, "a compose file")
    services: dict[str, Service | None] = {}
    if "services" in top:
        for name, (key, node) in reader.table(top["services"][1], "services").items():
            if node.tag == RESET:
                services[name] = None
            elif not name.strip():
                reader.error(key, "expected the name of a service, got nothing")
            else:
                services[name] = reader.service(key, node, name)
    includes = tuple(_includes(reader, top["include"][1])) if "include" in top else ()
    return Document(services, includes)


def _includes(reader: Reader, node: yaml.Node) -> Iterator[Include]:
    for item in reader.items(node, "include"):
        if isinstance(item, yaml.ScalarNode):
            files, table = _texts(reader, item, "include"), {}
        else:
            table = dict(reader.table(item, "include"))
            if "path" not in table:
                reader.error(item, "expected a path in include")
                continue
            files = _texts(reader, table["path"][1], "the path of include")
        folder = (
            _texts(reader, table["project_directory"][1], "project_directory") if "project_directory" in table else ()
        )
        env_files = _texts(reader, table["env_file"][1], "env_file") if "env_file" in table else None
        if files:
            yield Include(reader.place(item), files, folder[0] if folder else None, env_files)


def _texts(reader: Reader, node: yaml.Node, what: str) -> tuple[str, ...]:
    """Return the texts of a list, or a single one."""
    if isinstance(node, yaml.SequenceNode):
        return tuple(item.text for item in reader.references(node, what))
    found = reader.reference(node, what)
    return (found.text,) if found is not None and found.text else ()
