"""The supervisors that are compared: how each is configured to run so many processes, and how it is stopped."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from signal import SIGHUP, SIGTERM
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Where ``.ci/supervisors`` puts peers that are not installed.
UNPACKED = Path("build/peers")


class Supervisor(NamedTuple):
    """A supervisor; ``configure`` writes its files into a folder and returns its command line.

    ``signal`` stops it and its processes; ``most`` is how many processes it can have.
    """

    name: str
    program: str
    configure: Callable[[str, Path, Sequence[str], int], list[str]]
    signal: int = SIGTERM
    most: int = 1_000_000
    environment: tuple[tuple[str, str], ...] = ()

    def path(self) -> str | None:
        """Return the path of its program; None if it is not on this machine."""
        if self.program == sys.executable:
            return self.program
        places = (UNPACKED / "venv" / "bin", UNPACKED / "usr" / "bin", UNPACKED / "usr" / "sbin")
        found = next((place for place in places if (place / self.program).exists()), None)
        return str((found / self.program).absolute()) if found is not None else shutil.which(self.program)


def _tierdeps(program: str, folder: Path, command: Sequence[str], count: int) -> list[str]:
    drivers = {f"d{number:05}": {"command": list(command)} for number in range(count)}
    graph = folder / "graph.json"
    graph.write_text(json.dumps({"drivers": drivers}))
    # What other plugins import is not what is measured.
    others = {point.dist.name for point in entry_points(group="tierdeps") if point.dist is not None}
    blocked = (f"--block={name}" for name in sorted(others))
    return [program, "-m", "tierdeps", "start", *blocked, str(graph)]


def _locked(program: str, folder: Path, command: Sequence[str], count: int) -> list[str]:
    *start, graph = _tierdeps(program, folder, command, count)
    lock = str(folder / "tierdeps.lock")
    subprocess.run([*start[:3], "lock", *start[4:], "--output", lock, graph], check=True, stdout=subprocess.DEVNULL)
    return [*start, f"--locked={lock}", graph]


def _run_scripts(folder: Path, command: Sequence[str], count: int) -> Path:
    services = folder / "services"
    for number in range(count):
        service = services / f"d{number:05}"
        service.mkdir(parents=True)
        script = service / "run"
        script.write_text(f"#!/bin/sh\nexec {' '.join(command)}\n")
        script.chmod(0o755)
    return services


def _s6(program: str, folder: Path, command: Sequence[str], count: int) -> list[str]:
    return [program, "-c", str(max(count, 2)), str(_run_scripts(folder, command, count))]


def _runit(program: str, folder: Path, command: Sequence[str], count: int) -> list[str]:
    return [program, str(_run_scripts(folder, command, count))]


def _dinit(program: str, folder: Path, command: Sequence[str], count: int) -> list[str]:
    services = folder / "services"
    services.mkdir()
    names = [f"d{number:05}" for number in range(count)]
    for name in names:
        (services / name).write_text(f"type = process\ncommand = {' '.join(command)}\n")
    (services / "boot").write_text("type = internal\n" + "".join(f"waits-for = {name}\n" for name in names))
    return [program, "--user", "--quiet", "-d", str(services), "-p", str(folder / "s"), "-l", str(folder / "log")]


def _supervisord(program: str, folder: Path, command: Sequence[str], count: int) -> list[str]:
    sections = [
        "[supervisord]",
        f"logfile={folder}/log",
        f"pidfile={folder}/pid",
        f"childlogdir={folder}",
        f"minfds={2 * count + 1000}",
        "nodaemon=true",
        "user=root",
    ]
    for number in range(count):
        sections += [f"[program:d{number:05}]", f"command={' '.join(command)}"]
    file = folder / "supervisord.conf"
    file.write_text("\n".join(sections) + "\n")
    return [program, "-n", "-c", str(file)]


def _circus(program: str, folder: Path, command: Sequence[str], count: int) -> list[str]:
    sections = [
        "[circus]",
        f"endpoint = ipc://{folder}/endpoint",
        f"pubsub_endpoint = ipc://{folder}/pubsub",
        "check_delay = -1",
    ]
    for number in range(count):
        sections += [f"[watcher:d{number:05}]", f"cmd = {' '.join(command)}"]
    file = folder / "circus.ini"
    file.write_text("\n".join(sections) + "\n")
    return [program, str(file)]


#: The second one has what the peers have, which use no cgroups; the third one does not import networkx.
OURS = (
    Supervisor("tierdeps", sys.executable, _tierdeps),
    Supervisor("tierdeps, no cgroups", sys.executable, _tierdeps, environment=(("TIERDEPS_CGROUP", "no"),)),
    Supervisor("tierdeps, locked", sys.executable, _locked),
)
PEERS = (
    Supervisor("dinit", "dinit", _dinit),
    Supervisor("s6", "s6-svscan", _s6),
    Supervisor("runit", "runsvdir", _runit, SIGHUP, most=1000),  # MAXSERVICES in runsvdir.c
    Supervisor("supervisord", "supervisord", _supervisord),
    Supervisor("circus", "circusd", _circus),
)
