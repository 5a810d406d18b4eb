"""The queue of one descriptor: bounded, in order, and dropped lines are counted."""

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

from tierdeps.cli.output.write_queue import WriteQueue, dropped_json

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


def taken(queue: WriteQueue, at_once: int = 1 << 20) -> str:
    """Take all that waits, so many bytes at a time."""
    found = b""
    while queue.is_pending:
        part = queue.part(EVER)[:at_once]
        found += part
        queue.written(len(part))
    os.close(queue.descriptor)
    return found.decode()


def filled(writer: int, texts: list[str], max_bytes: int = 1 << 20) -> WriteQueue:
    queue = WriteQueue(writer, max_bytes)
    for number, text in enumerate(texts):
        queue.add(number, text.encode())
    return queue


@given(texts=st.lists(st.text(max_size=9)), at_once=st.integers(1, 7))
def test_queued_texts_are_written_once_and_in_order(texts: list[str], at_once: int) -> None:
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
    queue = filled(writer, lines, max_bytes=3 * len(lines[0]))
    assert taken(queue) == "note: 7 lines dropped here: the output was not read in time\nline 7\nline 8\nline 9\n"


def test_the_last_text_is_kept_however_long(writer: int) -> None:
    queue = filled(writer, ["a\n", "b\n", "the report " * 100 + "\n"], max_bytes=3)
    assert taken(queue) == f"note: 2 lines dropped here: the output was not read in time\n{'the report ' * 100}\n"


def test_a_line_in_several_texts_is_dropped_completely(writer: int) -> None:
    queue = filled(writer, ["start ", "and ", "ended\n", "kept\n"], max_bytes=len("start and ended\nkep"))
    assert taken(queue) == "note: 1 line dropped here: the output was not read in time\nkept\n"


def test_the_text_that_is_being_written_is_never_dropped(writer: int) -> None:
    queue = filled(writer, ["first line\n"], max_bytes=12)
    queue.written(len(queue.part(EVER)[:5]))
    for number in range(9):
        queue.add(number, b"another one\n")
    assert taken(queue) == " line\nnote: 8 lines dropped here: the output was not read in time\nanother one\n"


def test_the_note_starts_a_new_line_after_an_unfinished_one(writer: int) -> None:
    queue = filled(writer, ["no end"], max_bytes=8)
    queue.written(len(queue.part(EVER)))
    queue.add(1, b"dropped\n")
    queue.add(2, b"kept\n")
    assert taken(queue) == "\nnote: 1 line dropped here: the output was not read in time\nkept\n"


def test_among_json_lines_the_note_is_json(writer: int) -> None:
    queue = WriteQueue(writer, 8)
    queue.dropped = dropped_json
    for number in range(4):
        queue.add(number, b'{"at": 1}\n')
    note, last = map(json.loads, taken(queue).splitlines())
    assert note == {"schema": "tierdeps/dropped/1", "lines": 3}
    validate(note, json.loads((files("tierdeps.schemas") / "dropped.json").read_text(encoding="utf-8")))
    assert last == {"at": 1}


def test_no_part_is_longer_than_what_a_pipe_takes_at_once(writer: int) -> None:
    queue = filled(writer, ["x" * 100_000])
    assert len(queue.part(EVER)) <= 4096


def test_texts_after_one_of_another_queue_wait_for_it(writer: int) -> None:
    queue = filled(writer, ["a\n", "b\n", "c\n"])
    assert bytes(queue.part(2)) == b"a\nb\n"
    queue.written(4)
    assert queue.first == 2


def test_a_text_that_cannot_be_written_is_counted_and_the_next_one_tried(writer: int) -> None:
    queue = filled(writer, ["lost\n"])
    queue.part(EVER)
    assert queue.failed(OSError(ENOSPC, "full"))
    assert not queue.is_pending
    queue.add(1, b"lost too\n")
    queue.part(EVER)
    assert not queue.failed(OSError(ENOSPC, "full"))  # once is enough
    queue.add(2, b"there is room again\n")
    assert taken(queue) == "\nnote: 2 lines dropped here: the output was not read in time\nthere is room again\n"
    assert queue.error is not None


def test_a_closed_pipe_is_no_error_and_empties_the_queue(writer: int) -> None:
    queue = filled(writer, ["lost\n", "lost too\n"])
    queue.part(EVER)
    assert not queue.failed(BrokenPipeError(EPIPE, "gone"))
    queue.add(3, b"nobody wants it\n")
    assert (queue.is_pending, queue.error) == (False, None)


def test_a_closed_terminal_is_no_error() -> None:
    own, theirs = os.openpty()
    queue = filled(theirs, ["lost\n"])
    queue.part(EVER)
    assert not queue.failed(OSError(EIO, "gone"))
    assert queue.error is None
    os.close(own)
    os.close(theirs)


def test_a_disk_that_breaks_is_an_error(writer: int) -> None:
    queue = filled(writer, ["lost\n"])
    queue.part(EVER)
    assert queue.failed(OSError(EIO, "broken"))


def test_a_redirected_queue_writes_later_texts_to_the_new_file(reader_and_writer: tuple[int, int]) -> None:
    other, end = os.pipe()
    queue = filled(end, ["for the one before\n"])
    queue.redirect(reader_and_writer[1])
    assert not queue.is_pending
    queue.add(1, b"for the next one\n")
    os.write(queue.descriptor, queue.part(EVER))
    assert os.read(reader_and_writer[0], 100) == b"for the next one\n"
    os.close(end)
    os.close(queue.descriptor)
    assert os.read(other, 100) == b""
    os.close(other)
