"""What methods may return, and the sentence for everything else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps.conformance.results import problem_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.mark.parametrize(
    ("verb", "result"),
    [
        ("start", None),
        ("probe", None),
        ("probe", "no disk"),
        ("probe", ""),
        ("adopt", True),
        ("adopt", False),
        ("stop", None),
    ],
)
def test_what_is_expected(verb: str, result: object) -> None:
    assert problem_of(verb, result) == ""


@pytest.mark.parametrize(
    ("verb", "result", "problem"),
    [
        ("probe", True, "probe returned True; return a reason as text, or None"),
        ("probe", False, "probe returned False; return a reason as text, or None"),
        ("probe", b"no disk", "probe returned b'no disk'; return a reason as text, or None"),
        ("adopt", "yes", "adopt returned 'yes'; return True or False"),
        ("adopt", 1, "adopt returned 1; return True or False"),
        ("adopt", [], "adopt returned a list; return True or False"),
        ("start", False, "start returned False; return nothing, and raise an exception where it failed"),
        ("start", "no disk", "start returned 'no disk'; return nothing, and raise an exception where it failed"),
        ("stop", 1, "stop returned 1; return nothing, and raise an exception where it failed"),
        ("start", OSError("x"), "start returned an OSError instead of raising it; raise it"),
        ("start", OSError, "start returned the class OSError; return nothing, and raise an exception where it failed"),
        ("start", object(), "start returned an object; return nothing, and raise an exception where it failed"),
        ("reload", "x" * 99, f"reload returned '{'x' * 59}...; return nothing, and raise an exception where it failed"),
    ],
)
def test_what_is_not(verb: str, result: object, problem: str) -> None:
    assert problem_of(verb, result) == problem


async def _coroutine() -> None: ...
def _generator() -> Iterator[None]:
    yield


async def _async_generator() -> AsyncIterator[None]:
    yield


def test_what_never_ran_is_named() -> None:
    assert problem_of("start", _coroutine()) == "start returned a coroutine that was never awaited; await it"
    assert problem_of("start", _generator()) == "start returned a generator, which never runs; remove the yield"
    assert "an async generator, which never runs" in problem_of("start", _async_generator())


def test_a_task_is_named() -> None:
    async def main() -> Any:
        return problem_of("start", asyncio.ensure_future(asyncio.sleep(0)))

    assert asyncio.run(main()) == "start returned a Task that was never awaited; await it"
