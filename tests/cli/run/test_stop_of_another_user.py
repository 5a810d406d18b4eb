"""A stop of a run of another user, whom the system protects from our signals."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from tierdeps.cli._session import Session
from tierdeps.cli.run.client import stop_instance
from tierdeps.control.client import ProcessHandle
from tierdeps.control.messages import FastStop, Stop
from tierdeps.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps.journal import RunRecord


class OfAnother(ProcessHandle):
    """A process that runs on, and may not be signalled."""

    def __init__(self) -> None:
        super().__init__(1, "")

    @property
    def alive(self) -> bool:
        return True

    def is_instance(self, journal: Path) -> bool:
        del journal
        return True

    def ended(self, seconds: float) -> bool:
        del seconds
        return False

    def signal(self, number: int) -> None:
        raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize("request_type", [Stop, FastStop])
def test_the_error_is_one_sentence(request_type: type[Stop | FastStop], tmp_path: Path) -> None:
    info = SimpleNamespace(pid=1, title="g.toml", socket=str(tmp_path / "none"))
    run = cast("RunRecord", SimpleNamespace(info=info))
    with pytest.raises(RunError, match=r"^g\.toml, process 1, belongs to another user; only that user can stop it$"):
        stop_instance(Session(quiet=True), run, OfAnother(), request_type("text", False), 5)
