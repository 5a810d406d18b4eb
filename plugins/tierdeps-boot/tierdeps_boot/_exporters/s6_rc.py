"""Export to s6-rc: a source definition folder for each step and each tier; see s6-rc-compile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Export, ExportedFile, Exporter
from tierdeps_boot._exporters.losses import (
    Losses,
    add_commands,
    add_common,
    add_couplings,
    add_readiness,
    with_absolute_paths,
)
from tierdeps_boot._exporters.units import named, plain_name, units

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps import Plan, Process
    from tierdeps_boot._exporters.units import Unit

#: Where execline is looked for: the programs of s6-rc are run with PATH, but a first line needs a whole path.
FIRST_LINE = "#!/bin/execlineb -P\n"
#: File names may have so many bytes.
MAX_NAME = 255
#: What a ``finish`` script exits with so that s6-supervise does not start the service again.
NO_RESTART = 125


def export(plan: Plan) -> Export:
    """Return a longrun for each process, a oneshot for each other step, a bundle for each tier and for everything."""
    losses = Losses()
    found = with_absolute_paths(units(plan), losses)
    names = named(found, _escaped, MAX_NAME)
    add_common(losses, plan, found)
    files = []
    for unit in found:
        files += [
            ExportedFile(f"{names[unit.name]}/{path}", text, executable=path in ("run", "finish"))
            for path, text in _files(unit, names)
        ]
        _add_losses(unit, losses)
    return Export(tuple(files), losses.found)


def _escaped(name: str) -> str:
    """Return a name that a folder can have; s6-rc keeps those that begin with ``s6rc-`` for itself."""
    text = plain_name(name, "._-:@")
    return f"x{text}" if text.startswith("s6rc-") else text


def _files(unit: Unit, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the files of a folder: the path of each, and its text."""
    process = unit.process
    if unit.driver is None:
        yield "type", "bundle\n"
        yield from ((f"contents.d/{names[link.unit]}", "") for link in unit.links)
        return
    yield from ((f"dependencies.d/{names[link.unit]}", "") for link in unit.links)
    if process is None:
        yield from (("type", "oneshot\n"), ("up", "true\n"))
    elif process.ready == "exit":
        yield from (("type", "oneshot\n"), ("up", f"{_script(process)}\n"))
    else:
        yield from _longrun(process)
    yield from _timeouts(unit)


def _longrun(process: Process) -> Iterator[tuple[str, str]]:
    yield "type", "longrun\n"
    yield "run", f"{FIRST_LINE}{_script(process)}\n"
    if (ready := process.ready or "").startswith("fd:"):
        yield "notification-fd", f"{ready.removeprefix('fd:')}\n"
    if process.stop_signal != "SIGTERM":
        yield "down-signal", f"{process.stop_signal}\n"
    if process.restart == "no":
        yield "finish", f"{FIRST_LINE}exit {NO_RESTART}\n"
    elif process.restart == "always":
        yield "max-death-tally", f"{process.restart_limit}\n"
    else:  # the first argument of a finish script is the exit code, 256 after a signal
        yield "finish", f"{FIRST_LINE.replace('-P', '-S1')}case -- $1 {{ ^0$ {{ exit {NO_RESTART} }} }} exit 0\n"
        yield "max-death-tally", f"{process.restart_limit}\n"


def _timeouts(unit: Unit) -> Iterator[tuple[str, str]]:
    """Yield the deadlines, in milliseconds."""
    policy = unit.policy
    if unit.process is not None and policy is not None:
        if policy.timeout is not None:
            yield "timeout-up", f"{policy.timeout * 1000:.0f}\n"
        if policy.stop_timeout is not None:
            yield "timeout-down", f"{policy.stop_timeout * 1000:.0f}\n"


def _script(process: Process) -> str:
    """Return a process as a command line of execline, which runs one program through the other, and no shell."""
    words = [word for name, value in process.env for word in ("export", name, value)]
    if process.cwd is not None:
        words += ["cd", process.cwd]
    if process.user is not None:
        words += ["s6-setuidgid", process.user]
    return " ".join(_word(word) for word in (*words, *process.command))


def _word(text: str) -> str:
    """Return a word as execlineb reads it back."""
    plain = text.replace("_", "").replace("-", "").replace("/", "").replace(".", "").replace(":", "").isalnum()
    if plain and text.isascii():
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _add_losses(unit: Unit, losses: Losses) -> None:
    losses.add_if(
        any(not link.needs for link in unit.links),
        "every dependency is needed: what is wanted, or only ordered, keeps it down when it fails",
        unit,
    )
    stops, restarts = any(link.stops_with for link in unit.links), any(link.restarts_with for link in unit.links)
    add_couplings(losses, unit, stops=stops, restarts=restarts)
    process = unit.process
    if process is None:
        return
    add_readiness(losses, unit, process, awaited=("exit", "fd"))
    add_commands(losses, unit, process)
    losses.add_if(process.restart != "no", "the pause before a restart is one second, and does not double", unit)


EXPORTER = Exporter("s6-rc", "source definition folders, see s6-rc-compile", export)
