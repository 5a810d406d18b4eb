"""The dependency tree that OpenRC keeps, usually ``/run/openrc/deptree``: what its scripts said when they were run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps_boot._names import Name
from tierdeps_boot._problems import Place
from tierdeps_boot.openrc.service import PROVIDE, WORDS, Service, Use

if TYPE_CHECKING:
    from tierdeps_boot._problems import Problems

_LINE = re.compile(r"depinfo_(\d+)_([a-z]+)(?:_\d+)?='?(.*?)'?")
_BY = "providedby"


def services_of(text: str, file: str, problems: Problems) -> dict[str, Service]:
    """Return the services of a tree; a name that is only provided by others is none."""
    names: dict[str, Name] = {}
    lists: dict[str, list[tuple[str, Name]]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        place = Place(file, number)
        found = _LINE.fullmatch(line.rstrip())
        if found is None or (found[2] != "service" and found[1] not in names):
            problems.error(place, "expected a line of a dependency tree, depinfo_NUMBER_WORD_NUMBER='NAME'")
        elif found[2] == "service":
            names[found[1]] = Name(place, found[3])
            lists[found[1]] = []
        elif found[3]:
            lists[found[1]].append((found[2], Name(place, found[3])))
    virtual = {index for index, entries in lists.items() if any(word == _BY for word, _ in entries)}
    return {name.text: _service(name, lists[index]) for index, name in names.items() if index not in virtual}


def _service(name: Name, entries: list[tuple[str, Name]]) -> Service:
    """Return a service; its words begin with an i in a tree, and those that are only mirrored do not."""
    said = [(word[1:], target) for word, target in entries if word.startswith("i")]
    uses = tuple(Use(word, target) for word, target in said if word in WORDS)
    return Service(name.text, name.place, uses, tuple(target.text for word, target in said if word == PROVIDE))
