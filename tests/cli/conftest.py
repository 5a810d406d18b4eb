"""The command line, run in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from tests.cli.hosts import Answer, host
from tests.cli.repositories import repository
from tests.manager.conftest import site
from tierdeps._util.interrupts import end_cleanup
from tierdeps.cli import run_cli

__all__ = ["Answer", "Ask", "ask", "host", "repository", "site"]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def unlimited() -> Iterator[None]:
    """Lift the limit on cleaning up that an interrupt in this process set: it would end pytest."""
    yield
    end_cleanup()


class Ask(Protocol):
    """Runs ``tierdeps`` with arguments."""

    def __call__(self, *arguments: str) -> Answer: ...


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run commands in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as ended:
            run_cli(arguments)
        said = capsys.readouterr()
        return Answer(ended.value.code, said.out, said.err)

    return call
