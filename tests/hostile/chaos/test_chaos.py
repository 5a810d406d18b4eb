"""Three rounds, the same ones each time; ``python -m tests.hostile --chaos 200`` plays others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hostile.chaos.run import play, run
from tests.hostile.chaos.signals import storm

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("seed", range(1, 4))
def test_nothing_is_lost_hung_twice_or_orphaned(seed: int, tmp_path: Path) -> None:
    assert play(seed, tmp_path) == []


@pytest.mark.parametrize("seed", range(1, 4))
def test_signals_at_any_moment_end_a_run_as_documented(seed: int, tmp_path: Path) -> None:
    assert storm(seed, tmp_path) == []


def test_a_round_that_fails_is_reported_with_its_seed_and_keeps_its_folder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)

    def fails(seed: int, folder: Path) -> list[str]:
        (folder / "records").touch()
        return ["d1: lost"] if seed == 8 else []

    assert run(2, 7, fails) == 1
    (kept,) = tmp_path.iterdir()
    said = capsys.readouterr().out
    assert "round 7: 0 faults" in said
    assert "d1: lost\n" in said
    assert f"--seed 8; its folder is {kept}" in said
