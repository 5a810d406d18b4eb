"""Locks, baselines and messages of a socket are input: whatever became of them is one sentence of its own kind."""

# ruff: noqa: S311  damage is no secret
from __future__ import annotations

import os
from datetime import date
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.lock.test_lock import graph_of
from tierdeps.baseline import Baseline
from tierdeps.baseline.file import parse, text_of
from tierdeps.control.messages import (
    Ack,
    Exit,
    FastStop,
    Notice,
    Output,
    Ping,
    Reload,
    Stop,
    decode_reply,
    decode_request,
    encode,
)
from tierdeps.errors import InputError
from tierdeps.lock import Lock, dump, load
from tierdeps.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

CASES = int(os.environ.get("TIERDEPS_DAMAGES", "300"))

_FINDINGS = [Finding("TD103", "missing", Severity.ERROR, "words", (name,), subject=("x",)) for name in ("a", "b")]
BASELINE = text_of(Baseline().plus(_FINDINGS, "known for years", "storage-team", date(2030, 1, 1), graphs=("g.toml",)))
#: What is written in place of a word of a file: other values, and what ends or opens something.
OTHERS = (
    *(b"", b"null", b"[]", b"{}", b"0", b"-1", b"1e999", b"NaN", b'""', b"true", b"9" * 5000, b"[" * 2000),
    *(b"\xff", b"\x00", b"\xed\xa0\x80", b"\\ud800", b'"', b"]", b"}", b"=", b"\n", b"valid-until", b"x.y.z"),
)


def damaged(data: bytes, random: Random) -> bytes:
    """Return a text with bits flipped, cut off, with a word replaced, or with a part twice or elsewhere."""
    at, to = sorted(random.randrange(len(data) + 1) for _ in range(2))
    match random.randrange(5):
        case 0:
            found = bytearray(data)
            for _ in range(random.choice((1, 1, 4))):
                found[random.randrange(len(found))] ^= 1 << random.randrange(8)
            return bytes(found)
        case 1:
            return data[:at]
        case 2:
            return data[:at] + random.choice(OTHERS) + data[min(to, at + 12) :]
        case 3:
            words = sorted(set(data.replace(b'"', b" ").replace(b",", b" ").split()))
            return data.replace(random.choice(words), random.choice(OTHERS), random.choice((1, 1, -1)))
        case _:
            return data[:at] + data[at:to] * random.choice((0, 2, 3)) + data[to:]


def lock_text() -> bytes:
    return dump(Lock.of(graph_of())).encode()


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_lock_is_one_sentence(seed: int) -> None:
    check(lock_text(), lambda data: load("tierdeps.lock", data), seed)


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_baseline_is_one_sentence(seed: int) -> None:
    check(BASELINE.encode(), lambda data: parse("tierdeps.baseline.toml", data), seed)


def check(sound: bytes, read: Callable[[bytes], object], seed: int) -> None:
    """Read a text that is sound, and many that are not: nothing but InputError comes of it."""
    read(sound)
    random = Random(seed)
    refused = 0
    for _ in range(CASES):
        data = damaged(sound, random)
        try:
            read(data)
        except InputError as error:
            refused += 1
            assert str(error).isprintable() or "\n" not in str(error)  # noqa: PT017
    assert refused > CASES // 4


REQUESTS = (Ping(), Stop("json", verbose=True), FastStop(), Reload(dry_run=True))
REPLIES = (Ack(1), Output("a line"), Notice("note: \u00fc", error=True), Exit(4))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("sound", "read"),
    [*((one, decode_request) for one in REQUESTS), *((one, decode_reply) for one in REPLIES)],
    ids=lambda value: type(value).__name__ if not callable(value) else value.__name__,
)
def test_a_damaged_message_is_one_sentence(sound: Ping, read: Callable[[bytes], object], seed: int) -> None:
    line = encode(sound)
    assert read(line) == sound
    random = Random(seed)
    for _ in range(CASES):
        data = damaged(line, random)
        try:
            found = read(data)
        except ValueError as error:
            assert str(error).startswith(("not a valid request: ", "not a valid reply: "))  # noqa: PT017
        else:
            encode(found)  # type: ignore[arg-type]  # one of them


@pytest.mark.parametrize("code", ["-1", "256", "99999999999999999999", "4.5", "null", "true"])
def test_an_exit_code_is_one(code: str) -> None:
    with pytest.raises(ValueError, match="not a valid reply: "):
        decode_reply(b'{"type":"exit","code":%s}' % code.encode())


def test_what_is_no_unicode_is_reported_all_the_same() -> None:
    """As the name of a file may have it."""
    assert decode_reply(encode(Output("graph\udcff.toml"))) == Output("graph\\udcff.toml")
    assert decode_reply(encode(Notice("\ud800", error=True))) == Notice("\\ud800", error=True)
