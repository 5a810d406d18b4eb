"""Dependencies on the pool that contains a path, which libvirt does not track."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps import Kind
from tierdeps_libvirt._objects.definition import Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import Dependency
    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._objects.definition import Definition
    from tierdeps_libvirt._objects.survey import Survey

#: Absolute paths in an argument of a program: ``file=/a/b,if=none``.
_PATH = re.compile(r"(?:^|(?<=[=:,]))/[^,:=]+")


def paths_in(argument: str) -> list[str]:
    """Return the absolute paths in an argument of a program."""
    return _PATH.findall(argument)


def lies_in(
    definition: Definition, element: Element, survey: Survey, what: str, path: str, *, optional: bool = False
) -> Iterator[Dependency]:
    """Yield the pools that a path lies in; it cannot do without one that has to be mounted first."""
    if not path.startswith("/"):
        return
    for claim in survey.owners(path):
        verb = Kind.REQUIRES if claim.hard and not optional else Kind.WANTS
        reason = f"{what} {path}, {claim.words(path)}: libvirt does not track that"
        yield definition.needs(verb, Noun.POOL.called(claim.pool), element, reason)
