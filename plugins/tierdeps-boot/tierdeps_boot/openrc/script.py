"""The text of ``depend()`` in a script: plain words are read, what is computed is only known when it runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tierdeps_boot._files import read_bytes, shown
from tierdeps_boot._names import Name
from tierdeps_boot._problems import Place
from tierdeps_boot.openrc.detect import INTERPRETER
from tierdeps_boot.openrc.service import PROVIDE, WORDS, Service, Use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tierdeps_boot._problems import Problems

_BEGIN = re.compile(r"\s*(?:function\s+)?depend\s*\(\s*\)\s*(\{)?(.*)")
#: What is one word, or part of one, whatever is in it.
_QUOTED = r""""(?:\\.|[^"\\])*"|'[^']*'|\$\([^()]*\)|`[^`]*`"""
_WORD = re.compile(rf"(?:{_QUOTED}|\S)+")
_SEPARATOR = re.compile(r"&&|\|\||;;|;|\|")
_QUOTED_OR_SEPARATOR = re.compile(rf"(?:{_QUOTED})|(?P<separator>{_SEPARATOR.pattern})")
#: The pattern of a case, at the start of a line.
_PATTERN = re.compile(r"^\s*\(?[^()]*\)(?=\s)")
_OPENING = frozenset({"if", "case", "for", "while", "until", "{", "("})
_CLOSING = frozenset({"fi", "esac", "done", "}", ")"})
_CONDITIONS = frozenset({"if", "elif", "case", "for", "while", "until"})
_SILENT = frozenset({"keyword", "config", ":", "true", "return", "local", "[", "[[", "test", "yesno"})
_COMPUTED = re.compile(r"[$`(){}\[\]?]")


class Command(NamedTuple):
    """A command in ``depend()``: its words, and whether it is always run."""

    place: Place
    words: tuple[str, ...]
    certain: bool


def service_of(path: Path, problems: Problems) -> Service | None:
    """Return the service of a script; None if it is no script of OpenRC."""
    data = read_bytes(path, problems)
    if data is None or INTERPRETER.match(data) is None:
        return None
    file = shown(path)
    uses: list[Use] = []
    provides: list[str] = []
    for command in _commands(data.decode(errors="replace"), file):
        word, *names = command.words
        if (word in WORDS or word == PROVIDE) and not command.certain:
            message = f"depend() of {path.name!r} has {' '.join(command.words)!r} only under a condition"
            problems.warning(command.place, message, path.name)
        if word in WORDS or word == PROVIDE:
            for name in _plain(command, names, path.name, problems):
                if word == PROVIDE:
                    provides.append(name)
                else:
                    uses.append(Use(word, Name(command.place, name), command.certain))
        elif word not in _SILENT:
            message = f"depend() of {path.name!r} runs {word!r}, and what that names is only known when it runs"
            problems.warning(command.place, message, path.name)
    return Service(path.name, Place(file, 1), tuple(uses), tuple(dict.fromkeys(provides)))


def _plain(command: Command, names: list[str], service: str, problems: Problems) -> Iterator[str]:
    """Yield the names that are known without running anything."""
    for name in names:
        bare = name.strip("\"'")
        if _COMPUTED.search(bare):
            message = f"depend() of {service!r} names {name!r}, which is only known when it runs"
            problems.warning(command.place, message, service)
        elif bare.startswith("!"):
            continue  # takes a name from a configuration back
        else:
            yield from bare.split()


def _commands(text: str, file: str) -> Iterator[Command]:
    """Yield the commands of ``depend()``, without those that only close what others open."""
    depth = 0
    inside = False
    for number, line in _lines(text):
        rest = line
        if not inside:
            begin = _BEGIN.fullmatch(line)
            if begin is None:
                continue
            inside, rest = True, begin[2]
            depth = 1 if begin[1] else 0
        chained = False
        for part in _parts(_PATTERN.sub("", rest) if depth > 1 else rest):
            words = tuple(_without_comment(part))
            if part in {"&&", "||"}:
                chained = True
            elif words and not _SEPARATOR.fullmatch(part):
                opened, words = _opened(words)
                depth += opened
                if words:
                    yield Command(Place(file, number), words, depth <= 1 and not chained)
                if depth <= 0 and opened < 0:
                    return
            elif part == ";":
                chained = False


def _parts(text: str) -> Iterator[str]:
    """Yield what is between the separators of a line, and these; what is quoted is in one part."""
    start = 0
    for found in _QUOTED_OR_SEPARATOR.finditer(text):
        if found["separator"]:
            yield text[start : found.start()]
            yield found["separator"]
            start = found.end()
    yield text[start:]


def _opened(words: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    """Return how many blocks words open, less those they close, and the words without these."""
    opened = 0
    while words and words[0] in _OPENING | _CLOSING | {"else", "elif", "then", "do"}:
        opened += 1 if words[0] in _OPENING else -1 if words[0] in _CLOSING else 0
        if words[0] in _CONDITIONS:
            return opened, ()
        words = words[1:]
    while words and words[-1] in _CLOSING:
        opened -= 1
        words = words[:-1]
    return opened, words


def _without_comment(part: str) -> Iterator[str]:
    for word in _WORD.findall(part):
        if word.startswith("#"):
            return
        yield word


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number; a line that ends with a backslash goes on in the next one."""
    kept, first = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        first = first or number
        if line.endswith("\\"):
            kept += line[:-1] + " "
            continue
        yield first, kept + line
        kept, first = "", 0
    if kept:
        yield first, kept
