"""The graphs to compare between two revisions: one that only one side has is new, removed or renamed."""

from __future__ import annotations

from glob import glob
from os.path import normpath
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, replace
from tierdeps.analysis.diff import Sides
from tierdeps.cli.git.patterns import is_pattern, matching
from tierdeps.cli.git.trees import find, list_paths
from tierdeps.errors import InputError
from tierdeps.settings.file import NAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from tierdeps.analysis.diff import Difference
    from tierdeps.cli.git.repository import Repository


class GraphPair(Value):
    """The name of a graph on each side; None where that side lacks it."""

    old: str | None
    new: str | None


def side_has(repository: Repository, commit: str | None, names: Iterable[str]) -> Collection[str]:
    """Return those of the names that a commit has, or the working tree."""
    return find(repository, commit, names) if commit else {name for name in names if Path(name).exists()}


def expand(repository: Repository, sides: Sequence[str | None], names: Iterable[str]) -> list[str]:
    """Return the names, patterns replaced by what they match on either side: what one side lacks is matched too."""
    found: dict[str, None] = {}
    for name in names:
        plain = not is_pattern(name) or any(side_has(repository, side, [name]) for side in sides)
        matches = () if plain else sorted({match for side in sides for match in _side_matching(repository, side, name)})
        found |= dict.fromkeys(matches or [name])
    return list(found)


def _side_matching(repository: Repository, commit: str | None, pattern: str) -> Iterable[str]:
    """Return the files of one side a pattern matches, settings aside, or folders where it ends in a slash."""
    folders = pattern.endswith("/")
    if commit:
        paths = matching(repository.path(pattern), list_paths(repository, commit, folders=folders))
        found = [repository.name(path) for path in paths]
    else:
        found = [normpath(name) for name in glob(pattern, recursive=True) if folders or Path(name).is_file()]  # noqa: PTH207
    return (name for name in found if Path(name).name not in NAMES)


def pair_graphs(repository: Repository, old: str, new: str | None, names: Sequence[str]) -> Sequence[GraphPair]:
    """Return the graphs to be compared, each once. Raises InputError for a name that neither side has."""
    before, after = side_has(repository, old, names), side_has(repository, new, names)
    lacking = [name for name in names if name not in before or name not in after]
    for name in lacking:
        _refuse_unreadable(repository, new, name, is_anywhere=name in before or name in after)
    renames = _renames(repository, old, new) if lacking else {}
    former = {name: source for source, name in renames.items()}
    pairs = [
        GraphPair(
            name if name in before else former.get(name),
            name if name in after else renames.get(name),
        )
        for name in names
    ]
    return tuple(dict.fromkeys(pairs))


def _renames(repository: Repository, old: str, new: str | None) -> Mapping[str, str]:
    """Return old names of files with new ones, both as seen from the folder."""
    renamed = repository.renames(old, new)
    return {repository.name(source): repository.name(path) for path, source in renamed.items()}


def _refuse_unreadable(repository: Repository, new: str | None, name: str, *, is_anywhere: bool) -> None:
    """Raise InputError for a graph that neither side has, and for one that only seems to be missing from one."""
    if inner := repository.inner(name):
        raise InputError(name, f"it belongs to the repository in {inner}; compare its revisions there")
    if not is_anywhere:
        sides = "in either revision" if new else "in the revision, nor in the working tree"
        raise InputError(name, f"no such file or folder {sides}")
    if new is None and not Path(name).exists() and not repository.is_checked_out(repository.path(name)):
        raise InputError(name, "it is not checked out here (git sparse-checkout), so it cannot be compared")


def with_graphs(difference: Difference, pairs: Iterable[GraphPair]) -> Difference:
    """Return a difference that also lists which graphs are new, removed and renamed."""
    both = [(pair.old, pair.new) for pair in pairs if pair.old and pair.new]
    return replace(
        difference,
        graphs=Sides(
            tuple(pair.new for pair in pairs if pair.new and not pair.old),
            tuple(pair.old for pair in pairs if pair.old and not pair.new),
        ),
        graphs_renamed=tuple((old, new) for old, new in both if old != new),
    )


def named(difference: Difference, pair: GraphPair) -> Difference:
    """Return a difference whose sides are named as git names a file of a revision: ``REV:FILE``."""
    old, new = pair.old or pair.new, pair.new or pair.old
    return replace(difference, old=f"{difference.old}:{old}", new=f"{difference.new}:{new}")
