"""Suggestions for misspelt names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

#: Among more names than these only names that are one edit away are found: comparing with each one is too slow.
MAX_FUZZY_NAMES = 500
#: The maximal number of times that two names are compared letter by letter for one KnownNames, after which only names
#: that are one edit away are found.
MAX_COMPARISONS = 20_000
#: A longer name has so many possible edits that they are not tried.
MAX_EDITED_LENGTH = 64
#: Names with more letters than this together are not indexed: the index takes some 200 bytes for each letter.
MAX_INDEXED_LETTERS = 1_000_000
#: How many names of the index are made in the time that is needed to try all edits of one name.
_INDEXED_PER_TRIAL = 100
#: The least similar name that is suggested: the share of letters that two names have in common, in this order.
_CUTOFF = 0.6
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@"


class KnownNames:
    """Names among which the nearest one is looked for, many times: what is found out about them is kept."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = names if isinstance(names, (AbstractSet, Mapping)) else frozenset(names)
        self._comparisons_left = MAX_COMPARISONS
        self._trials = 0

    def nearest(self, wrong: str, *excluded: str) -> str | None:
        """Return the known name that is most similar to a wrong one, None where none is similar enough."""
        omitted = frozenset(name for name in excluded if name in self._names)
        if len(self._names) - len(omitted) <= MAX_FUZZY_NAMES and self._comparisons_left > 0:
            return self._most_similar(wrong, omitted)
        return self._one_edit_away(wrong, omitted) if len(wrong) <= MAX_EDITED_LENGTH else None

    def _most_similar(self, wrong: str, omitted: Collection[str]) -> str | None:
        """Return what ``difflib.get_close_matches`` does; names that share too few letters are not compared."""
        from difflib import SequenceMatcher

        matcher = SequenceMatcher(b=wrong)
        best, nearest = _CUTOFF, ""
        for most, name in self._most_possible(wrong, omitted):
            if most < best:
                break
            matcher.set_seq1(name)
            self._comparisons_left -= 1
            best, nearest = max((best, nearest), (matcher.ratio(), name))
        return nearest or None

    def _most_possible(self, wrong: str, omitted: Collection[str]) -> list[tuple[float, str]]:
        """Return how similar each name can be at most, by the letters that it shares: the most similar first."""
        letters, size = _letters(wrong), len(wrong)
        found = [
            (2 * (mask & letters).bit_count() / (len(name) + size), name)
            for name, mask in self._masks.items()
            if name and name not in omitted
        ]
        return sorted((item for item in found if item[0] >= _CUTOFF), reverse=True)

    @cached_property
    def _masks(self) -> dict[str, int]:
        return {name: _letters(name) for name in self._names}

    def _one_edit_away(self, wrong: str, omitted: Collection[str]) -> str | None:
        """Return the first name at a distance of one edit: a letter replaced, inserted or removed, or two swapped."""
        self._trials += 1
        if self._trials * _INDEXED_PER_TRIAL > len(self._names) and self._can_be_indexed:
            return self._indexed(wrong, omitted)
        return min((name for name in _edited(wrong, self._names) if name not in omitted), default=None)

    @cached_property
    def _can_be_indexed(self) -> bool:
        return sum(map(len, self._names)) <= MAX_INDEXED_LETTERS

    def _indexed(self, wrong: str, omitted: Collection[str]) -> str | None:
        best: str | None = None
        for shared in {wrong, *_shortened(wrong)}:
            for name in self._index.get(shared, ()):
                is_first = best is None or name < best
                if is_first and name != wrong and name not in omitted and _is_one_edit(wrong, name):
                    best = name
        return best

    @cached_property
    def _index(self) -> dict[str, list[str]]:
        """The names by what is left of them without one letter, or with all: names at one edit share one of these."""
        found: dict[str, list[str]] = {}
        for name in self._names:
            if len(name) <= MAX_EDITED_LENGTH + 1:
                for part in {name, *_shortened(name)}:
                    found.setdefault(part, []).append(name)
        return found


def _letters(name: str) -> int:
    """Return the letters of a name as bits, so that the common bits of two names are as many as their common letters.

    The second ``a`` of a name has another bit than the first one. Two letters that are the same modulo
    128 count as one: names with such letters seem to share more than they do.
    """
    seen: Counter[int] = Counter()
    mask = 0
    for letter in name:
        place = ord(letter) % 128
        mask |= 1 << (place + 128 * seen[place])
        seen[place] += 1
    return mask


def _shortened(name: str) -> Iterator[str]:
    """Yield a name without each of its letters."""
    return (name[:index] + name[index + 1 :] for index in range(len(name)))


def _is_one_edit(wrong: str, name: str) -> bool:
    """Return whether two names that share what is left without a letter are one edit apart."""
    start = 0
    shorter = min(len(wrong), len(name))
    while start < shorter and wrong[start] == name[start]:
        start += 1
    one, other = wrong[start:], name[start:]
    if len(one) != len(other):
        return one[1:] == other or one == other[1:]
    return one[1:] == other[1:] or (one[:2] == other[1::-1] and one[2:] == other[2:])


def _edited(wrong: str, known: Collection[str]) -> Iterator[str]:
    """Yield the known names among all edits of a wrong one."""
    for index in range(len(wrong) + 1):
        head, tail = wrong[:index], wrong[index:]
        edited = [head + letter + tail for letter in _LETTERS]
        if tail:
            edited += [head + tail[1:], *(head + letter + tail[1:] for letter in _LETTERS)]
            edited.append(head + tail[1:2] + tail[:1] + tail[2:])
        yield from filter(wrong.__ne__, filter(known.__contains__, edited))


def nearest(wrong: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar to a wrong one, None where none is similar enough."""
    return KnownNames(known).nearest(wrong)


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the most similar known name, or an empty string."""
    return meant(nearest(wrong, known))


def meant(near: str | None) -> str:
    """Return the end of a message that names what is most likely meant, or an empty string."""
    return f"; did you mean {near!r}?" if near else ""
