"""The git repository around a folder: its root, its revisions, and the files renamed between two of them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The advice on a revision that a shallow clone lacks.
SHALLOW_ADVICE = "this is a shallow clone: git fetch --unshallow (in GitHub's checkout: fetch-depth: 0) gets the rest"
#: English messages, which are matched; and no lock that would wait for other git commands.
ENVIRONMENT = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}


class Revisions(Value):
    """Two revisions as the user names them; ``new`` is None for the working tree.

    ``merge_base`` asks for the commit where the two parted instead of the old one.
    """

    old: str
    new: str | None = None
    merge_base: bool = False

    @property
    def names(self) -> tuple[str, str]:
        """The names of the two sides in an answer."""
        new = "working tree" if self.new is None else self.new
        return (f"common ancestor of {self.old} and {new}" if self.merge_base else self.old), new


class Repository(Value):
    """The repository around a folder; ``prefix`` is the folder's path in it, ``top`` None where there are no files."""

    folder: Path
    top: Path | None
    prefix: str

    @classmethod
    def here(cls) -> Repository:
        """Find the one around the current folder. Raises InputError where there is none."""
        try:
            folder = Path.cwd()
        except FileNotFoundError:
            raise InputError("the current folder", "it has been deleted; change to another one") from None
        return cls.around(folder)

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """Find the one around a folder. Raises InputError where there is none."""
        if _line(git(folder, "rev-parse", "--is-inside-work-tree", subject="revisions")) != "true":
            return cls(folder, None, "")  # bare, or inside the folder .git: paths start at the root of the tree
        top = git(folder, "rev-parse", "--show-toplevel", subject="revisions")
        prefix = git(folder, "rev-parse", "--show-prefix", subject="revisions")
        return cls(folder, Path(_line(top)), _line(prefix))

    def has(self, revision: str) -> bool:
        """Return whether there is such a revision."""
        return _run(self.folder, *_verify(revision)).returncode == 0

    def commit(self, revision: str) -> str:
        """Return the commit that a revision names. Raises InputError where there is none."""
        done = _run(self.folder, *_verify(revision))
        if done.returncode:
            raise InputError(f"revision {revision!r}", f"git has no such revision{self._advice(revision)}")
        return _line(done.stdout)

    def commits(self, revisions: Revisions) -> tuple[str, str | None]:
        """Return the commits of two revisions. Raises InputError for one that is not there."""
        old = self.commit(revisions.old)
        if revisions.new is None:
            if self.top is None:
                raise InputError("working tree", "there is none in a bare repository; name two revisions: REV..REV")
            return old, None
        new = self.commit(revisions.new)
        if revisions.merge_base:
            subject = f"{revisions.old}...{revisions.new}"
            refusal = "these revisions have no common ancestor" + (
                f" here; {SHALLOW_ADVICE}" if self._is_shallow() else ""
            )
            old = _line(git(self.folder, "merge-base", old, new, subject=subject, refusal=refusal))
        return old, new

    def relative(self, name: str) -> str:
        """Return a name as seen from the folder. Raises InputError for one outside the repository."""
        found = os.path.relpath(self.folder / name, self.folder)
        if self._is_outside(found):  # what was named through a symbolic link may be inside all the same
            found = os.path.relpath((self.folder / name).parent.resolve() / Path(name).name, self.folder)
        if self._is_outside(found):
            raise InputError(name, "it is outside the repository, so git has no other version of it")
        if found == "-":
            return "./-"
        return f"{found}/" if name.endswith("/") else found  # of a pattern, a slash says that folders are meant

    def _is_outside(self, name: str) -> bool:
        return f"{self.path(name)}/".startswith(("../", "/"))

    def path(self, name: str) -> str:
        """Return the path in the repository of a name that is relative to the folder."""
        path = os.path.normpath(os.path.join(self.prefix, name))  # noqa: PTH118  it is of another tree than the folder
        return "" if path == "." else path

    def name(self, path: str) -> str:
        """Return the name, relative to the folder, of a path in the repository."""
        return os.path.relpath(path, self.prefix or ".")

    def renames(self, old: str, new: str | None) -> Mapping[str, str]:
        """Return the old path of each file that was renamed between two commits, or one and the working tree."""
        command = ("diff-index", old) if new is None else ("diff-tree", "-r", old, new)
        options = ("-z", "-M", "--name-status", "--diff-filter=R")
        listed = git(self.top or self.folder, command[0], *options, *command[1:], "--", subject="renamed files")
        fields = os.fsdecode(listed).split("\0")
        return dict(zip(fields[2::3], fields[1::3], strict=False))

    def inner(self, name: str) -> str | None:
        """Return the inner repository, such as a submodule, to which a file belongs; None for our own."""
        if self.top is None:
            return None
        parents = Path(self.path(name)).parents[:-1]
        return next((str(folder) for folder in parents if (self.top / folder / ".git").exists()), None)

    def is_checked_out(self, path: str) -> bool:
        """Return whether a missing file belongs in the working tree: a sparse checkout excludes some."""
        listed = git(self.top or self.folder, "--literal-pathspecs", "ls-files", "-t", "-z", "--", path, subject=path)
        return not listed.startswith(b"S ")

    def _advice(self, revision: str) -> str:
        """Return the advice on a revision that is missing."""
        if self._is_shallow():
            return f"; {SHALLOW_ADVICE}"
        command = ("for-each-ref", "--format=%(refname:short)", "refs/remotes")
        remote = _run(self.folder, *command).stdout.decode(errors="replace").splitlines()
        near = next((name for name in remote if name.partition("/")[2] == revision), None)
        return f"; did you mean {near!r}?" if near else "; git log --all lists those that are here"

    def _is_shallow(self) -> bool:
        return _run(self.folder, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"


def git(folder: Path, *arguments: str, subject: str, stdin: bytes = b"", refusal: str = "") -> bytes:
    """Return the output of git. Raises InputError if it fails, with ``refusal`` or git's own message."""
    done = _run(folder, *arguments, stdin=stdin)
    if done.returncode:
        raise InputError(subject, refusal or _reason(done))
    return done.stdout


def _run(folder: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | ENVIRONMENT
    try:
        # no shell is involved, and what the user wrote stands behind "--" or "--end-of-options"
        return subprocess.run(  # noqa: S603
            ("git", *arguments),  # noqa: S607  whichever git there is
            cwd=folder,
            env=environment,
            capture_output=True,
            input=stdin,
            check=False,
        )
    except FileNotFoundError:
        raise InputError("git", "it is not installed; name two graph files instead of revisions") from None
    except OSError as error:
        raise InputError("git", f"it cannot be run: {(error.strerror or str(error)).lower()}") from None


def _verify(revision: str) -> tuple[str, ...]:
    return ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return why git failed: its first fatal line, and the command that it suggests for a foreign owner."""
    lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
    fatal = next((line for line in lines if line.startswith("fatal: ")), lines[-1]).removeprefix("fatal: ")
    offered = next((f"; {line.strip()}" for line in lines if line.strip().startswith("git config --global")), "")
    return f"git says: {fatal}{offered}"


def _line(printed: bytes) -> str:
    return os.fsdecode(printed).removesuffix("\n")
