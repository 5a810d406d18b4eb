"""Commands about a run of another user, with real users: each is refused in a sentence, and the run goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S, read_until
from tests.obstacles import OTHER_USER

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Another user than the one who started the run, and root.
OTHERS = [OTHER_USER + 1, 0]
COMMANDS = ["stop", "stop --fast", "stop graph.toml", "stop --left graph.toml", "reload graph.toml", "status"]
#: Reads what root alone may read, as the interpreter may be, and has no other rights.
READER = ("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search")


class Users:
    """A folder that all users may enter, and commands in it as one of them; the state is shared."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[subprocess.Popen[str]] = []
        (folder / "graph.toml").write_text('[drivers.a]\ncommand = ["sleep", "1000"]\n')
        for path in (folder, folder / "graph.toml"):
            path.chmod(0o777)

    def start(self, user: int, *words: str) -> subprocess.Popen[str]:
        """Start a command as a user."""
        change = ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *READER)
        process = subprocess.Popen(
            [*(change if user else ()), sys.executable, "-m", "tierdeps", *words],
            cwd=self._folder,
            env={"PATH": os.environ["PATH"], "XDG_STATE_HOME": str(self._folder / "state"), "HOME": "/"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def open_state(self, mode: int) -> None:
        """Make all files of the run accessible to everybody, as their owner may."""
        for path in (self._folder / "state", *(self._folder / "state").rglob("*")):
            path.chmod(mode)

    def close(self) -> None:
        """End all."""
        for process in self._started:
            process.terminate()
            process.communicate(timeout=TIMEOUT_S)
        shutil.rmtree(self._folder)


@pytest.fixture(name="users")
def _users() -> Iterator[Users]:
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can be other users, with setpriv")
    users = Users(Path(mkdtemp()))  # pytest's own folders are for one user
    yield users
    users.close()


@pytest.mark.parametrize("mode", [None, 0o777], ids=["private", "open"])
def test_whoever_asks_is_refused_in_a_sentence_and_the_run_goes_on(users: Users, mode: int | None) -> None:
    run = users.start(OTHER_USER, "start", "graph.toml")
    read_until(run, "all drivers are ready")
    if mode is not None:
        users.open_state(mode)
    for user in OTHERS:
        for words in COMMANDS:
            process = users.start(user, *words.split())
            out, err = process.communicate(timeout=TIMEOUT_S)
            assert (process.returncode, out) == (4, "")
            assert err.startswith("error: the journal ")
            assert f"belongs to the user with the id {OTHER_USER}, and this is the one with {user}" in err
            assert run.poll() is None
    run.terminate()
    _, err = run.communicate(timeout=TIMEOUT_S)
    assert (run.returncode, err) == (0, "stopping; to stop faster, interrupt again\n")
