"""Wrong arguments of benchmarks are refused before anything starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import shake, soak, supervise

if TYPE_CHECKING:
    from types import ModuleType


@pytest.mark.parametrize(
    ("benchmark", "words", "problem"),
    [
        (soak, ["--processes", "0"], "expected a whole number from 1, got '0'"),
        (soak, ["--every", "0"], "expected a number above 0, got '0'"),
        (soak, ["--interval", "0"], "expected a number above 0, got '0'"),
        (soak, ["--minutes", "nan"], "expected a number above 0, got 'nan'"),
        (soak, ["--minutes", "0.1"], "--minutes has to be as long as 4 times --interval at least"),
        (soak, ["--save", "nowhere/file.json"], "there is no folder nowhere"),
        (supervise, ["0"], "expected a whole number from 1, got '0'"),
        (supervise, ["many"], "expected a whole number from 1, got 'many'"),
        (supervise, ["--rounds", "0"], "expected a whole number from 1, got '0'"),
        (supervise, ["--idle", "-1"], "expected 0 or a number above, got '-1'"),
        (supervise, ["--idle", "nan"], "expected 0 or a number above, got 'nan'"),
        (supervise, ["--only", "nothing"], "invalid choice: 'nothing'"),
        (supervise, ["--save", "nowhere/file.json"], "there is no folder nowhere"),
        (shake, ["many"], "expected a whole number from 1, got 'many'"),
    ],
)
def test_wrong_arguments_are_refused(
    benchmark: ModuleType, words: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        benchmark.options_of(words)
    assert ended.value.code == 2
    assert problem in capsys.readouterr().err
