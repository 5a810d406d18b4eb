"""The words of the project: standard terms, and none of those that they replaced.

codespell finds single words, those of .ci/words.txt; phrases are found here, and so are both in the names of code,
whose words are joined by underscores. All of them skip what setup.cfg lists, the one place for files whose words are
still to be changed.
"""

from __future__ import annotations

import re
import subprocess
import sys
from configparser import ConfigParser
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

ROOT = Path(__file__).parents[1]
#: Phrases, each with what to write instead. A line break counts as a space.
PHRASES = {
    r"hang(s|ing)? on": "depend on",
    r"left out": "omitted",
    r"life cycles?": "lifecycle",
    r"lived with": "accepted",
    r"(take|takes|taken|taking|took) away": "remove",
    r"(take|takes|taken|taking|took) note (that|of)": "record",
    r"tells? whether": "return whether",
    r"who asks": "the caller",
}
#: The files that people read: what tools write has no words of ours.
SUFFIXES = {".py", ".rst", ".cfg", ".toml", ".json", ".yml", ".yaml", ".md", ".txt", ".html"}


def skipped() -> list[str]:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return [pattern.removeprefix("./") for pattern in re.split(r"[,\s]+", config["codespell"]["skip"]) if pattern]


def files() -> Iterator[Path]:
    """Yield the files whose words are checked."""
    patterns = skipped()
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in listed.splitlines():
        parents = (name, *map(str, Path(name).parents))
        is_skipped = any(fnmatch(part, pattern) for part in parents for pattern in patterns)
        if Path(name).suffix in SUFFIXES and not is_skipped and (ROOT / name).is_file():
            yield ROOT / name


def phrases_in(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the phrase and what to write instead of it."""
    for pattern, instead in PHRASES.items():
        words = pattern.replace(" ", r"\s+(?:#:?\s*)?")
        for found in re.finditer(rf"(?<!can )(?<!cannot )\b(?:{words})\b", text, re.IGNORECASE):
            yield text.count("\n", 0, found.start()) + 1, found[0], instead


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="git lists the files")
def test_no_replaced_phrase_is_used() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {phrase!r}; write {instead!r}"
        for path in files()
        for line, phrase, instead in phrases_in(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def words_in_names(text: str, words: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each name in the text of a Python file with a replaced word in it, and that word."""
    for name in dict.fromkeys(re.findall(r"\w*[a-z]_\w+|_[a-z]\w*", text)):
        yield from ((name, word) for word in name.lower().split("_") if word in words)
        yield from ((name, phrase) for _, phrase, _ in phrases_in(name.replace("_", " ")))


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="git lists the files")
def test_no_replaced_word_or_phrase_is_part_of_a_name() -> None:
    lines = (ROOT / ".ci" / "words.txt").read_text(encoding="utf-8").splitlines()
    words = {line.partition("->")[0] for line in lines}
    found = [
        f"{path.relative_to(ROOT)}: {name} has {word!r}"
        for path in files()
        if path.suffix == ".py"
        for name, word in words_in_names(path.read_text(encoding="utf-8"), words)
    ]
    assert found == []


@pytest.mark.parametrize("name", ["test_it_was_begun", "_mended", "is_left_out", "a_life_cycle", "LEFT_OUT_begun"])
def test_a_replaced_word_or_phrase_in_a_name_is_found(name: str) -> None:
    assert list(words_in_names(f"x = {name}()", {"begun", "mended"}))


@pytest.mark.parametrize("name", ["lifecycle_of", "recommended_by", "left_outer_join"])
def test_other_names_are_not(name: str) -> None:
    assert list(words_in_names(f"x = {name}()", {"begun", "mended"})) == []


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="codespell reads every file of a checkout")
def test_no_replaced_word_is_used() -> None:
    names = [f"./{path.relative_to(ROOT)}" for path in files()]
    done = subprocess.run(
        [sys.executable, "-m", "codespell_lib", *names], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout + done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize(
    "text",
    [
        "it hangs on it",
        "Left out,",
        "a life\ncycle",
        "# take\n    # note that",
        "tell whether",
        "who asks",
        "lived with",
    ],
)
def test_a_replaced_phrase_is_found_across_lines(text: str) -> None:
    assert len(list(phrases_in(text))) == 1


@pytest.mark.parametrize("text", ["it depends on", "the left outer", "lifecycle", "a note that was taken", "begun_at"])
def test_other_text_is_not(text: str) -> None:
    assert list(phrases_in(text)) == []


def test_codespell_finds_a_word_of_the_list(tmp_path: Path) -> None:
    path = tmp_path / "text.rst"
    path.write_text("It was begun anew.\n", encoding="utf-8")
    options = ["--dictionary", str(ROOT / ".ci" / "words.txt"), "--config", str(tmp_path / "none")]
    done = subprocess.run(
        [sys.executable, "-m", "codespell_lib", *options, str(path)], capture_output=True, text=True, check=False
    )
    assert "begun ==> started" in done.stdout
    assert "anew ==> again" in done.stdout


def test_the_list_has_no_word_twice_and_replaces_none_by_another_of_the_list() -> None:
    pairs = [line.split("->") for line in (ROOT / ".ci" / "words.txt").read_text(encoding="utf-8").splitlines()]
    words = [word for word, _ in pairs]
    assert len(set(words)) == len(words)
    assert not {part for _, instead in pairs for part in instead.split()} & set(words)


def test_what_is_skipped_exists() -> None:
    missing = [name for name in skipped() if "/" in name and "*" not in name and not (ROOT / name).exists()]
    assert missing == []
