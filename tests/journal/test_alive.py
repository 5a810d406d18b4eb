"""Processes are told from later ones that got the same number."""

from __future__ import annotations

import os
import subprocess
import sys

from tierdeps.journal import is_alive, process_stamp


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


def test_where_the_system_does_not_tell_the_number_has_to_do() -> None:
    assert is_alive(os.getpid(), "")
    assert is_alive(1, "")
    assert not is_alive(2**30, "")
