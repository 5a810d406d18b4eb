"""Look at what a process will execute before anything is started: its program, its user and its folder."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
from typing import TYPE_CHECKING

from tierdeps.processes.resolve import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tierdeps.model import Process

EXEC = "exec:"


def program_problems(
    process: Process, environment: Mapping[str, str], folder: str = "", *, paths: bool = True
) -> Iterator[Problem]:
    """Yield what a resolved process lacks on this host.

    Without ``paths``, only programs that are looked up on the PATH are verified, and the user: a file or a folder may
    be made by a driver that starts before.
    """
    search = {**environment, **dict(process.env)}.get("PATH", os.defpath)
    where = os.path.join(folder, process.cwd or "")  # noqa: PTH118  either may be empty
    missing_folder = process.cwd is not None and paths and not os.path.isdir(where)  # noqa: PTH112  the same path
    if missing_folder:
        yield Problem("cwd", f"there is no folder {process.cwd!r}")
    for key, command in _commands(process):
        name = command[0]
        if "/" not in name:
            if shutil.which(name, path=search) is None:
                yield Problem(key, f"the program {name!r} is not on the PATH")
        elif paths and not missing_folder:
            problem = _file_problem(os.path.join(where, name))  # noqa: PTH118
            if problem:
                yield Problem(key, f"the program {name!r} {problem}")
    if process.user is not None:
        yield from _user_problems(process.user)


def _commands(process: Process) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the commands of a process, with their keys."""
    yield "command", process.command
    for key, text in (("ready", process.ready), ("alive", process.alive.probe if process.alive else None)):
        if text is not None and text.startswith(EXEC):
            yield key, shlex.split(text.removeprefix(EXEC))
    for key, command in (("stop_command", process.stop_command), ("reload_command", process.reload_command)):
        if command:
            yield key, command


def _file_problem(path: str) -> str:
    if os.path.isdir(path):  # noqa: PTH112
        return "is a folder"
    if not os.path.exists(path):  # noqa: PTH110
        return "does not exist"
    return "" if os.access(path, os.X_OK) else "is not executable"


def _user_problems(user: str) -> Iterator[Problem]:
    try:
        found = pwd.getpwnam(user)
    except KeyError:
        yield Problem("user", f"there is no user {user!r}")
        return
    if os.geteuid() not in (0, found.pw_uid):
        yield Problem("user", f"only root may start a process as the user {user!r}")
