"""What is coloured, and linked."""

from __future__ import annotations

import pytest

from tierdeps.model import Origin
from tierdeps.words.layout import unstyled
from tierdeps.words.palette import PLAIN, STYLES, Palette

COLORED = Palette(color=True)
LINKED = Palette(color=True, address=lambda file, line: f"file://host/{file}#{line}" if file == "g.toml" else "")


@pytest.mark.parametrize("kind", STYLES)
def test_every_kind_has_a_style_and_the_plain_palette_none(kind: str) -> None:
    assert unstyled(COLORED(kind, "word")) == "word"
    assert COLORED(kind, "word").startswith("\x1b[")
    assert PLAIN(kind, "word") == "word"
    assert COLORED(kind, "") == ""


SENTENCE = "storage:autostart in tier core needs 'a b' and web, as g.toml:13 says"


def test_a_sentence_has_its_drivers_tiers_quotes_and_places_coloured() -> None:
    said = COLORED.sentence(SENTENCE, {"storage"})
    assert unstyled(said) == SENTENCE
    for kind, word in (("driver", "storage"), ("phase", "autostart"), ("tier", "core"), ("quoted", "'a b'")):
        assert COLORED(kind, word) in said
    assert COLORED("place", "g.toml:13") in said
    assert " web," in said, "nobody said that it is a driver"
    assert PLAIN.sentence(SENTENCE, {"storage"}) == SENTENCE


@pytest.mark.parametrize("name", ["a", "needs", "the", "tier"])
def test_a_driver_that_is_named_like_a_word_of_the_sentence_is_not_coloured(name: str) -> None:
    assert COLORED.sentence("a tier needs the other", {name}) == "a tier needs the other"


def test_the_last_word_of_a_sentence_may_be_a_driver() -> None:
    assert COLORED.sentence("it needs qemu.", {"qemu"}) == f"it needs {COLORED('driver', 'qemu')}."
    assert COLORED.sentence("it needs a.b", {"a.b"}) == f"it needs {COLORED('driver', 'a.b')}"


@pytest.mark.parametrize(
    "origin",
    [
        Origin("g.toml", 13, "drivers.a"),
        Origin("g.toml"),
        Origin("a/b.py", 7, distribution="acme", version="1.0"),
        Origin(distribution="acme", version="1.0"),
        Origin(key="--assume x=yes"),
        Origin(),
    ],
)
def test_an_origin_reads_the_same_in_colour(origin: Origin) -> None:
    assert unstyled(LINKED.origin(origin)) == str(origin) == PLAIN.origin(origin)


def test_a_file_that_is_there_is_linked_to_its_line() -> None:
    link = "\x1b]8;;file://host/g.toml#13\x1b\\"
    assert link in LINKED.origin(Origin("g.toml", 13, "drivers.a"))
    assert link in LINKED.sentence("see g.toml:13")
    assert "\x1b]8" not in LINKED.origin(Origin("other.toml", 13))


def test_a_code_is_linked_to_its_page_where_links_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIERDEPS_DOCS", "https://docs.example.org")
    page = "https://docs.example.org/reference/codes/TD101.html"
    linking = Palette(color=True, address=lambda _file, _line: "file:///here")
    assert page in linking.code("error", "error[TD101]", "TD101")
    assert page not in Palette(color=True).code("error", "error[TD101]", "TD101")
    assert Palette().code("error", "error[TD101]", "TD101") == "error[TD101]"
