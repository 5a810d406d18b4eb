"""A service of OpenRC: what its words name, and how each word is converted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tierdeps import Kind, Value

if TYPE_CHECKING:
    from tierdeps_boot._names import Name
    from tierdeps_boot._problems import Place

#: What each word declares, and whether the named service may be absent.
WORDS = {
    "need": (Kind.REQUIRES, False),
    "want": (Kind.WANTS, True),
    "use": (Kind.AFTER, True),
    "after": (Kind.AFTER, True),
    "before": (Kind.BEFORE, True),
}
PROVIDE = "provide"
#: Stands for all other services.
ALL = "*"


class Use(NamedTuple):
    """A word with a name, such as ``need net``; ``certain`` unless it stands where a condition decides."""

    word: str
    name: Name
    certain: bool = True


class Service(Value):
    """A service with what its words name, in their order."""

    name: str
    place: Place
    uses: tuple[Use, ...] = ()
    provides: tuple[str, ...] = ()
