"""The logs of a run: written in a thread, limited in size, their owner's alone."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.driver_logs.conftest import RUN
from tierdeps.driver_logs import writer
from tierdeps.driver_logs.file_set import FILES, MIN_FILE_BYTES
from tierdeps.driver_logs.run_log import RunLog
from tierdeps.driver_logs.writer import LogWriter

if TYPE_CHECKING:
    from pathlib import Path

    from tests.driver_logs.conftest import Writers


def texts(driver: str = "web") -> list[str]:
    with RunLog(RUN, [driver], [driver]) as log:
        return [line.text for line in log.lines()]


def test_files_are_their_owners_alone(writers: Writers, state: Path) -> None:
    logs = writers()
    logs.put("web", "stdout", [b"here"])
    assert logs.close(5)
    paths = list((state / "runs").rglob("*"))
    assert {path.name for path in paths if path.is_file()} == {"web.1.log"}
    assert all(not stat.S_IMODE(path.stat().st_mode) & 0o077 for path in paths)


@pytest.mark.parametrize("name", ["a/../b", "x" * 300, "\u00fc\n", "..", "web.1.log", "\udcff"])
def test_any_name_of_a_driver_has_a_log_of_its_own(writers: Writers, name: str) -> None:
    logs = writers()
    logs.put(name, "stdout", [b"mine"])
    logs.put("web", "stdout", [b"other"])
    logs.close(5)
    assert texts(name) == ["mine"]


def test_the_size_is_limited_and_the_last_lines_stay(writers: Writers, state: Path) -> None:
    limit = FILES * MIN_FILE_BYTES
    logs = writers(limit)
    for batch in range(100):
        logs.put("web", "stdout", [b"%d %d " % (batch, line) + b"x" * 90 for line in range(200)])
        assert logs.flush(5)
    logs.close(5)
    sizes = [path.stat().st_size for path in (state / "runs").rglob("web.*.log")]
    assert len(sizes) == FILES
    assert sum(sizes) <= limit
    found = texts()
    assert found[-1].startswith("99 199 ")
    assert len(found) > 3 * MIN_FILE_BYTES // 130
    numbers = [tuple(map(int, line.split()[:2])) for line in found]
    assert numbers == sorted(numbers)
    assert len(numbers) == len(set(numbers))


def test_one_batch_that_is_larger_than_all_files_is_rotated_too(writers: Writers, state: Path) -> None:
    limit = FILES * MIN_FILE_BYTES
    logs = writers(limit)
    logs.put("web", "stdout", [b"%d " % line + b"x" * 90 for line in range(20_000)])
    logs.close(5)
    assert sum(path.stat().st_size for path in (state / "runs").rglob("web.*.log")) <= limit
    assert texts()[-1].startswith("19999 ")


def test_more_drivers_than_open_files_are_written(writers: Writers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_OPEN_FILES", 2)
    logs = writers()
    for text in (b"first", b"second"):
        for number in range(7):
            logs.put(f"d{number}", "stdout", [text])
        assert logs.flush(5)
    assert sum(files._fd >= 0 for files in logs._files.values()) == 2
    logs.close(5)
    for number in range(7):
        assert texts(f"d{number}") == ["first", "second"]


def test_lines_that_come_too_fast_are_counted(writers: Writers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_QUEUED_BYTES", 100)
    logs = writers()
    logs.put("web", "stdout", [b"kept"])
    logs.put("web", "stdout", [b"x" * 50, b"y" * 50])
    assert logs.flush(5)
    logs.put("web", "stdout", [b"kept too"])
    logs.close(5)
    assert texts() == ["kept", "2 lines were dropped here: the log could not be written in time", "kept too"]


def test_a_disk_that_cannot_be_written_loses_lines_and_nothing_else(
    writers: Writers, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings: list[str] = []
    logs = LogWriter(RUN, 1 << 20, warnings.append)
    full = True

    def write(number: int, data: bytes, /) -> int:
        if full:
            plain(number, data[:3])
            raise OSError(28, "No space left on device")
        return plain(number, data)

    plain = os.write
    monkeypatch.setattr(os, "write", write)
    logs.put("web", "stdout", [b"one", b"two"])
    logs.flush(5)
    full = False
    logs.put("web", "stdout", [b"three"])
    logs.flush(5)
    logs.close(5)
    assert texts() == ["three", "2 lines were dropped here: the log could not be written in time"]
    assert warnings == [
        "the logs of drivers cannot be written: no space left on device; until then their lines are lost",
        "the logs of drivers are written again",
    ]


def test_without_lines_there_is_no_thread_and_no_folder(writers: Writers, state: Path) -> None:
    assert writers().close(5)
    assert not (state / "runs").exists()


def test_after_the_end_lines_are_ignored(writers: Writers) -> None:
    logs = writers()
    logs.put("web", "stdout", [b"before"])
    logs.close(5)
    logs.put("web", "stdout", [b"after"])
    assert texts() == ["before"]
