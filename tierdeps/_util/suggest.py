"""Suggestions for misspelt names."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

#: Among more names than these only names that are one edit away are found: comparing with each one is too slow.
MAX_FUZZY_NAMES = 500
#: A longer name has so many possible edits that they are not tried.
MAX_EDITED_LENGTH = 64
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@"


def nearest(wrong: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar to a wrong one, None where none is similar enough."""
    names = known if isinstance(known, (AbstractSet, Mapping)) else frozenset(known)
    if len(names) > MAX_FUZZY_NAMES:
        return min(_one_edit_away(wrong, names), default=None)
    from difflib import get_close_matches

    near = get_close_matches(wrong, sorted(names), n=1, cutoff=0.6)
    return near[0] if near else None


def _one_edit_away(wrong: str, known: Collection[str]) -> Iterator[str]:
    """Yield the known names at a distance of one edit: a letter replaced, inserted or removed, or two swapped."""
    if len(wrong) > MAX_EDITED_LENGTH:
        return
    for index in range(len(wrong) + 1):
        head, tail = wrong[:index], wrong[index:]
        edited = [head + letter + tail for letter in _LETTERS]
        if tail:
            edited += [head + tail[1:], *(head + letter + tail[1:] for letter in _LETTERS)]
            edited.append(head + tail[1:2] + tail[:1] + tail[2:])
        yield from filter(wrong.__ne__, filter(known.__contains__, edited))


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the most similar known name, or an empty string."""
    near = nearest(wrong, known)
    return f"; did you mean {near!r}?" if near else ""
