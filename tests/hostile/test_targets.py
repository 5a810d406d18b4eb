"""Each target for a few hundred inputs, the same ones each time; ``python -m tests.hostile`` tries others."""

from __future__ import annotations

import re
from itertools import count, repeat
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.hostile import target as hostile_target
from tests.hostile.__main__ import main
from tests.hostile.fuzz import fuzz, try_input
from tests.hostile.target import EndlessError, Target, bounded, demand_sentence
from tests.hostile.targets import all_targets
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

TARGETS = all_targets()


@pytest.mark.no_cover  # thousands of inputs run the same lines, which other tests run too
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_no_input_shows_a_fault(target: Target) -> None:
    @settings(
        settings.get_profile("quick"),
        max_examples=target.quick,
        database=None,
        phases=(Phase.generate,),  # by hand the same input is made smaller
        suppress_health_check=list(HealthCheck),
    )
    @given(data=target.inputs)
    def attempt(data: bytes) -> None:
        try_input(target, data)

    attempt()


def test_every_target_has_a_name_of_its_own() -> None:
    assert len({target.name for target in TARGETS}) == len(TARGETS)


def refuse_x(data: bytes, folder: Path) -> None:
    """Read everything but a text with an x in it."""
    assert list(folder.iterdir()) == []
    if b"x" in data:
        raise KeyError(data)


FAULTY = Target("faulty", st.text("abx").map(str.encode), refuse_x)
SOUND = Target("valid", st.just(b""), refuse_x)


def test_a_fault_is_counted_once_with_its_smallest_input(capsys: pytest.CaptureFixture[str]) -> None:
    rounds = count()
    tally = fuzz(FAULTY, count(1), lambda: next(rounds) == 3)
    (fault,) = tally.faults
    assert tally.tried > 3
    assert tally.edges is None
    assert fault.data == b"x"
    assert fault.text == "KeyError: b'x'"
    assert __file__ in fault.place
    assert capsys.readouterr().err == "faulty: KeyError: b'x'\n"


def test_by_hand_a_fault_is_written_to_a_file_and_exits_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--minutes", "0", "--seed", "1", "--faults", str(tmp_path / "faults")]
    assert main(words, [SOUND, FAULTY]) == 1
    (path,) = (tmp_path / "faults").iterdir()
    assert path.read_bytes() == b"x"
    first, _, valid, faulty, _, place = capsys.readouterr().out.splitlines()
    assert first == "seed 1"
    assert valid == "valid: 1 inputs, 0 faults"
    assert faulty.endswith(" inputs, 1 faults")
    assert place.endswith(f"the input is in {path}")


def test_by_hand_one_target_can_be_run_and_exits_0_where_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--minutes", "0", "--seed", "1", "--target", "valid"], [SOUND, FAULTY]) == 0
    assert "faulty" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    ["", "two\nlines", "KeyError('a')", "got <class 'int'>", "at <object object at 0x7f>", "Traceback (most recent"],
)
def test_what_is_no_sentence_is_a_fault(text: str) -> None:
    with pytest.raises(AssertionError):
        demand_sentence(InputError("", text))


def test_a_sentence_is_none() -> None:
    demand_sentence(InputError("g.toml", "expected a table, got the number 1", "line 3"))


def test_what_never_ends_is_a_fault() -> None:
    with pytest.raises(EndlessError, match="calls for 1 bytes"), bounded(1):
        all(str.isalpha(letter) for letter in repeat("a"))


def test_what_backtracks_for_ever_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """It makes no calls."""
    monkeypatch.setattr(hostile_target, "CPU_SECONDS", 0.1)
    with pytest.raises(EndlessError, match=r"processor time for 1 bytes"), bounded(1):
        re.match("(a|a)*b", "a" * 99)
