"""A path that lies in a pool: a dependency that libvirt does not track."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Kind
from tierdeps_libvirt._objects.definition import Noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import Dependency
    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._objects.definition import Definition
    from tierdeps_libvirt._objects.survey import Survey


def lies_in(definition: Definition, element: Element, survey: Survey, what: str, path: str) -> Iterator[Dependency]:
    """Yield the pool that a path lies in; it cannot do without one that has to be mounted first."""
    claim = survey.owner(path)
    if claim is not None:
        verb = Kind.REQUIRES if claim.hard else Kind.WANTS
        reason = f"{what} {path}, which lies in that pool's target {claim.path}: libvirt does not track that"
        yield definition.needs(verb, Noun.POOL.called(claim.pool), element, reason)
