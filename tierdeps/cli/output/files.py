"""Answers in files, in several formats from one run of a command."""

from __future__ import annotations

import errno
import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import click

from tierdeps._util.atomic_write import write_whole
from tierdeps._util.frozen import Value
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.output.terminal import show
from tierdeps.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

#: The formats of files by suffix.
SUFFIXES = {".sarif": "sarif", ".xml": "junit", ".md": "markdown", ".html": "html", ".txt": "text"}

output_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--output",
    "outputs",
    multiple=True,
    metavar="[FORMAT:]FILE",
    help="Also write the report to FILE; may be repeated. FORMAT is the format of the file; by default it follows from"
    " the suffix (.sarif; .xml: junit; .md: markdown; .html: html; .txt: text), else it is that of --format, else json"
    " for .json. If a FILE gets the format of --format, text is printed. FILE - is printed instead.",
)


class Output(Value):
    """A file to write, and its format."""

    format: str
    file: str


def outputs_of(values: Iterable[str], choice: str | None, known: Collection[str]) -> tuple[Output, ...]:
    """Return the outputs, the printed one last; ``choice`` is the value of ``--format``, None if it was not given."""
    found = tuple(_output(value, choice, known) for value in values)
    files = [output.file for output in found]
    for file in files:
        if not file:
            raise click.UsageError(
                f"--output expects the name of a file, got {file!r}; without --output the answer is printed"
            )
        if files.count(file) > 1:
            place = "the standard output" if file == "-" else f"the file {file!r}"
            raise click.UsageError(f"--output names {place} more than once")
    written = tuple(output for output in found if output.file != "-")
    return (*written, _printed(found, choice))


def _output(value: str, choice: str | None, known: Collection[str]) -> Output:
    name, colon, file = value.partition(":")
    if colon and "/" not in name:
        if name not in known:
            raise UnknownNameError("format of 'check'", name, known)
        return Output(name, file)
    suffix = PurePath(value).suffix.lower()
    chosen = SUFFIXES.get(suffix) or choice or ("json" if suffix == ".json" else "text" if value == "-" else None)
    if chosen is None:
        raise click.UsageError(f"--output {value!r} has no known suffix; write FORMAT:{value}")
    return Output(chosen, value)


def _printed(outputs: Collection[Output], choice: str | None) -> Output:
    """Return the printed output: what ``--output`` sends there, or the format of ``--format`` that no file has."""
    formats = {output.format for output in outputs}
    for output in outputs:
        if output.file == "-":
            if choice and choice not in formats:
                both = f"--output {output.format}:- and --format {choice}"
                raise click.UsageError(f"{both} both print to standard output; write one of them to a file")
            return output
    return Output(choice if choice and choice not in formats else "text", "-")


def write_answer(file: str, text: str, *, pager: bool = True) -> None:
    """Write a file whole or not at all; ``-`` is the standard output, maybe through a pager. Raises InputError.

    See ``tierdeps._util.atomic_write`` for what becomes of links, permissions, pipes and devices.
    """
    if file == "-":
        show(text, as_it_is=True, pager=pager)
        return
    if not file:
        raise InputError("", "--output names no file; name one, or - to print it")
    try:
        with ANSWER.given_back():  # it may be /dev/stdout
            write_whole(file, text)
    except (OSError, ValueError) as error:
        raise _unwritable(file, error) from None


def refuse_unwritable(files: Iterable[str]) -> None:
    """Raise InputError for a file that cannot be written, as far as that can be seen: for answers that take long."""
    for file in files:
        try:
            number = _obstacle(Path(file)) if file != "-" else 0
        except (OSError, ValueError) as error:
            raise _unwritable(file, error) from None
        if number:
            raise _unwritable(file, OSError(number, os.strerror(number)))


def _obstacle(path: Path) -> int:
    """Return the number of the error with which a file cannot be replaced, 0 for none."""
    if path.is_dir():
        return errno.EISDIR
    if path.exists() and not path.is_file():
        return 0  # a device or a pipe
    folder = path.resolve().parent
    if not folder.is_dir():
        return errno.ENOTDIR if folder.exists() else errno.ENOENT
    return 0 if os.access(folder, os.W_OK | os.X_OK) else errno.EACCES


def _unwritable(file: str, error: OSError | ValueError) -> InputError:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return InputError(file, f"cannot be written: {reason.lower()}")
