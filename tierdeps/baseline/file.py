"""The baseline as a file that people read and review: ``tierdeps.baseline.toml``."""

from __future__ import annotations

import json
import re
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from tierdeps._util.suggest import suggestion
from tierdeps._util.text import NotUtf8Error, decode_utf8, long_number_line
from tierdeps.baseline import Baseline, Entry
from tierdeps.baseline.identity import Identity
from tierdeps.errors import InputError, together
from tierdeps.model import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    import msgspec

    from tierdeps._util.validation import Difference

NAME = "tierdeps.baseline.toml"

SCHEMA = "tierdeps/baseline/1"

_HEAD = f"""\
# Findings of "tierdeps check" that are excused for now. Whatever is not listed here fails the check, and so does an
# entry that excuses nothing any more or whose day "until" is over. An entry holds for the graphs that it names,
# relative to this file, or for the installed plugins where it names none.
#
# Edit reason, owner and until as you like. "tierdeps check [GRAPH] --update-baseline --reason TEXT" only adds entries,
# "tierdeps check [GRAPH] --prune" only removes those of that graph that excuse nothing; other comments are not kept.
schema = "{SCHEMA}"
"""
#: The maximal number of letters that are shown of a wrong value.
MAX_LETTERS_SHOWN = 200
_KEYS = ("code", "graphs", "drivers", "subject", "edges", "reason", "owner", "until")
_EXPECTED = {
    "until": "a date such as 2030-12-31",
    **dict.fromkeys(("graphs", "drivers", "subject", "edges"), "a list of strings"),
}
_OTHER_SCHEMA = (
    f"expected {SCHEMA!r}: another version of tierdeps wrote this file, and its entries may not say which graph they"
    " are of; remove it and write a new one: tierdeps check [GRAPH] --update-baseline --reason TEXT"
)
_TABLE = re.compile(r"^[ \t]*\[\[[ \t]*known[ \t]*\]\]", re.MULTILINE)


def parse(source: str, data: bytes) -> Baseline:
    """Return the baseline in a file's bytes. Raises InputError, which names the file, the entry and what is wrong."""
    import tomllib

    from tierdeps._util.toml import loads

    try:
        text = decode_utf8(data)
        raw = loads(text)
    except NotUtf8Error as error:
        raise InputError(source, str(error), f"line {error.line}") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(source, f"not valid TOML: {error}") from None
    except RecursionError:
        raise InputError(source, "not valid TOML: nested too deeply") from None
    except ValueError:
        place = f"line {long_number_line(text)}"
        raise InputError(source, "expected a number, got one with too many digits", place) from None
    if unknown := sorted(raw.keys() - {"known", "schema", "$schema"}):
        raise InputError(source, f"expected only tables [[known]], got the key {unknown[0]!r}")
    if not isinstance(named := raw.get("$schema", ""), str):
        raise InputError(source, f"expected the address of a JSON Schema, got {_shown(named)}", "$schema")
    found = Baseline(tuple(_entries(source, text, raw)), named)
    if raw.get("schema", SCHEMA if not found.entries else None) != SCHEMA:
        raise InputError(source, _OTHER_SCHEMA, "schema")
    return found


def _entries(source: str, text: str, raw: dict[str, Any]) -> list[Entry]:
    """Return the entries. Raises InputError for all that is wrong in them, each with the number of its entry."""
    tables = raw.get("known", [])
    if not isinstance(tables, list):
        raise InputError(source, "expected a list of tables, each [[known]]", "known")
    lines = _lines(text, len(tables))
    kind = entry_struct()
    found: list[Entry] = []
    errors: list[InputError] = []
    seen: dict[object, int] = {}
    for number, (item, line) in enumerate(zip(tables, lines, strict=True), 1):
        place = f"line {line}, entry {number}" if line else f"entry {number}"
        try:
            entry = _checked(item, kind, Origin(file=source, line=line, key=f"known[{number}]"))
        except _EntryError as error:
            errors += (InputError(source, sentence, place) for sentence in error.args)
            continue
        if (first := seen.setdefault(entry.key, number)) != number:
            errors.append(InputError(source, f"repeats entry {first}; remove one of them", place))
        found.append(entry)
    if errors:
        raise together(errors)
    return found


class _EntryError(Exception):
    """What is wrong with an entry, a sentence each; it does not leave this module."""


