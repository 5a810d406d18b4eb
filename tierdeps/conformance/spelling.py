"""Similarity of names, stricter than suggestions for messages: here a wrong guess would be reported as an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Shorter names have too many others at a distance of one edit.
_MIN_LENGTH = 4
#: From this length on, names also match by their similarity ratio.
_MIN_RATIO_LENGTH = 8
_MIN_RATIO = 0.85
#: What may be before and after a name without making it another one.
_AFFIXES = (("on", ""), ("do", ""), ("", "up"), ("on", "up"))


def same_spelling(wrong: str, right: str) -> bool:
    """Return whether two names differ only in case, underscores, and an ``on_``, ``do_`` or ``_up`` around one."""
    bare, meant = _bare(wrong), _bare(right)
    return bare == meant or any(bare == f"{before}{meant}{behind}" for before, behind in _AFFIXES)


def closest(wrong: str, known: Iterable[str]) -> str | None:
    """Return the known name that a name is a different spelling or a typing error of, None where there is none."""
    names = sorted(known)
    same = (name for name in names if same_spelling(wrong, name))
    return next(same, None) or next((name for name in names if _is_slip(_bare(wrong), _bare(name))), None)


def _bare(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def _is_slip(wrong: str, right: str) -> bool:
    if len(right) < _MIN_LENGTH:
        return False
    if _one_edit(wrong, right):
        return True
    if len(right) < _MIN_RATIO_LENGTH or wrong in right or right in wrong:
        return False
    from difflib import SequenceMatcher

    return SequenceMatcher(None, wrong, right).ratio() >= _MIN_RATIO


def _one_edit(one: str, other: str) -> bool:
    """Return whether names differ by one letter added, removed or replaced, or by two swapped letters."""
    shorter, longer = sorted((one, other), key=len)
    start = next((at for at, letter in enumerate(shorter) if letter != longer[at]), len(shorter))
    rest, other_rest = shorter[start:], longer[start:]
    if len(shorter) < len(longer):
        return rest == other_rest[1:]
    return rest[1:] == other_rest[1:] or (rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:])
