"""Processes are distinguished from later ones that got the same number."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tierdeps._util.process_id import boot_id, is_alive, process_stamp, read_stat

if TYPE_CHECKING:
    from pathlib import Path


def test_this_process_is_alive_and_another_of_its_number_is_not() -> None:
    stamp = process_stamp(os.getpid())
    assert is_alive(os.getpid(), stamp)
    assert not is_alive(os.getpid(), f"0{stamp}")


def test_one_that_ended_is_not_alive_even_before_it_is_reaped() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        stamp = process_stamp(process.pid)
        assert stamp
        assert is_alive(process.pid, stamp)
        assert process.stdin is not None
        process.stdin.close()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
        assert process_stamp(process.pid) == ""
        assert not is_alive(process.pid, stamp)


def test_without_information_from_the_system_the_number_is_enough() -> None:
    assert is_alive(os.getpid(), "")
    assert is_alive(1, "")
    assert not is_alive(2**30, "")


def test_the_stat_of_a_process_says_whose_child_it_is_and_what_it_is_called(tmp_path: Path) -> None:
    program = tmp_path / "a) 1 (b\n"
    program.symlink_to(sys.executable)
    with subprocess.Popen([program, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as process:
        stat = read_stat(process.pid)
        assert stat is not None
        assert (stat.pid, stat.parent, stat.session, stat.name) == (process.pid, os.getpid(), process.pid, program.name)
        assert not stat.has_ended
        assert process_stamp(process.pid) == f"{stat.started}@{boot_id()}"
        assert process.stdin is not None
        process.stdin.close()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        dead = read_stat(process.pid)
        assert dead is not None
        assert dead.has_ended
        assert dead.started == stat.started


def test_there_is_no_stat_where_there_is_no_process() -> None:
    assert read_stat(2**30) is None
    assert process_stamp(2**30) == ""
