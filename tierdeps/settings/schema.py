"""The schema of settings files, and how their content becomes settings."""

from __future__ import annotations

import re
from configparser import ConfigParser
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta

from tierdeps._util.suggest import suggestion
from tierdeps._util.text import shortened
from tierdeps._util.validation import Problem, SchemaError, convert
from tierdeps.errors import InputError, together
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps._util.validation import Difference
    from tierdeps.settings.places import Places

#: The key by which a file names its JSON Schema.
SCHEMA_KEY = "$schema"
Name = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
_WORDS: dict[object, str] = {
    tuple: "a list of names",
    dict: "a table",
    str: "a name",
    bool: "true or false",
    int: "a whole number, 1 to 1,000,000",
}


class Document(msgspec.Struct, frozen=True):
    """A settings file; each key is a field of Settings, but for ``$schema``, which is for editors."""

    disable: Annotated[
        tuple[Name, ...], Meta(description="Drivers that are not started; they keep their place in the order.")
    ] = ()
    choose: Annotated[
        dict[Name, Name], Meta(description="For a capability that several drivers provide, the driver to use.")
    ] = {}
    facts: Annotated[
        dict[Name, bool], Meta(description="Facts about this host; they override what plugins state.")
    ] = {}
    only: Annotated[tuple[Name, ...], Meta(description="Plugins or distributions to load; no others are loaded.")] = ()
    block: Annotated[tuple[Name, ...], Meta(description="Plugins or distributions not to load.")] = ()
    strict: Annotated[bool, Meta(description="Exit 3 when a plugin fails to load.")] = False
    engine: Annotated[Name, Meta(description="The engine that tierdeps start uses.")] = "local"
    log_size: Annotated[Count, Meta(description="The most that is kept of one driver's output in a run, in MiB.")] = 16
    log_runs: Annotated[Count, Meta(description="The number of runs of an instance of which logs are kept.")] = 10
    log_days: Annotated[Count, Meta(description="The number of days after which the logs of a run are removed.")] = 30
    drivers: Annotated[
        dict[Name, dict[Name, Any]],
        Meta(description="Settings of drivers: a table under the name of each, with keys of its own."),
    ] = {}
    defaults: Annotated[
        dict[Name, Any], Meta(description="Settings of all drivers; a driver's own table overrides them.")
    ] = {}
    select: Annotated[tuple[Name, ...], Meta(description="Rules to run: codes, prefixes of codes, or names.")] = ()
    ignore: Annotated[tuple[Name, ...], Meta(description="Rules not to run: codes, prefixes of codes, or names.")] = ()
    severity: Annotated[
        dict[Name, Literal["error", "warning", "off"]],
        Meta(description="The severity of findings, by code, prefix of codes, or name of a rule."),
    ] = {}
    hints: Annotated[
        dict[Name, Name], Meta(description="A hint to show with findings, by code, prefix of codes, or name of a rule.")
    ] = {}
    baseline: Annotated[
        str, Meta(description="The baseline file, which lists excused findings; relative to this file.")
    ] = ""
    graphs: Annotated[
        tuple[Name, ...],
        Meta(description="The graphs that commands take without a GRAPH: names and patterns, relative to this file."),
    ] = ()
    dependencies: Any = ()  # read by tierdeps.settings.edges, which knows the lines
    schema_: Annotated[str, Meta(description="The address of the JSON Schema of this file, for editors.")] = (
        msgspec.field(default="", name=SCHEMA_KEY)
    )


def settings_from(table: Mapping[str, object], places: Places) -> Settings:
    """Return the settings in a table. Raises InputError for all that is wrong in it.

    In a file with sections every value is text.
    """
    kinds = {field.encode_name: field.type for field in msgspec.structs.fields(Document)}
    values: dict[str, Any] = {}
    errors: list[InputError] = []
    for key, value in table.items():
        if key not in kinds:
            offer = suggestion(key, kinds) or f"; expected one of {', '.join(sorted(kinds.keys() - {SCHEMA_KEY}))}"
            errors.append(places.error((key,), f"unknown setting{offer}"))
            continue
        try:
            values[key] = convert(_from_text(kinds[key], value) if places.sections else value, kinds[key])
        except SchemaError as error:
            errors += (places.error((key, *_table_path(found)), _sentence(found)) for found in error.differences)
    if errors:
        raise together(errors)
    values.pop(SCHEMA_KEY, None)
    return Settings(source=places.name, **values)


def _table_path(error: Difference) -> tuple[str, ...]:
    """Return the keys that lead to the table with the wrong entry, or to the entry if its value is wrong."""
    keys = tuple(step for step in error.path if isinstance(step, str))
    return keys[:-1] if error.problem is Problem.WRONG_NAME else keys


def _sentence(error: Difference) -> str:
    """Return what was expected and what was found; an item of a list is counted from 1."""
    where = "".join(f"item {step + 1}: " for step in error.path if isinstance(step, int))
    got = (
        "a table"
        if isinstance(error.value, dict)
        else "a list"
        if isinstance(error.value, list)
        else shortened(_quoted(error.value))
    )
    return f"{where}expected {_expected(error.expected)}, got {got}"


def _quoted(value: object) -> str:
    """Return what a value looks like; a number with too many digits, as hexadecimal ones may have, not at all."""
    try:
        return repr(value)
    except ValueError:
        return "a number with too many digits"


def _expected(kind: Any) -> str:
    """Return a phrase for a type of the schema."""
    if get_origin(kind) is Annotated:
        return _expected(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return ", ".join(get_args(kind))
    return _WORDS[get_origin(kind) or kind]


def _from_text(kind: Any, value: object) -> object:
    """Return the value that a text means: the items of a list are separated by newlines or commas."""
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if isinstance(value, dict):
        inner = get_args(kind)[1] if get_origin(kind) is dict else None
        return {key: _from_text(inner, item) for key, item in value.items()}
    if get_origin(kind) is tuple:
        return [item for item in re.split(r"\s*[,\n]\s*", str(value)) if item]
    if kind is int and str(value).isdecimal():
        return int(str(value))
    if kind is bool:
        return ConfigParser.BOOLEAN_STATES.get(str(value).lower(), value)
    return value
