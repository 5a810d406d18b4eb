"""The process that a declaration means here and now: its env files read, and its variables replaced by their values."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, Any

from tierdeps._util.env_file import EnvFileError, parse_env_file
from tierdeps._util.frozen import Value, replace
from tierdeps._util.masks import hide
from tierdeps._util.state_dir import reason_of
from tierdeps._util.text import NotUtf8Error, decode_utf8
from tierdeps.model.process import GUARD_PREFIX, RESERVED_VARIABLES
from tierdeps.model.variables import MalformedVariableError, VariableError, substitute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tierdeps.model import Process

#: The keys of a process whose texts may have variables, but for ``env``.
KEYS = ("command", "ready", "cwd", "alive", "stop_command", "reload_command", "pid_file")
#: What is before the name of a file that may be missing, as in systemd.
OPTIONAL = "-"
#: No file of variables is larger, in bytes.
MAX_BYTES = 1 << 20
#: Variables with such a name are secrets: no output of tierdeps has their values.
_SECRET = re.compile(r"PASS|PWD|SECRET|TOKEN|KEY|CREDENTIAL|PRIVATE", re.IGNORECASE)


class Problem(Value):
    """What is wrong with a key of a process here; ``malformed`` if it would be so everywhere."""

    key: str
    text: str
    malformed: bool = False


class UnresolvedError(Exception):
    """A process cannot be what its declaration says."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{problem.key}: {problem.text}" for problem in problems))


def resolved(process: Process, environment: Mapping[str, str], folder: str = "") -> Process:
    """Return a process without env files and variables. Raises UnresolvedError, which has no values.

    Names of files are relative to ``folder``. Variables come from the environment, env files, and ``env``; each of them
    overrides the ones before.
    """
    if not (process.env_file or process.substitute):
        return process
    problems: list[Problem] = []
    found = dict(_file_variables(process, environment, folder, problems))
    if problems:  # what the files would set is not known
        raise UnresolvedError(tuple(problems))
    hide(value for name, value in found.items() if _SECRET.search(name))
    env = dict(process.env)
    changes: dict[str, Any] = {}
    if process.substitute:
        known = {**environment, **found}
        env = {name: _filled(f"env.{name}", value, known, problems) for name, value in env.items()}
        known |= env
        for key in KEYS:
            value = getattr(process, key)
            if value is not None:
                changes[key] = _each(value, lambda text, key=key: _filled(key, text, known, problems))  # type: ignore[misc]
    if problems:
        raise UnresolvedError(tuple(problems))
    return replace(process, **changes, env=tuple({**found, **env}.items()), env_file=(), substitute=False)


def _each(value: Any, filled: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return filled(value)
    if isinstance(value, tuple):
        return tuple(_each(item, filled) for item in value)
    if isinstance(value, Value):
        fields = {name: _each(getattr(value, name), filled) for name in value.__struct_fields__}
        return replace(value, **fields)
    return value


def _filled(key: str, text: str, known: Mapping[str, str], problems: list[Problem]) -> str:
    try:
        return substitute(text, known)
    except VariableError as error:
        problems.append(Problem(key, str(error), malformed=isinstance(error, MalformedVariableError)))
        return text


def _file_variables(
    process: Process, environment: Mapping[str, str], folder: str, problems: list[Problem]
) -> Iterator[tuple[str, str]]:
    for named in process.env_file:
        name = named.removeprefix(OPTIONAL)
        if process.substitute:
            name = _filled("env_file", name, environment, problems)
        path = os.path.join(folder, name)  # noqa: PTH118  the folder may be empty
        try:
            variables = parse_env_file(_text(path))
            problems += (
                Problem("env_file", f"{name} sets {variable}, which is a variable of tierdeps")
                for variable in variables
                if variable in RESERVED_VARIABLES or variable.startswith(GUARD_PREFIX)
            )
            yield from variables.items()
        except FileNotFoundError:
            if not named.startswith(OPTIONAL):
                problems.append(Problem("env_file", f"there is no file {name}"))
        except OSError as error:
            problems.append(Problem("env_file", f"{name} cannot be read: {reason_of(error)}"))
        except (EnvFileError, NotUtf8Error) as error:
            problems.append(Problem("env_file", f"{name}: line {error.line}: {error}"))


def _text(path: str) -> str:
    """Return the text of a regular file. Raises OSError or NotUtf8Error."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:  # noqa: PTH123  a descriptor
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "it is not a regular file")
        if status.st_size > MAX_BYTES:
            raise OSError(0, f"it has more than {MAX_BYTES} bytes")
        return decode_utf8(file.read(MAX_BYTES))
