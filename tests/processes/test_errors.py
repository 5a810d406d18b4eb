"""The sentences of what goes wrong with processes."""

from __future__ import annotations

import errno
import os
import signal

import pytest

from tierdeps.processes.errors import (
    MAX_PIDS_SHOWN,
    MAX_TAIL_LINES,
    LeftoverError,
    exit_text,
    output_tail,
    start_error_text,
)

#: The first of many process IDs.
PIDS = range(7, 7 + MAX_PIDS_SHOWN)


@pytest.mark.parametrize(
    ("pids", "said"),
    [
        ([7], "process 7 is still running"),
        ([7, 8], "2 processes are still running (7, 8)"),
        (
            [*range(7, 7 + MAX_PIDS_SHOWN)],
            f"{MAX_PIDS_SHOWN} processes are still running ({', '.join(map(str, range(7, 7 + MAX_PIDS_SHOWN)))})",
        ),
        (
            [*range(7, 8 + MAX_PIDS_SHOWN)],
            f"{MAX_PIDS_SHOWN + 1} processes are still running ({', '.join(map(str, PIDS))}, ...)",
        ),
    ],
)
def test_what_is_left_is_named_and_how_to_look_at_it(pids: list[int], said: str) -> None:
    assert str(LeftoverError(pids)) == f"{said} although killed: the guard keeps trying; see 'ps -fp 7'"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (0, "exited with code 0"),
        (3, "exited with code 3"),
        (-signal.SIGSEGV, "was killed by SIGSEGV"),
        (-1, "was killed by SIGHUP"),
        (-50, "was killed by signal 50"),
    ],
)
def test_an_end_is_a_code_or_a_signal(code: int, said: str) -> None:
    assert exit_text(code) == said


def test_the_output_tail_has_the_last_lines_that_are_not_blank() -> None:
    assert output_tail([]) == output_tail(["", "  "]) == ""
    assert output_tail(["one", "", "two "]) == "; last output: one | two "
    many = [str(number) for number in range(MAX_TAIL_LINES + 2)]
    assert output_tail(many) == f"; last output: {' | '.join(many[2:])}"


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_where_no_file_can_be_opened_the_limit_is_to_be_raised(number: int) -> None:
    text = os.strerror(number)
    assert str(start_error_text(OSError(number, text))) == (
        f"the process cannot be started: {text}: raise the limit, with ulimit -n"
    )


def test_what_else_is_in_the_way_is_named() -> None:
    assert start_error_text(OSError(errno.ENOSPC, "No space left on device")) == (
        "the process cannot be started: no space left on device"
    )
    assert start_error_text(OSError(errno.ENOSPC, "No space left on device", "/a")) == (
        "the process cannot be started: no space left on device: /a"
    )
