"""For any bytes an importer returns declarations, or raises an error of one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.errors import InputError
from tierdeps.importers import Importer, Source
from tierdeps.importers import json as json_files
from tierdeps.importers import jsonl as jsonl_files
from tierdeps.importers import toml as toml_files
from tierdeps.importers import yaml as yaml_files
from tierdeps.model import Declarations

IMPORTERS = (toml_files.IMPORTER, json_files.IMPORTER, jsonl_files.IMPORTER, yaml_files.IMPORTER)
every_importer = pytest.mark.parametrize("importer", IMPORTERS, ids=lambda importer: importer.name)

KEYS = st.sampled_from(
    [
        *("drivers", "tiers", "facts", "choose", "disable", "expect", "order", "declare", "name", "a", "b", "", " "),
        *("tier", "phases", "provides", "requires", "after", "on", "when", "phase", "lifecycle", "command", "ready"),
        *("env", "cwd", "stop_signal", "retries", "timeout", "timing", "start", "on_failure", "é", "a.b", 'q"', "\\"),
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    KEYS,
    st.text(st.characters(exclude_categories=()), max_size=5),
    st.sampled_from(["exit", "tcp:a:1", "log:(", "SIGTERM", "a:B"]),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=4) | st.fixed_dictionaries(
    {"drivers": st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=4), max_size=3)}
)
FRAGMENTS = st.lists(
    st.sampled_from(
        [
            *("drivers", "requires", "a", " = ", ": ", "\n", "\r\n", "[", "]", "{", "}", ",", '"', "'", '"""', "'''"),
            *(
                "#",
                "\\",
                "\\u",
                "d800",
                "-",
                "- ",
                "  ",
                ".",
                "!",
                "!!str ",
                "&a ",
                "*a",
                "---",
                "?",
                "|",
                ">",
                "%",
                "@",
            ),
            *("\t", "\0", "\ufeff", "é", "\u2028", "1", "nan", "1e999", "true", "<<", "name", "on"),
        ]
    ),
    max_size=30,
).map("".join)


def outcome(importer: Importer, data: bytes) -> Declarations | InputError:
    """Return the declarations or the error; any other exception fails the test."""
    try:
        return importer.read(Source("given", Path("given"), data))
    except InputError as error:
        return error


def held(importer: Importer, data: bytes) -> None:
    """Check the promise for one importer and input."""
    found = outcome(importer, data)
    if isinstance(found, InputError):
        assert str(found).startswith("given: line ")
        assert "\n" not in str(found)
    else:
        assert isinstance(found, Declarations)
        hash((tuple(found.drivers), found.tiers))


@every_importer
@given(data=st.binary())
def test_any_bytes_are_read_or_refused(importer: Importer, data: bytes) -> None:
    held(importer, data)


@every_importer
@given(text=FRAGMENTS)
def test_any_text_is_read_or_refused(importer: Importer, text: str) -> None:
    held(importer, text.encode())


@given(document=DOCUMENTS)
def test_any_values_are_read_or_refused(document: dict[str, object]) -> None:
    text = json.dumps(document)
    held(json_files.IMPORTER, text.encode())
    held(yaml_files.IMPORTER, text.encode())


@given(lines=st.lists(DOCUMENTS, max_size=4))
def test_any_lines_are_read_or_refused(lines: list[dict[str, object]]) -> None:
    held(jsonl_files.IMPORTER, "\n".join(map(json.dumps, lines)).encode())


@given(data=st.binary() | FRAGMENTS.map(str.encode))
def test_the_standard_input_is_of_exactly_one_kind(data: bytes) -> None:
    source = Source("-", None, data)
    assert [importer.recognises(source) for importer in IMPORTERS].count(True) == 1
