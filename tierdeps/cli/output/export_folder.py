"""Folders of exported files: written whole or not at all, and never over a file that was not exported before.

A record in the folder, RECORD, names what was exported into it, with the hash of each file. What another export put
there, and nobody has changed since, may be replaced or removed; anything else is left alone, and refuses the export.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Self

import msgspec

from tierdeps._util.frozen import Value
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tierdeps.exporters import ExportedFile

#: Hidden, so that the systems whose files lie beside it do not read it.
RECORD = ".tierdeps-export.json"


class ExportRecord(Value):
    """What an exporter wrote into a folder: the hash of each file by its path below the folder."""

    exporter: str
    files: dict[str, str]


def write_export(folder: Path, exporter: str, files: Sequence[ExportedFile]) -> int:
    """Write files into a folder and remove what an earlier export left there; return how many were removed.

    Raises InputError, with the folder as it was.
    """
    try:
        return _write(folder, exporter, files)
    except OSError as error:
        file = error.filename or folder
        raise InputError(str(file), f"cannot be written: {(error.strerror or str(error)).lower()}") from None


def _write(folder: Path, exporter: str, files: Sequence[ExportedFile]) -> int:
    earlier = _read_record(folder)
    paths = {file.path for file in files}
    _refuse_foreign(folder, earlier, exporter, paths)
    gone = [path for path in earlier.files if path not in paths and (folder / path).is_file()]
    record = ExportRecord(exporter, {file.path: _hash(file.text.encode()) for file in files})
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    staged = Path(mkdtemp(prefix=".tierdeps-export-", dir=folder))
    try:
        for file in files:
            _stage(staged / "new" / file.path, file.text.encode(), executable=file.executable)
        _stage(staged / "new" / RECORD, msgspec.json.format(msgspec.json.encode(record)) + b"\n")
        with _Replacement(folder, staged) as replacement:
            for path in gone:
                replacement.remove(path)
            for path in (*sorted(paths), RECORD):
                replacement.put(path)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(staged)
    return len(gone)


class _Replacement:
    """Moves staged files into a folder one by one, and moves everything back if one of them fails."""

    def __init__(self, folder: Path, staged: Path) -> None:
        self._folder, self._new, self._old = folder, staged / "new", staged / "old"
        self._undo: list[tuple[Path, Path | None]] = []
        self._folders: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is not None:
            for path, old in reversed(self._undo):
                path.unlink(missing_ok=True) if old is None else old.replace(path)
            for folder in reversed(self._folders):
                with suppress(OSError):
                    folder.rmdir()
        else:
            self._remove_empty_folders()

    def remove(self, path: str) -> None:
        """Remove a file that an earlier export wrote."""
        self._keep(path)

    def put(self, path: str) -> None:
        """Move a staged file to its place."""
        if (self._folder / path).exists():
            self._keep(path)
        else:
            self._undo.append((self._folder / path, None))
        for parent in reversed((self._folder / path).relative_to(self._folder).parents[:-1]):
            if not (self._folder / parent).exists():
                (self._folder / parent).mkdir()
                self._folders.append(self._folder / parent)
        (self._new / path).replace(self._folder / path)

    def _keep(self, path: str) -> None:
        old = self._old / path
        old.parent.mkdir(parents=True, exist_ok=True)
        (self._folder / path).replace(old)
        self._undo.append((self._folder / path, old))

    def _remove_empty_folders(self) -> None:
        """Remove the folders of which the last file is gone, from the innermost on."""
        for path, old in self._undo:
            if old is not None and not path.exists():
                for parent in path.relative_to(self._folder).parents[:-1]:
                    with suppress(OSError):
                        (self._folder / parent).rmdir()


def _stage(path: Path, content: bytes, *, executable: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if executable:
        path.chmod(path.stat().st_mode | 0o111)


def _read_record(folder: Path) -> ExportRecord:
    """Return what was exported into a folder: nothing if it was never exported into. Raises InputError or OSError."""
    path = folder / RECORD
    if folder.exists() and not folder.is_dir():
        raise InputError(str(folder), "is a file; name a folder to export into")
    try:
        return msgspec.json.decode(path.read_bytes(), type=ExportRecord)
    except FileNotFoundError:
        return ExportRecord("", {})
    except msgspec.MsgspecError:
        raise InputError(str(path), "is no record of an export; remove it, or export into another folder") from None


def _refuse_foreign(folder: Path, earlier: ExportRecord, exporter: str, paths: Collection[str]) -> None:
    """Raise InputError if a file is in the way that no export wrote, or that was changed since."""
    if earlier.files and earlier.exporter != exporter:
        raise InputError(
            str(folder), f"holds an export to {earlier.exporter}; export to {exporter} into another folder"
        )
    for path in sorted({*paths, *earlier.files}):
        there = folder / path
        if not _lies_within(folder, path):
            raise InputError(str(there), "does not lie in the folder itself; export into another folder")
        if not os.path.lexists(there):
            continue
        if path not in earlier.files:
            raise InputError(str(there), "was not exported by tierdeps; move it, or export into another folder")
        if there.is_symlink() or not there.is_file() or _hash(there.read_bytes()) != earlier.files[path]:
            raise InputError(str(there), "was changed since it was exported; move it, or export into another folder")


def _lies_within(folder: Path, path: str) -> bool:
    """Return whether a path below a folder stays there: no link on the way to it leads elsewhere."""
    if path.startswith("/") or ".." in Path(path).parts:
        return False
    return not any((folder / parent).is_symlink() for parent in Path(path).parents[:-1])


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()
