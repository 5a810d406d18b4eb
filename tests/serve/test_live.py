"""What of the state of an instance a page is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.serve.running import driver, state
from tierdeps._util.frozen import replace
from tierdeps.journal import instance_of
from tierdeps.serve.live import NO_RUN, Changes, LiveState, read_state

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_only_time_changes_is_not_sent_again() -> None:
    changes = Changes()
    assert changes.until(state()) is not None
    later = {"a": {**driver("a"), "seconds": 9.0, "deadline_in": 1.0}}
    assert changes.until(replace(state(), run={**state().run, "seconds": 8.0}, drivers=later)) is None


def test_a_change_is_sent_once() -> None:
    changes = Changes()
    changes.until(state(("a", "b")))
    found = changes.until(replace(state(), drivers={"a": driver("a", "stopping"), "b": driver("b")}))
    assert found is not None
    assert [one["driver"] for one in found["drivers"]] == ["a"]  # type: ignore[union-attr,call-overload,index]
    assert changes.until(replace(state(), drivers={"a": driver("a", "stopping"), "b": driver("b")})) is None


def test_the_end_of_a_run_is_sent_without_drivers() -> None:
    changes = Changes()
    changes.until(state())
    found = changes.until(replace(state(), run={**state().run, "alive": False}))
    assert found is not None
    assert (found["drivers"], found["whole"]) == ([], False)


def test_where_nothing_was_started_there_is_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert read_state(instance_of(("graph.toml",))) == NO_RUN
    found = Changes().until(NO_RUN)
    assert found is not None
    assert (found["run"], found["drivers"]) == (None, [])
    assert Changes().until(LiveState({}, {})) is not None