def _checked(item: object, kind: type[msgspec.Struct], origin: Origin) -> Entry:
    from tierdeps._util.validation import SchemaError, convert

    try:
        known = convert(item, kind)
    except SchemaError as error:
        raise _EntryError(*dict.fromkeys(_sentence(found, item) for found in error.differences)) from None
    entry = _entry(known, origin)
    if not entry.reason.strip():
        raise _EntryError("expected a reason, got an empty one")
    return entry


def entry_struct() -> type[msgspec.Struct]:
    """Return the structure of an entry, made when it is first needed."""
    from datetime import date

    import msgspec

    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = [
        ("code", str),
        ("reason", str),
        ("graphs", tuple[str, ...], ()),
        ("drivers", tuple[str, ...], ()),
        ("subject", tuple[str, ...], ()),
        ("edges", tuple[str, ...], ()),
        ("owner", str, ""),
        ("until", date | None, None),
    ]
    return msgspec.defstruct("Known", fields, forbid_unknown_fields=True, frozen=True)


def _entry(found: Any, origin: Origin) -> Entry:
    lists = (found.drivers, found.subject, found.edges, found.graphs)
    *parts, graphs = (tuple(sorted(set(part))) for part in lists)
    return Entry(Identity(found.code, *parts), found.reason, found.owner, found.until, origin, graphs)


def _sentence(error: Difference, item: object) -> str:
    """Return what is wrong with an entry, for its reader: which key, what was expected and what was found."""
    from tierdeps._util.validation import Problem

    if not isinstance(item, dict):
        return "expected a table, [[known]]"
    if error.problem is Problem.UNKNOWN_KEY:
        return _unknown(error.key)
    if error.problem is Problem.MISSING_KEY:
        return f"the key {error.key!r} is missing; every entry needs it"
    key = str(error.path[0])
    return f"{key}: expected {_EXPECTED.get(key, 'a string')}, got {_shown(item[key])}"


def _shown(value: object) -> str:
    """Return what a value looks like; a long one in part, and a number with too many digits not at all."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return "another value"
    return text if len(text) <= MAX_LETTERS_SHOWN else f"{text[:MAX_LETTERS_SHOWN]}..."


def _unknown(key: str) -> str:
    return f"unknown key {key!r}{suggestion(key, _KEYS) or '; expected one of ' + ', '.join(_KEYS)}"


def _lines(text: str, count: int) -> list[int | None]:
    """Return the line of each entry; none where text inside a string looks like the head of one."""
    starts = [match.start() for match in _TABLE.finditer(text)]
    if len(starts) != count:
        return [None] * count
    between = (text.count("\n", before, start) for before, start in pairwise((0, *starts)))
    return [line + 1 for line in accumulate(between)]


def text_of(baseline: Baseline) -> str:
    """Return the file's text: the same for the same entries, sorted by graphs, and then by what they are about."""
    ordered = sorted(baseline.entries, key=lambda entry: (entry.graphs, entry.identity.sort_key))
    named = f'"$schema" = {_string(baseline.json_schema)}\n' if baseline.json_schema else ""
    return "\n".join([named + _HEAD, *("\n".join(_table(entry)) + "\n" for entry in ordered)])


def _table(entry: Entry) -> Iterator[str]:
    identity = entry.identity
    yield "[[known]]"
    yield f"code = {_string(identity.code)}"
    lists = {
        "graphs": entry.graphs,
        "drivers": identity.drivers,
        "subject": identity.subject,
        "edges": identity.edges,
    }
    for key, names in lists.items():
        if names:
            yield f"{key} = {_list(names)}"
    yield f"reason = {_string(entry.reason)}"
    if entry.owner:
        yield f"owner = {_string(entry.owner)}"
    if entry.until:
        yield f"until = {entry.until.isoformat()}"


def _list(names: tuple[str, ...]) -> str:
    """Write one name on one line and several on a line each: so that a review shows which one changed."""
    if len(names) == 1:
        return f"[{_string(names[0])}]"
    return "[\n" + "".join(f"    {_string(name)},\n" for name in names) + "]"


def _string(text: str) -> str:
    """Write a TOML basic string: as JSON does, but for the one character more that TOML wants escaped."""
    whole = text.encode(errors="backslashreplace").decode()
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")
