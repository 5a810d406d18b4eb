"""Valid and invalid declarations of processes."""

from __future__ import annotations

from typing import Any

import pytest

from tierdeps import DependencyGraph, Driver
from tierdeps.errors import DeclarationError
from tierdeps.model import Process
from tierdeps.processes.proc import DRIVER, GUARD, INSTANCE, RUN


@pytest.mark.parametrize(
    "ready",
    [
        "notify",
        "exit",
        "tcp:127.0.0.1:8000",
        "tcp:[::1]:65535",
        "exec:test -e /run/ready",
        "http://localhost/health",
        "https://localhost/health",
        "http://[::1]:8080/?a=b",
        "https://user:word@localhost:65535",
        "exec:sh -c 'test -e /run/ready'",
        "log:^listening on \\d+",
        "fd:3",
        "fd:255",
    ],
)
def test_there_are_several_ways_to_be_ready(ready: str) -> None:
    assert Process(("true",), ready).ready == ready


@pytest.mark.parametrize(
    "ready",
    [
        "",
        "Notify",
        "tcp:",
        "tcp:localhost",
        "tcp:localhost:0",
        "tcp:localhost:65536",
        "tcp:a..b:80",
        f"tcp:{'a' * 64}:80",
        "exec: ",
        "exec:''",
        'exec:"not closed',
        "http://",
        "http://:80/",
        "http://a..b/",
        "http://[::1/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/",
        "https://localhost:abc/",
        "log:",
        "fd:",
        "fd:2",
        "fd:03",
        "fd:256",
        "fd:-3",
        "fd:3 ",
        "fd:three",
        "fd:\u0663",
    ],
)
def test_other_ways_to_be_ready_are_refused(ready: str) -> None:
    with pytest.raises(DeclarationError, match='ready of a process: expected "notify", "exit"'):
        Process(("true",), ready)


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("(", "missing ): ("),
        ("[", "missing ]: ["),
        (r"(a)\1", r"invalid escape sequence: \1"),
        ("(?<=a)b", "invalid perl operator: (?<="),
        ("a(?!b)", "invalid perl operator: (?!"),
        (r"up\Z", r"invalid escape sequence: \Z"),
        ("a{9999}", "invalid repetition size: {9999}"),
        ("(x?y?){1000}z", "it is too large"),
        ("(((a{9}){9}){9}){9}", "invalid repetition size: {9}"),
        ("(" * 5000 + ")" * 5000, "it is too large"),
        ("\udc80", "it is no text"),
    ],
)
def test_what_re2_does_not_match_in_one_pass_is_refused_with_a_reason(expression: str, problem: str) -> None:
    with pytest.raises(DeclarationError) as refused:
        Process(("true",), f"log:{expression}")
    start = (
        "ready of a process: expected log: with an expression of RE2, which has no look-around and no backreferences ("
    )
    assert str(refused.value).startswith(start)
    assert problem in str(refused.value)


#: Why a process that is to end has no time to settle.
AWAITED = "that process is to end, and its end is awaited"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"command": ()}, "command of a process: expected a program to run, got ()"),
        ({"command": ("",)}, "command of a process: expected a program to run, got ('',)"),
        ({"command": "true"}, "command of a process: expected a tuple of text, got 'true'"),
        ({"command": ("a", "b\0")}, "command of a process: expected text without null bytes, got ('a', 'b\\x00')"),
        (
            {"env": (("A=B", "1"),)},
            "env of a process: expected names without '=' and text without null bytes, got 'A=B'",
        ),
        ({"env": (("", "1"),)}, "env of a process: expected names without '=' and text without null bytes, got ''"),
        ({"env": (("A", "\0"),)}, "env of a process: expected names without '=' and text without null bytes, got 'A'"),
        *(
            (
                {"env": ((name, "1"),)},
                f"env of a process: expected names other than {RUN}, {INSTANCE}, {DRIVER} and {GUARD}*, got {name!r}",
            )
            for name in (RUN, INSTANCE, DRIVER, GUARD, f"{GUARD}IAN", f"{GUARD}_OF")
        ),
        ({"cwd": " "}, "cwd of a process: expected a name without null bytes, got ' '"),
        ({"user": "a\0"}, "user of a process: expected a name without null bytes, got 'a\\x00'"),
        ({"restart": "yes"}, 'restart of a process: expected "no", "on-failure" or "always", got \'yes\''),
        ({"restart_limit": 0}, "restart_limit of a process: expected a whole number, 1 or more, got 0"),
        ({"restart_limit": True}, "restart_limit of a process: expected a whole number, 1 or more, got True"),
        (
            {"restart_backoff": -1},
            "restart_backoff of a process: expected a number of seconds, 0 or more, up to 31622400 (a year), got -1",
        ),
        (
            {"restart_backoff": float("nan")},
            "restart_backoff of a process: expected a number of seconds, 0 or more, up to 31622400 (a year), got nan",
        ),
        (
            {"settle": -1},
            "settle of a process: expected a number of seconds, 0 or more, up to 31622400 (a year), got -1",
        ),
        (
            {"settle": True},
            "settle of a process: expected a number of seconds, 0 or more, up to 31622400 (a year), got True",
        ),
        (
            {"settle": float("inf")},
            "settle of a process: expected a number of seconds, 0 or more, up to 31622400 (a year), got inf",
        ),
        (
            {"settle": "1"},
            "settle of a process: expected a number of seconds, 0 or more, up to 31622400 (a year), got '1'",
        ),
        ({"settle": 0, "ready": "exit"}, f'settle of a process: expected none beside ready = "exit": {AWAITED}, got 0'),
        (
            {"stop_signal": "TERM"},
            "stop_signal of a process: expected the name of a signal, such as \"SIGTERM\", got 'TERM'",
        ),
    ],
)
def test_what_cannot_be_run_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        Process(**({"command": ("true",)} | wrong))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("ready", "settle", "settles", "watched"),
    [
        (None, None, 0.25, 0),
        (None, 0, 0, 0),
        (None, 3, 3, 0),
        ("log:up", None, 0, 0.25),
        ("log:up", 0, 0, 0),
        ("notify", 3, 3, 0),
        ("exit", None, 0, 0),
    ],
)
def test_how_long_it_has_to_stay_up(ready: str | None, settle: float | None, settles: float, watched: float) -> None:
    process = Process(("true",), ready, settle=settle)
    assert (process.settle_time, process.watch_time) == (settles, watched)


def test_other_names_may_start_with_reserved_ones() -> None:
    assert Process(("true",), env=(("TIERDEPS_ONLY", "1"), ("TIERDEPS_RUNS", "1"))).env


def test_the_environment_is_sorted_by_name() -> None:
    assert Process(("true",), env=(("B", "1"), ("A", "2"))).env == (("A", "2"), ("B", "1"))


def test_a_plan_carries_the_process_of_its_driver() -> None:
    process = Process(("true",), "exit")
    plan = DependencyGraph([Driver("a", process=process), Driver("b")]).collapse()
    assert (plan.drivers["a"].process, plan.drivers["b"].process) == (process, None)
