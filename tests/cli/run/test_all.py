"""``tierdeps start --all``: drivers are told to start also what they would leave alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Ask

DEEDS = """
from tierdeps import Lifecycle

class Guests(Lifecycle):
    def probe(self, context):
        return None if context.settings.get("all") else "left off"
"""


@pytest.fixture(autouse=True)
def graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "all_deeds.py").write_text(DEEDS)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "graph.toml").write_text('[drivers.a]\n[drivers.qemu]\nlifecycle = "all_deeds:Guests"\n')


@pytest.mark.parametrize(("options", "state"), [((), "qemu skipped: left off"), (("--all",), "qemu ready")])
def test_it_is_a_setting_of_every_driver(ask: Ask, options: tuple[str, ...], state: str) -> None:
    answer = ask("start", "--once", *options, "graph.toml")
    assert answer.code == 0
    assert state in answer.out


def test_the_settings_may_say_it_too(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "tierdeps.toml").write_text("[drivers.qemu]\nall = true\n")
    assert "qemu ready" in ask("start", "--once", "graph.toml").out
