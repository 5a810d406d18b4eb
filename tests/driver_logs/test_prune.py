"""The logs of old runs are removed, by number and by age; those of runs that go on stay."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from tierdeps.driver_logs.folders import run_folder
from tierdeps.driver_logs.prune import prune

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DAY_S = 86400


def logs(state: Path, instance: str, *days: float) -> list[str]:
    """Make a folder with a log for a run so many days ago each; return their names."""
    names = []
    for ago in days:
        at = time.time() - ago * DAY_S
        names.append(run_folder(instance, at, 1))
        folder = state / "runs" / names[-1]
        folder.mkdir(mode=0o700, parents=True)
        file = folder / "web.1.log"
        file.touch(mode=0o600)
        os.utime(file, (at, at))
    for part in (state, state / "runs", *(state / "runs").iterdir()):
        part.chmod(0o700)
    return names


def left(state: Path, names: Iterable[str]) -> list[str]:
    return [name for name in names if (state / "runs" / name).exists()]


def test_the_last_runs_of_an_instance_stay(state: Path) -> None:
    mine, other = logs(state, "mine", 5, 4, 3, 2, 1), logs(state, "other", 5, 4, 3, 2, 1)
    prune("mine", 2, 30, ())
    assert left(state, mine) == mine[-2:]
    assert left(state, other) == other


def test_old_logs_of_all_instances_are_removed(state: Path) -> None:
    mine, other = logs(state, "mine", 50, 40, 1), logs(state, "other", 50)
    prune("mine", 10, 30, ())
    assert left(state, mine) == mine[-1:]
    assert left(state, other) == []
    assert not (state / "runs" / other[0]).parent.exists()


def test_the_logs_of_a_run_that_goes_on_stay_whatever_their_age(state: Path) -> None:
    mine, other = logs(state, "mine", 50, 1), logs(state, "other", 50)
    prune("mine", 1, 30, (mine[0], other[0]))
    assert left(state, (*mine, *other)) == [*mine, *other]


def test_a_file_that_is_not_ours_to_remove_stays(state: Path, tmp_path: Path) -> None:
    (old,) = logs(state, "mine", 50)
    precious = tmp_path / "precious"
    precious.touch()
    (state / "runs" / old / "link").symlink_to(precious)
    (state / "runs" / "elsewhere").symlink_to(tmp_path)
    prune("mine", 1, 30, ())
    assert precious.exists()
    assert [path.name for path in (state / "runs" / old).iterdir()] == ["link"]


def test_without_logs_nothing_is_done(state: Path) -> None:
    prune("mine", 1, 1, ())
    assert not (state / "runs").exists()
