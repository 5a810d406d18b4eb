"""Which name a misspelt one is meant to be: closer than ``errors.nearest``, since a wrong guess is an error here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORTEST, _LONG, _ALIKE = 4, 8, 0.85
_AFFIXES = (("on", ""), ("do", ""), ("", "up"), ("on", "up"))


def same_spelling(wrong: str, right: str) -> bool:
    """Return whether two names differ in nothing but case, underscores, and an ``on_`` or an ``_up`` around one."""
    bare, meant = _bare(wrong), _bare(right)
    return bare == meant or any(bare == f"{before}{meant}{behind}" for before, behind in _AFFIXES)


def near(wrong: str, known: Iterable[str]) -> str | None:
    """Return the known name from which a name is no more than a slip away."""
    names = sorted(known)
    same = (name for name in names if same_spelling(wrong, name))
    return next(same, None) or next((name for name in names if _is_slip(_bare(wrong), _bare(name))), None)


def _bare(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _is_slip(wrong: str, right: str) -> bool:
    if len(right) < _SHORTEST:
        return False
    if _one_edit(wrong, right):
        return True
    if len(right) < _LONG or wrong in right or right in wrong:
        return False
    from difflib import SequenceMatcher

    return SequenceMatcher(None, wrong, right).ratio() >= _ALIKE


def _one_edit(one: str, other: str) -> bool:
    """Return whether one letter too many, too few or another one, or two changed about, make one name the other."""
    shorter, longer = sorted((one, other), key=len)
    start = next((at for at, letter in enumerate(shorter) if letter != longer[at]), len(shorter))
    rest, other_rest = shorter[start:], longer[start:]
    if len(shorter) < len(longer):
        return rest == other_rest[1:]
    return rest[1:] == other_rest[1:] or (rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:])
