"""The logs of a run are read together, by time, and while they grow and are rotated."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.driver_logs.conftest import RUN
from tierdeps.driver_logs.file_set import FILES, MIN_FILE_BYTES, FileSet
from tierdeps.driver_logs.folders import open_run_folder
from tierdeps.driver_logs.log_line import encoded
from tierdeps.driver_logs.run_log import RunLog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.driver_logs.conftest import Writers
    from tierdeps.driver_logs.log_line import LogLine


def data_of(lines: Iterable[LogLine]) -> list[bytes]:
    return [line.data for line in lines]


def write(driver: str, *lines: tuple[float, bytes], name: str = RUN) -> None:
    """Write lines with these times, each as one batch."""
    with open_run_folder(name, make=True) as folder:
        files = FileSet(folder, driver, 1 << 20)
        for at, line in lines:
            files.append(encoded(int(at * 1e9), "stdout", [line]))
        files.close()


def test_lines_of_several_drivers_are_in_the_order_of_time() -> None:
    write("a", (1, b"a1"), (4, b"a4"))
    write("b", (2, b"b2"), (3, b"b3"), (5, b"b5"))
    with RunLog(RUN) as log:
        assert data_of(log.lines()) == [b"a1", b"b2", b"b3", b"a4", b"b5"]
    with RunLog(RUN, chosen=["b"]) as log:
        assert data_of(log.lines(last=2)) == [b"b3", b"b5"]
    with RunLog(RUN) as log:
        assert data_of(log.lines(last=1)) == [b"a4", b"b5"]
    with RunLog(RUN) as log:
        assert data_of(log.lines(since=3)) == [b"b3", b"a4", b"b5"]
    with RunLog(RUN) as log:
        assert data_of(log.lines(last=0)) == []
    with RunLog(RUN) as log:
        assert log.drivers() == {"a", "b"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.integers(1, 12_000), st.integers(0, 13_000))
def test_the_last_lines_are_found_in_whatever_files_they_are(count: int, last: int) -> None:
    name = f"{RUN}{count}{last}"
    with open_run_folder(name, make=True) as folder:
        files = FileSet(folder, "web", 1 << 30)
        files._file_limit = 10_000
        files.append(encoded(0, "stdout", [b"%d" % line for line in range(count)]))
        files.close()
    with RunLog(name) as log:
        everything = data_of(log.lines())
    with RunLog(name) as log:
        assert data_of(log.lines(last=last)) == (everything[-last:] if last else [])
    assert everything[-1] == b"%d" % (count - 1)


def test_new_lines_are_read_as_they_come(writers: Writers) -> None:
    logs = writers()
    with RunLog(RUN, ["web"]) as log:
        assert list(log.lines()) == log.new_lines() == []
        for number in range(3):
            logs.put("web", "stdout", [b"%d" % number])
            logs.put(f"new{number}", "stderr", [b"first"])
            assert logs.flush(5)
            assert sorted(data_of(log.new_lines())) == [b"%d" % number, b"first"]
        assert log.new_lines() == []


def test_a_line_is_read_only_when_it_is_complete(writers: Writers) -> None:
    with open_run_folder(RUN, make=True) as folder:
        files, block = FileSet(folder, "web", 1 << 20), memoryview(encoded(0, "stdout", [b"one"]))
        with RunLog(RUN) as log:
            files._write(block[:7])
            assert list(log.lines()) == []
            files._write(block[7:])
            assert data_of(log.new_lines()) == [b"one"]
        files.close()


def test_a_reader_that_keeps_up_sees_every_line_through_rotations(writers: Writers) -> None:
    logs, seen = writers(FILES * MIN_FILE_BYTES), list[bytes]()
    with RunLog(RUN) as log:
        list(log.lines())
        for batch in range(60):
            logs.put("web", "stdout", [b"%d %d " % (batch, line) + b"x" * 90 for line in range(100)])
            assert logs.flush(5)
            while lines := log.new_lines():
                seen += data_of(lines)
    assert len(seen) == len(set(seen)) == 6000


def test_a_reader_that_does_not_keep_up_sees_that_lines_are_missing(writers: Writers) -> None:
    logs = writers(FILES * MIN_FILE_BYTES)
    logs.put("web", "stdout", [b"first"])
    assert logs.flush(5)
    with RunLog(RUN) as log:
        assert data_of(log.lines()) == [b"first"]
        for _ in range(2 * FILES):
            logs.put("web", "stdout", [b"x" * 90] * 1200)
            assert logs.flush(5)
        (note,) = log.new_lines()
        assert (note.stream, note.text) == (
            "note",
            "lines are missing here: they were removed by rotation before they could be read",
        )
        assert set(data_of(log.new_lines())) == {b"x" * 90}


def test_a_driver_that_writes_on_does_not_keep_a_listing_from_its_end() -> None:
    write("web", *((time.time() + 1000 + number, b"later") for number in range(3)))
    with RunLog(RUN) as log:
        assert len(list(log.lines())) == 3


@pytest.mark.parametrize("name", ["", "..", "../../etc", "a/b", RUN + "/../x", "0" * 16])
def test_a_name_that_is_no_folder_of_logs_has_no_lines(name: str) -> None:
    with RunLog(name) as log:
        assert list(log.lines()) == log.new_lines() == []
        assert log.drivers() == frozenset()
