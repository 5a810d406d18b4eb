"""The log of a run in the background does not grow for ever."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tierdeps._util.state_dir import PrivateFolder
from tierdeps.cli.output.write_queue import SIZE_CHECK_BYTES, WriteQueue
from tierdeps.cli.run import caller

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_log_that_is_too_long_is_copied_and_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PrivateFolder.open(tmp_path / "log") as folder:
        descriptor = folder.open_file("run.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    monkeypatch.setattr(caller, "LOG_DESCRIPTOR", descriptor)
    monkeypatch.setattr(caller, "MAX_LOG_BYTES", 10)
    os.write(descriptor, b"0123456789")
    caller.limit_log()
    assert not (tmp_path / "log" / "run.old").exists()
    os.write(descriptor, b"x")
    caller.limit_log()
    os.write(descriptor, b"new")
    os.close(descriptor)
    assert (tmp_path / "log" / "run.old").read_text() == "0123456789x"
    assert (tmp_path / "log" / "run.log").read_text() == "new"


def test_the_size_is_checked_after_much_was_written() -> None:
    reader, writer = os.pipe()
    queue, checks = WriteQueue(writer), list[int]()
    queue.limit_size = lambda: checks.append(1)
    for _ in range(3 * SIZE_CHECK_BYTES // 4096):
        queue.written(4096)
        queue.limit_if_due()
    assert len(checks) == 3
    for number in (reader, writer, queue.descriptor):
        os.close(number)
