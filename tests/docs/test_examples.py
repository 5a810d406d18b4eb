"""The examples of the documentation are run, page by page, and must print what it shows.

``TIERDEPS_GOLDEN=write pytest tests/docs`` writes what came out into the pages; the difference is then there to read.
"""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.docs.conftest import ROOT, Desk
from tests.docs.examples import agrees, examples

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = ROOT / "docs"
#: Folders of pages that are generated as the documentation is built.
GENERATED = ("codes", "commands", "schemas")
PAGES = sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.rst") if page.parent.name not in GENERATED)
#: The pages whose examples need a library.
LIBRARIES = {
    "howto/fastapi.rst": "fastapi",
    "howto/fleet.rst": "distributed",
    "howto/metrics.rst": "tierdeps_telemetry",
}
#: The pages that are about the plugins of a distribution.
PLUGINS = {
    f"howto/{name}.rst": ("tierdeps-boot",)
    for name in ("check-compose", "check-init", "check-units", "export", "move-processes", "move-services")
} | {"howto/metrics.rst": ("tierdeps-telemetry",)}
#: Languages in which there is something to get wrong even where nothing is run.
PARSERS: dict[str, Callable[[str], Any]] = {
    "toml": tomllib.loads,
    "json": json.loads,
    "yaml": yaml.safe_load,
    "python": lambda text: compile(text, "example", "exec"),
}


@pytest.mark.parametrize("name", PAGES)
def test_prints_what_it_shows(desk: Desk, name: str) -> None:
    if name in LIBRARIES:
        pytest.importorskip(LIBRARIES[name], reason="the page is about it")
    desk = replace(desk, plugins=PLUGINS.get(name, ()))
    page = DOCS / name
    text, end = page.read_text(), 0
    for example in examples(text):
        if example.file:
            file = desk.folder / example.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(example.text)
        for command, shown in example.commands if example.language == "console" else ():
            printed = desk.run(command).replace(str(desk.folder), "/home/you")
            if os.environ.get("TIERDEPS_GOLDEN") == "write":
                rewritten = shown if "..." in shown or agrees(shown, printed) else printed
                text, end = _rewritten(text, end, command, (shown, rewritten))
            else:
                assert agrees(shown, printed), f"line {example.line}: $ {command}\n{printed}"
    if text != page.read_text():
        page.write_text(text)


@pytest.mark.parametrize("name", PAGES)
def test_three_dots_stand_for_no_output(name: str) -> None:
    consoles = [example for example in examples((DOCS / name).read_text()) if example.language == "console"]
    shown = [line for example in consoles for _, output in example.commands for line in output.splitlines()]
    assert "..." not in map(str.strip, shown)


def _rewritten(text: str, after: int, command: str, outputs: tuple[str, str]) -> tuple[str, int]:
    """Put what was printed into the page, in the place of what it shows, and return where that ends."""
    before, rewritten = (
        "".join(f"   {line}".rstrip() + "\n" for line in (f"$ {command}", *output.splitlines())) for output in outputs
    )
    place = text.index(before, after)
    return text[:place] + rewritten + text[place + len(before) :], place + len(rewritten)


@pytest.mark.parametrize("name", PAGES)
def test_what_it_shows_can_be_read_by_what_it_is_for(name: str) -> None:
    for example in examples((DOCS / name).read_text()):
        if example.language in PARSERS:
            PARSERS[example.language](example.text)


def test_there_are_examples_to_run() -> None:
    run = [
        command
        for name in PAGES
        for example in examples((DOCS / name).read_text())
        if example.language == "console"
        for command, _ in example.commands
    ]
    assert sum("tierdeps" in command for command in run) >= 20


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\nb", "a\nb", True),
        ("a\nb", "a\nc", False),
        ("a\n...", "a\nb\nc", True),
        ("...\nc", "a\nb\nc", True),
        ("in ... s", "in 0.3 s", True),
        ("in ... s", "at 0.3 s", False),
        ("", "", True),
        ("", "surprise", False),
        ("a", "a  ", True),
        ("   0.012  web ready", "   1.734  web ready", True),
        ("   0.012  web ready", "   0.012  web failed", False),
        ("up after 0.3 s", "up after 12.31 s", True),
        ("4 passed in 0.52s", "4 passed in 1.10s", True),
        ("99.0 %", "98.0 %", False),
        ("a\nb", "a\nnote: a:start blocked the event loop for 1.1 s; use a thread\nb", True),
        ("db runs, as process 12", "db runs, as process 4711", True),
        ("ended at 2026-11-29 10:00:00", "ended at 2027-01-02 03:04:05", True),
    ],
)
def test_three_dots_stand_for_anything(shown: str, printed: str, same: bool) -> None:
    assert agrees(shown, printed) is same
