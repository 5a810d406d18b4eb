"""The files of a commit: found by name, and written into a folder without a checkout.

A tree is untrusted input: git lists names that it refuses to check out.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.cli.git.repository import Repository, git
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

#: A line of ``git cat-file --batch-check`` on a file or a folder that exists.
FOUND = re.compile(rb"(?P<object>[0-9a-f]{40,}) (?P<kind>blob|tree) \d+")
#: Its line on a symbolic link that cannot be followed in the tree: the reason, and the length of the text after it.
UNFOLLOWED = re.compile(rb"(?P<why>symlink|dangling|loop|notdir) (?P<length>\d+)")
#: A line of ``git ls-tree`` on a file: its mode, its object and its path.
LISTED = re.compile(rb"(?P<mode>\d+) blob (?P<object>[0-9a-f]+)\t(?P<path>.+)", re.DOTALL)
SYMLINK = b"120000"


class TreeEntry(Value):
    """A file or a folder of a commit: the requested name, and its object."""

    name: str
    object: bytes
    is_folder: bool


def find(repository: Repository, commit: str, names: Iterable[str]) -> Mapping[str, TreeEntry]:
    """Return the entries of the names that the commit has; links are followed. Raises InputError for unusable names."""
    paths = list(names)
    for name in paths:
        if "\n" in name:
            raise InputError(repr(name), "a name with a line break cannot be looked up in git")
    lines = b"".join(os.fsencode(f"{commit}:{repository.path(name)}\n") for name in paths)
    options = ("cat-file", "--batch-check", "--follow-symlinks")
    answers = _answers(git(repository.folder, *options, stdin=lines, subject=", ".join(paths)))
    found = {}
    for name, answer in zip(paths, answers, strict=True):
        if answer.startswith(b"symlink "):
            raise InputError(name, f"at {commit[:12]} this is a symbolic link that leads out of the repository")
        if match := FOUND.fullmatch(answer):
            found[name] = TreeEntry(name, match["object"], match["kind"] == b"tree")
    return found


def _answers(printed: bytes) -> Iterator[bytes]:
    """Yield the first line of each answer; that of a link which cannot be followed has a text after it."""
    position = 0
    while position < len(printed):
        end = printed.index(b"\n", position)
        line = printed[position:end]
        yield line
        unfollowed = UNFOLLOWED.fullmatch(line)
        position = end + 1 + (int(unfollowed["length"]) + 1 if unfollowed else 0)


def list_paths(repository: Repository, commit: str, *, folders: bool) -> Iterator[str]:
    """Yield the paths of all files of a commit, or of all folders."""
    options = ("-rd",) if folders else ("-r",)
    listed = git(repository.folder, "ls-tree", *options, "-z", "--full-tree", commit, subject=f"commit {commit[:12]}")
    wanted = b" tree " if folders else b" blob "
    for line in listed.split(b"\0"):
        about, _, path = line.partition(b"\t")
        if wanted in about:
            yield os.fsdecode(path)


def write(repository: Repository, entries: Iterable[TreeEntry], folder: Path) -> Path:
    """Write entries into a folder; return the folder in it to which their names are relative.

    Raises InputError for a path outside the folder, and for one that cannot be written.
    """
    here = folder / repository.prefix
    here.mkdir(parents=True, exist_ok=True)
    for entry in entries:
        files = _files(repository, entry)
        for path, content in zip(files, _contents(repository, files.values()), strict=True):
            target = here / entry.name / path if entry.is_folder else here / entry.name
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            except OSError as error:  # a name that is too long, or one that is both a file and a folder
                raise InputError(entry.name, f"cannot be written out: {(error.strerror or '').lower()}") from None
    return here


def _files(repository: Repository, entry: TreeEntry) -> Mapping[str, bytes]:
    """Return the files of an entry with their objects. Links in a folder are omitted: they may lead outside it."""
    if not entry.is_folder:
        return {"": entry.object}
    listed = git(repository.folder, "ls-tree", "-rz", "--full-tree", entry.object.decode(), subject=entry.name)
    files = (LISTED.fullmatch(line) for line in listed.split(b"\0"))
    inner = {os.fsdecode(found["path"]): found["object"] for found in files if found and found["mode"] != SYMLINK}
    for path in inner:
        if path.startswith("/") or ".." in path.split("/"):
            raise InputError(entry.name, f"it has a file {path!r}, which leads out of it; do not trust this repository")
    return inner


def _contents(repository: Repository, objects: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the contents of objects: git prints each after a line that ends with its size."""
    lines = b"".join(name + b"\n" for name in objects)
    printed = git(repository.folder, "cat-file", "--batch", stdin=lines, subject="the files of a revision")
    position = 0
    while position < len(printed):
        start = printed.index(b"\n", position) + 1
        end = start + int(printed[position:start].split()[-1])
        yield printed[start:end]
        position = end + 1
