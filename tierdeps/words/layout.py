"""Lines broken between words at the width of a terminal, the rest of each line below its own text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from rich.console import Console

#: A narrower terminal breaks lines as it likes.
MIN_WIDTH = 30
#: Longer cells of a table do not count for the width of their column.
MAX_CELL = 40
#: The rest of a line stands below its text by so many columns, unless the line is an item or says where.
INDENT = 2
#: What stands before the text of a line: blanks, and the sign or the number of an item.
_LEAD = re.compile(r"\s*(?:(?:[-+~*>] |\d+\. |because )\s*)?")
_ESCAPES = re.compile(r"\x1b\[[\d;]*m|\x1b\]8;;.*?\x1b\\")


class Hanging(str):
    """A line whose rest stands below a column of it: below the last cell of a row, for example."""

    __slots__ = ("column",)

    column: int

    @classmethod
    def at(cls, column: int, text: str) -> Hanging:
        """Return a line with its column."""
        line = cls(text)
        line.column = column
        return line


def table(rows: Sequence[Sequence[str]], *, right: Collection[int] = (), lead: str = "") -> Iterator[str]:
    """Yield rows of cells in columns, two blanks apart; the numbers of ``right`` are those that end in line.

    The rest of a row that is too long stands below its last cell.
    """
    widths = [_width(cells) for cells in zip(*rows, strict=True)]
    for row in rows:
        cells = []
        for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * max(width - _columns(cell), 0)
            cells.append(space + cell if index in right else cell + space)
        before = len(lead) + sum(widths[:-1]) + 2 * (len(widths) - 1)
        yield Hanging.at(before, (lead + "  ".join(cells)).rstrip())


def _width(cells: Sequence[str]) -> int:
    """Return the width of a column; a cell that is longer than most does not move the next column."""
    return max((width for width in map(_columns, cells) if width <= MAX_CELL), default=MAX_CELL)


def _columns(cell: str) -> int:
    if cell.isascii() and "\x1b" not in cell:
        return len(cell)
    from rich.cells import cell_len

    return cell_len(unstyled(cell))


def wrapped(lines: Iterable[str], width: int) -> Iterator[str]:
    """Yield lines that are at most so wide, but for words that are longer; those that fit are yielded as they are."""
    console: Console | None = None
    for line in lines:
        if width < MIN_WIDTH or (line.isascii() and len(line) <= width) or _fits(line, width):
            yield line
            continue
        if console is None:
            console = _console(width)
        yield from _broken(console, line, width)


def unstyled(line: str) -> str:
    """Return a line without colours and links."""
    return _ESCAPES.sub("", line)


def _fits(line: str, width: int) -> bool:
    return _columns(line) <= width


def _console(width: int) -> Console:
    from rich.console import Console

    return Console(
        force_terminal=True,
        color_system="standard",
        width=width,
        highlight=False,
        emoji=False,
        markup=False,
        record=False,
    )


def _broken(console: Console, line: str, width: int) -> Iterator[str]:
    """Break one line between words."""
    from rich.text import Text

    text = Text.from_ansi(line)
    column = _column(line, text.plain)
    widest = width * 2 // 3 if isinstance(line, Hanging) else width // 2
    if column > widest:
        column = len(text.plain) - len(text.plain.lstrip()) + INDENT
    if column > widest:
        column = 0
    for index, part in enumerate(text.divide(_breaks(text.plain, width, column))):
        part.rstrip()
        with console.capture() as capture:
            console.print(Text(" " * column) + part if index else part, soft_wrap=True, end="")
        yield capture.get()


def _breaks(text: str, width: int, column: int) -> Iterator[int]:
    """Yield where lines begin; a word that is longer than a line is not broken, so that it can be copied whole."""
    from rich.cells import cell_len

    used, is_empty = len(text) - len(text.lstrip()), True
    for word in re.finditer(r"\S+\s*", text):
        if not is_empty and used + cell_len(word[0].rstrip()) > width:
            yield word.start()
            used = column
        used, is_empty = used + cell_len(word[0]), False


def _column(line: str, plain: str) -> int:
    if isinstance(line, Hanging):
        return line.column
    found = _LEAD.match(plain)
    end = found.end() if found else 0
    return end if found and found[0].strip() else end + INDENT
