"""Strategies for inputs with the right syntax: repeated keys, values of every type and size, and damaged texts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.importers.graphfile.test_any_bytes import FRAGMENTS, KEYS
from tests.test_damaged_inputs import damaged

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    Texts = st.SearchStrategy[str]

ODD_TEXT = st.text(st.characters(exclude_categories=()), max_size=8) | st.sampled_from(
    ["\0", "\x1b[31m", "\u202e", "\u2028", "\ud800", "\ufeff", "e\u0301", "x" * 5000, "::error::", "a:b:c", "../..", ""]
)
NUMBERS = st.sampled_from(
    ["0", "-1", "1" * 5000, "-" + "9" * 5000, "1e999", "1e-999", "1." + "3" * 5000, "1_0", "0x" + "f" * 5000]
) | st.integers().map(str)
WORDS = st.sampled_from(
    ["true", "false", "null", "nan", "inf", "NaN", "-Infinity", "1979-05-27", "07:32:00", "~", "*a"]
)


def nested(depth: int) -> str:
    """Return lists in lists."""
    return "[" * depth + "]" * depth


def quoted(text: str) -> str:
    """Return a text as JSON writes it, which TOML and YAML read too."""
    return json.dumps(text)


def values(keys: Texts, equals: str) -> Texts:
    """Return texts of values, with tables whose keys may be repeated."""
    scalars = NUMBERS | WORDS | ODD_TEXT.map(quoted) | keys.map(quoted) | st.sampled_from([nested(9), nested(1200)])

    def wider(inner: Texts) -> Texts:
        lists = st.lists(inner, max_size=3).map(lambda found: f"[{', '.join(found)}]")
        return lists | pairs(keys, inner, equals).map(lambda found: f"{{{', '.join(found)}}}")

    return st.recursive(scalars, wider, max_leaves=8)


def pairs(keys: Texts, inner: Texts, equals: str) -> st.SearchStrategy[list[str]]:
    """Return lists of keys with values."""
    return st.lists(st.tuples(keys.map(quoted), inner).map(equals.join), max_size=4)


def json_texts(keys: Texts) -> Texts:
    """Return texts of JSON tables, most of them with drivers; they are YAML too."""
    inner = values(keys, ": ")
    table = pairs(keys, inner, ": ").map(lambda found: f"{{{', '.join(found)}}}")
    drivers = pairs(keys, table, ": ").map(lambda found: f'{{"drivers": {{{", ".join(found)}}}}}')
    return drivers | table


def toml_texts(keys: Texts, known: Iterable[str]) -> Texts:
    """Return texts of TOML tables below headers, or below ones of keys."""
    heads = st.sampled_from(list(known)) | st.tuples(keys, keys).map(lambda way: f"[{'.'.join(map(quoted, way))}]")
    lines = pairs(keys, values(keys, " = "), " = ").map("\n".join)
    return st.lists(st.tuples(st.just("") | heads, lines).map("\n".join), max_size=4).map("\n".join)


def broken(valid: Iterable[bytes]) -> st.SearchStrategy[bytes]:
    """Return valid texts that are damaged, once or several times."""

    def damage(data: bytes, random: Random, times: int) -> bytes:
        for _ in range(times):
            data = damaged(data, random) if data.strip(b'", \n') else data
        return data

    return st.builds(damage, st.sampled_from(list(valid)), st.randoms(use_true_random=False), st.integers(0, 3))


def encoded(texts: Texts) -> st.SearchStrategy[bytes]:
    """Return texts as bytes, those that are no Unicode as well."""
    return texts.map(lambda text: text.encode(errors="surrogatepass"))


def documents(texts: Texts, valid: Iterable[bytes]) -> st.SearchStrategy[bytes]:
    """Return all kinds of inputs that a text file may be."""
    return encoded(texts) | broken(valid) | encoded(FRAGMENTS) | st.binary(max_size=40)


__all__ = ["FRAGMENTS", "KEYS", "ODD_TEXT", "broken", "documents", "encoded", "json_texts", "toml_texts", "values"]
