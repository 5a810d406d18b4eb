"""The writer thread: texts of two queues are written in order, and an unread queue does not delay the other."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import wait_for
from tests.cli.pipes import FULL, Unread
from tierdeps.cli.output.writer_thread import QueuedStream, WriterThread

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps.cli.output.write_queue import WriteQueue

#: Longer than anything takes, in seconds.
EVER = 60.0


@pytest.fixture
def problems() -> list[OSError]:
    return []


@pytest.fixture
def thread(problems: list[OSError]) -> WriterThread:
    def unwritable(queue: WriteQueue, error: OSError) -> None:
        del queue
        problems.append(error)

    return WriterThread(unwritable)


def test_two_descriptors_of_one_file_keep_the_order(thread: WriterThread, tmp_path: Path) -> None:
    path = tmp_path / "both"
    with path.open("wb") as file:
        other = os.dup(file.fileno())
        queues = thread.queue(file.fileno()), thread.queue(other)
        for number in range(1000):
            thread.put(queues[number % 2], b"%d\n" % number)
        assert thread.flush(EVER)
        os.close(other)
    assert path.read_text().split() == [str(number) for number in range(1000)]


def test_an_unread_queue_does_not_delay_another(thread: WriterThread) -> None:
    unread = Unread()
    reader, writer = os.pipe()
    stuck, free = thread.queue(unread.writer), thread.queue(writer)
    thread.put(stuck, b"later\n")
    for number in range(3):
        thread.put(free, b"%d\n" % number)
        assert os.read(reader, 100) == b"%d\n" % number
    assert stuck.is_pending
    assert not thread.flush(0.1)
    os.read(unread.reader, 4096)
    assert thread.flush(EVER)
    os.close(unread.writer)
    os.close(unread.reader)
    os.close(reader)
    os.close(writer)


def test_a_queue_that_is_not_read_can_be_redirected(thread: WriterThread, tmp_path: Path) -> None:
    unread = Unread()
    queue = thread.queue(unread.writer)
    thread.put(queue, b"lost\n")
    with (tmp_path / "log").open("wb") as log:
        thread.redirect(queue, log.fileno())
        thread.put(queue, b"kept\n")
        assert thread.flush(EVER)
    assert (tmp_path / "log").read_text() == "kept\n"
    os.close(unread.writer)
    os.close(unread.reader)


def test_a_full_file_is_reported_once_and_never_waited_for(thread: WriterThread, problems: list[OSError]) -> None:
    with open(FULL, "wb", buffering=0) as full:  # noqa: PTH123  a device
        queue = thread.queue(full.fileno())
        for _ in range(5):
            thread.put(queue, b"no room\n")
            assert thread.flush(EVER)
    wait_for(lambda: problems, "the report of the error")
    assert [error.strerror for error in problems] == ["No space left on device"]


def test_a_stream_of_text_hands_over_whole_lines_and_never_waits(thread: WriterThread) -> None:
    unread = Unread()
    feed = QueuedStream(thread, thread.queue(unread.writer), unread.writer, "<stdout>")
    stream = io.TextIOWrapper(feed, "utf-8", "backslashreplace", line_buffering=True)
    for number in range(5000):
        print("line", number, file=stream)
    print("no end", end="", file=stream)
    stream.flush()
    assert (stream.name, stream.isatty(), stream.fileno()) == ("<stdout>", False, unread.writer)
    os.set_blocking(unread.reader, False)
    said = bytearray()

    def all_is_read() -> bool:
        try:
            said.extend(os.read(unread.reader, 65536))
        except BlockingIOError:
            return False
        return said.endswith(b"no end")

    wait_for(all_is_read, "the last of what was said")
    assert said.lstrip(b".").decode() == "".join(f"line {number}\n" for number in range(5000)) + "no end"
    os.close(unread.reader)
    os.close(unread.writer)
