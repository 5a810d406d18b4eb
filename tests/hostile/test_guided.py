"""The coverage-guided engine; what needs atheris itself is skipped where it is not installed."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st

from tests.hostile import __main__ as by_hand
from tests.hostile.fuzz import try_input
from tests.hostile.guided import covered, deaths_in, executed, fuzz_guided, installed
from tests.hostile.libfuzzer import Recorder, dictionary, mutator, words_of, write_seeds
from tests.hostile.regressions import kept
from tests.hostile.shrink import shrunk
from tests.hostile.target import Target
from tests.hostile.targets import all_targets
from tests.hostile.test_targets import FAULTY, SOUND

if TYPE_CHECKING:
    from pathlib import Path

needs_atheris = pytest.mark.skipif(not installed(), reason="atheris is not installed")
TALK = """#2\tINITED cov: 10 ft: 12 corp: 7/279b exec/s: 302 rss: 115Mb
#900\tNEW    cov: 31 ft: 40 corp: 9/290b exec/s: 302 rss: 115Mb L: 5/9 MS: 1 Custom-
"""


@pytest.mark.parametrize("target", all_targets(), ids=lambda target: target.name)
def test_no_input_that_once_showed_a_fault_shows_one_again(target: Target) -> None:
    for path in kept(target.name):
        try_input(target, path.read_bytes())


@pytest.mark.parametrize("target", all_targets(), ids=lambda target: target.name)
def test_the_valid_inputs_of_a_target_show_no_fault(target: Target) -> None:
    for data in target.valid[:6]:
        try_input(target, data)


def test_inputs_are_kept_for_targets_that_exist() -> None:
    folders = {path.parent.name for target in all_targets() for path in kept(target.name)}
    assert folders <= {target.name for target in all_targets()}


def test_an_input_is_shrunk_to_what_shows_the_fault() -> None:
    assert shrunk(b"abc<ddd>" * 40 + b"<x>" + b"y" * 99, lambda data: b"<x" in data) == b"<x"


def test_an_input_is_shrunk_no_more_than_so_often() -> None:
    tried = count()
    assert shrunk(b"a" * 64, lambda data: next(tried) < 0, attempts=5) == b"a" * 64
    assert next(tried) == 5


@pytest.mark.parametrize("data", [b"", b"a"])
def test_what_is_empty_is_not_shrunk(data: bytes) -> None:
    assert shrunk(data, lambda data: True) == data[:1]


def test_a_fault_is_recorded_once_in_its_smallest_form(tmp_path: Path) -> None:
    record = Recorder(FAULTY, tmp_path / "faults")
    for data in (b"aaa", b"abxab", b"bbbbx", b""):
        record(data)
    ((text, place, data),) = map(json.loads, (tmp_path / "faults").read_text().splitlines())
    assert text == "KeyError: b'x'"
    assert "test_targets.py" in place
    assert bytes.fromhex(data) == b"x"


def test_it_starts_with_valid_inputs_and_those_of_hypothesis(tmp_path: Path) -> None:
    target = Target("t", st.sampled_from([b"one", b"three"]), SOUND.read, valid=(b"valid of its own",))
    assert write_seeds(target, 1, tmp_path / "seeds") == len(b"valid of its own")
    found = {path.read_bytes() for path in (tmp_path / "seeds").iterdir()}
    assert found == {b"valid of its own", b"one", b"three"}


def test_words_of_sound_inputs_and_tokens_are_a_dictionary() -> None:
    assert words_of([b"on_failure = 'a'\nlog:up", b"up"]) == ["log", "on_failure", "up"]
    assert dictionary(['"', "\ud800"]) == '"\\x22"\n"\\xed\\xa0\\x80"\n'


def test_every_second_mutation_moves_words_and_none_is_too_long() -> None:
    mutate = mutator(lambda data, most: b"native")
    assert mutate(b"some words", 99, 2) == b"native"
    assert mutate(b' ", ', 99, 3) == b"native"
    assert mutate(b"some words", 99, 3) != b"native"
    assert all(len(mutate(b"some words", 9, seed)) <= 9 for seed in range(1, 99, 2))


def test_counts_are_those_that_libfuzzer_says() -> None:
    assert (executed(TALK), covered(TALK)) == (900, 31)
    assert executed(TALK + "stat::number_of_executed_units: 1021\n") == 1021
    assert (executed(""), covered("")) == (0, 0)


def test_only_what_ends_the_process_is_a_death(tmp_path: Path) -> None:
    """On a busy machine many an input is slow."""
    for name in ("slow-unit-1", "crash-1", "oom-1"):
        (tmp_path / name).write_text(name)
    talk = "".join(
        f"artifact_prefix='{tmp_path}/'; Test unit written to {tmp_path / name}\n" for name in ("slow-unit-1", "oom-1")
    )
    cause = "==12== ERROR: libFuzzer: out-of-memory (used: 4097Mb; limit: 4096Mb)\n"
    (death,) = deaths_in(talk + cause, "a-target")
    assert (death.text, death.data) == ("libFuzzer: out-of-memory (used: 4097Mb; limit: 4096Mb)", b"oom-1")


def test_which_engine_runs_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert by_hand.main(["--minutes", "0", "--seed", "1"], [SOUND]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("engine: Hypothesis, ")


def test_atheris_cannot_be_asked_for_where_it_is_not_installed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_hand, "installed", lambda: False)
    with pytest.raises(SystemExit):
        by_hand.main(["--engine", "atheris"])
    assert "pip install -e '.[fuzz]'" in capsys.readouterr().err


@needs_atheris
def test_a_target_is_guided_by_the_edges_that_are_covered(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["--minutes", "0", "--seed", "1", "--target", "control-replies", "--corpus", str(tmp_path / "corpus")]
    assert by_hand.main(words) == 0
    _, engine, tally = capsys.readouterr().out.splitlines()
    assert engine.startswith("engine: atheris, ")
    tried, faults, edges = (int(part.split()[0]) for part in tally.removeprefix("control-replies: ").split(", "))
    assert tried > 100
    assert (faults, edges > 0) == (0, True)
    assert list((tmp_path / "corpus/control-replies").iterdir())


@needs_atheris
def test_an_engine_that_does_not_work_is_no_clean_run(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="the fuzzing process ended with 1 and no input"):
        fuzz_guided("no-such-target", count(1), 1)
