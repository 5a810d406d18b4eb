"""What waits for a descriptor: bounded, in order, and what is dropped is counted."""

from __future__ import annotations

import json
import os
from errno import EIO, ENOSPC, EPIPE
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import validate

from tierdeps.cli._outlet import Outlet, dropped_json

if TYPE_CHECKING:
    from collections.abc import Iterator

EVER = float("inf")


@pytest.fixture
def reader_and_writer() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)
    os.close(writer)


@pytest.fixture
def writer(reader_and_writer: tuple[int, int]) -> int:
    return reader_and_writer[1]


def taken(outlet: Outlet, at_once: int = 1 << 20) -> str:
    """Take all that waits, so many bytes at a time."""
    found = b""
    while outlet.waits:
        part = outlet.part(EVER)[:at_once]
        found += part
        outlet.written(len(part))
    os.close(outlet.descriptor)
    return found.decode()


def filled(writer: int, texts: list[str], kept: int = 1 << 20) -> Outlet:
    outlet = Outlet(writer, kept)
    for number, text in enumerate(texts):
        outlet.add(number, text.encode())
    return outlet


@given(texts=st.lists(st.text(max_size=9)), at_once=st.integers(1, 7))
def test_what_waits_is_written_in_order_and_once(texts: list[str], at_once: int) -> None:
    reader, writer = os.pipe()
    try:
        assert taken(filled(writer, [text for text in texts if text.isascii()]), at_once) == "".join(
            text for text in texts if text.isascii()
        )
    finally:
        os.close(reader)
        os.close(writer)


def test_the_oldest_lines_are_dropped_and_counted(writer: int) -> None:
    lines = [f"line {number}\n" for number in range(10)]
    outlet = filled(writer, lines, kept=3 * len(lines[0]))
    assert taken(outlet) == "note: 7 lines missing here: not read in time, or not writable\nline 7\nline 8\nline 9\n"


def test_the_last_text_is_kept_however_long_it_is(writer: int) -> None:
    outlet = filled(writer, ["a\n", "b\n", "the report " * 100 + "\n"], kept=3)
    assert taken(outlet) == f"note: 2 lines missing here: not read in time, or not writable\n{'the report ' * 100}\n"


def test_a_line_in_pieces_is_dropped_whole(writer: int) -> None:
    outlet = filled(writer, ["begun ", "and ", "ended\n", "kept\n"], kept=len("begun and ended\nkep"))
    assert taken(outlet) == "note: 1 line missing here: not read in time, or not writable\nkept\n"


def test_what_is_being_written_is_never_dropped(writer: int) -> None:
    outlet = filled(writer, ["first line\n"], kept=12)
    outlet.written(len(outlet.part(EVER)[:5]))
    for number in range(9):
        outlet.add(number, b"another one\n")
    assert taken(outlet) == " line\nnote: 8 lines missing here: not read in time, or not writable\nanother one\n"


def test_where_a_line_was_not_ended_the_note_has_one_of_its_own(writer: int) -> None:
    outlet = filled(writer, ["no end"], kept=8)
    outlet.written(len(outlet.part(EVER)))
    outlet.add(1, b"dropped\n")
    outlet.add(2, b"kept\n")
    assert taken(outlet) == "\nnote: 1 line missing here: not read in time, or not writable\nkept\n"


def test_among_lines_of_json_the_note_is_json(writer: int) -> None:
    outlet = Outlet(writer, 8)
    outlet.dropped = dropped_json
    for number in range(4):
        outlet.add(number, b'{"at": 1}\n')
    note, last = map(json.loads, taken(outlet).splitlines())
    assert note == {"schema": "tierdeps/dropped/1", "lines": 3}
    validate(note, json.loads((files("tierdeps.schemas") / "dropped.json").read_text(encoding="utf-8")))
    assert last == {"at": 1}


def test_no_part_is_longer_than_what_a_pipe_takes_at_once(writer: int) -> None:
    outlet = filled(writer, ["x" * 100_000])
    assert len(outlet.part(EVER)) <= 4096


def test_what_came_later_than_something_for_another_outlet_waits(writer: int) -> None:
    outlet = filled(writer, ["a\n", "b\n", "c\n"])
    assert bytes(outlet.part(2)) == b"a\nb\n"
    outlet.written(4)
    assert outlet.first == 2


def test_what_cannot_be_written_is_counted_and_the_next_text_is_tried(writer: int) -> None:
    outlet = filled(writer, ["lost\n"])
    outlet.part(EVER)
    assert outlet.failed(OSError(ENOSPC, "full"))
    assert not outlet.waits
    outlet.add(1, b"lost too\n")
    outlet.part(EVER)
    assert not outlet.failed(OSError(ENOSPC, "full"))  # once is enough
    outlet.add(2, b"there is room again\n")
    assert taken(outlet) == "\nnote: 2 lines missing here: not read in time, or not writable\nthere is room again\n"
    assert outlet.error is not None


def test_a_reader_that_has_gone_is_no_error_and_nothing_waits_for_it(writer: int) -> None:
    outlet = filled(writer, ["lost\n", "lost too\n"])
    outlet.part(EVER)
    assert not outlet.failed(BrokenPipeError(EPIPE, "gone"))
    outlet.add(3, b"nobody wants it\n")
    assert (outlet.waits, outlet.error) == (False, None)


def test_a_terminal_that_has_gone_is_no_error() -> None:
    own, theirs = os.openpty()
    outlet = filled(theirs, ["lost\n"])
    outlet.part(EVER)
    assert not outlet.failed(OSError(EIO, "gone"))
    assert outlet.error is None
    os.close(own)
    os.close(theirs)


def test_a_disk_that_breaks_is_an_error(writer: int) -> None:
    outlet = filled(writer, ["lost\n"])
    outlet.part(EVER)
    assert outlet.failed(OSError(EIO, "broken"))


def test_another_file_gets_what_comes_from_then_on(reader_and_writer: tuple[int, int]) -> None:
    other, end = os.pipe()
    outlet = filled(end, ["for the one before\n"])
    outlet.lead_to(reader_and_writer[1])
    assert not outlet.waits
    outlet.add(1, b"for the next one\n")
    os.write(outlet.descriptor, outlet.part(EVER))
    assert os.read(reader_and_writer[0], 100) == b"for the next one\n"
    os.close(end)
    os.close(outlet.descriptor)
    assert os.read(other, 100) == b""
    os.close(other)
