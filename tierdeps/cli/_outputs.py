"""Answers written to files, in several formats in one run."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import click

from tierdeps.errors import InputError, UnknownNameError
from tierdeps.value import Value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: Names of files that say by themselves what is in them.
SUFFIXES = {".sarif": "sarif", ".xml": "junit", ".md": "markdown", ".txt": "text"}

output_option = click.option(
    "--output",
    "outputs",
    multiple=True,
    metavar="[FORMAT:]FILE",
    help="Write FILE too, whole or not at all; may be given more than once. FORMAT is what stands before the colon,"
    " else what the suffix says (.sarif; .xml: junit; .md: markdown; .txt: text), else --format, else json for .json."
    " What --format names is printed, or text where it is written to a FILE.",
)


class Output(Value):
    """A file to write, and in which format."""

    format: str
    file: str


def outputs_of(values: Iterable[str], asked: str | None, known: Collection[str]) -> tuple[Output, ...]:
    """Take apart what ``--output`` says; ``asked`` is what ``--format`` names, where it was given."""
    found = tuple(_output(value, asked, known) for value in values)
    files = [output.file for output in found]
    for file in files:
        if file in ("", "-"):
            raise click.UsageError(f"--output wants the name of a file, got {file!r}; what --format names is printed")
        if files.count(file) > 1:
            raise click.UsageError(f"--output names the file {file!r} more than once")
    return found


def _output(value: str, asked: str | None, known: Collection[str]) -> Output:
    name, colon, file = value.partition(":")
    if colon and "/" not in name:
        if name not in known:
            raise UnknownNameError("format of 'check'", name, known)
        return Output(name, file)
    suffix = PurePath(value).suffix.lower()
    chosen = SUFFIXES.get(suffix) or asked or ("json" if suffix == ".json" else None)
    if chosen is None:
        raise click.UsageError(f"cannot tell the format of --output {value!r}; write FORMAT:{value}")
    return Output(chosen, value)


def printed_format(outputs: Iterable[Output], asked: str | None) -> str:
    """Return the format of what is printed beside the files."""
    return asked if asked and asked not in {output.format for output in outputs} else "text"


def write_whole(file: str, text: str) -> None:
    """Write a file whole or not at all: beside its place first, and then into it. Raises InputError."""
    from tempfile import mkstemp

    try:
        path = Path(file).resolve()
        if path.exists() and not path.is_file():  # a pipe or a device cannot be replaced
            path.write_text(text, encoding="utf-8")
            return
        handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except (OSError, ValueError) as error:
        raise _unwritable(file, error) from None
    try:
        with open(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:  # noqa: PTH123  it is a number
            stream.write(text)
        Path(name).chmod(_mode(path))
        Path(name).replace(path)
    except OSError as error:
        with suppress(OSError):
            Path(name).unlink()
        raise _unwritable(file, error) from None


def _mode(path: Path) -> int:
    """Return the permissions the file has, or would have got."""
    if path.exists():
        return path.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _unwritable(file: str, error: OSError | ValueError) -> InputError:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return InputError(file, f"cannot be written: {reason.lower()}")
