"""Export to dinit: a service description for each step and each tier; see dinit-service(5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Export, ExportedFile, Exporter
from tierdeps_boot._exporters.losses import (
    Losses,
    add_commands,
    add_common,
    add_couplings,
    add_readiness,
    refuse_line_breaks,
    with_absolute_paths,
)
from tierdeps_boot._exporters.units import named, plain_name, units

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps import Plan, Process
    from tierdeps_boot._exporters.units import Unit

HEADER = "# Written by tierdeps export. Change the graph and export it again."
#: The folder of files with environment variables: dinit looks for services in files of the folder above alone.
ENV_FOLDER = "env"
#: File names may have so many bytes.
MAX_NAME = 255


def export(plan: Plan) -> Export:
    """Return a service description for each step and each tier, and one that needs all tiers."""
    losses = Losses()
    found = with_absolute_paths(units(plan), losses)
    names = named(found, _escaped, MAX_NAME)
    add_common(losses, plan, found)
    files = []
    for unit in found:
        _add_coupling_losses(unit, losses)
        text = "\n".join((HEADER, f"# {_comment(unit.title)}", *_entries(unit, names))) + "\n"
        files.append(ExportedFile(names[unit.name], text))
        if unit.process is not None:
            files += _environment(unit.process, names[unit.name])
            _add_losses(unit, unit.process, losses)
    return Export(tuple(files), losses.found)


def _entries(unit: Unit, names: Mapping[str, str]) -> Iterator[str]:
    process = unit.process
    if process is None:
        yield "type = internal"
    else:
        kind = "bgprocess" if process.type == "forking" else "process"
        yield f"type = {'scripted' if process.ready == 'exit' else kind}"
        yield from _settings(unit, process, names[unit.name])
    for link in unit.links:
        name = names[link.unit]
        if link.needs:
            yield f"{'depends-on' if link.stops_with else 'depends-ms'} = {name}"
        else:
            yield f"{'waits-for' if link.wants else 'after'} = {name}"


def _settings(unit: Unit, process: Process, name: str) -> Iterator[str]:
    refuse_line_breaks(unit, "dinit", command=" ".join(process.command), cwd=process.cwd, user=process.user)
    commands = (("command", process.command), ("stop-command", process.stop_command))
    yield from (f"{what} = {' '.join(_word(word) for word in words)}" for what, words in commands if words)
    if (ready := process.ready or "").startswith("fd:"):
        yield f"ready-notification = pipefd:{ready.removeprefix('fd:')}"
    if process.env:
        yield f"env-file = {ENV_FOLDER}/{name}"
    paths = (("pid-file", process.pid_file), ("working-dir", process.cwd), ("run-as", process.user))
    yield from (f"{what} = {_value(text)}" for what, text in paths if text is not None)
    if process.stop_signal != "SIGTERM":
        yield f"term-signal = {process.stop_signal.removeprefix('SIG')}"
    if process.ready != "exit":
        yield f"restart = {'yes' if process.restart == 'always' else process.restart}"
    if process.restart != "no":
        yield f"restart-delay = {process.restart_backoff:g}"
        yield f"restart-limit-count = {process.restart_limit}"
    policy = unit.policy
    if policy is not None and policy.timeout is not None:
        yield f"start-timeout = {policy.timeout:g}"
    if policy is not None and policy.stop_timeout is not None:
        yield f"stop-timeout = {policy.stop_timeout:g}"


def _environment(process: Process, name: str) -> Iterator[ExportedFile]:
    if process.env:
        lines = (f"{key}={value}\n" for key, value in process.env if "\n" not in value)
        yield ExportedFile(f"{ENV_FOLDER}/{name}", "".join(lines))


def _add_coupling_losses(unit: Unit, losses: Losses) -> None:
    stops = any(link.stops_with and not link.needs for link in unit.links)
    add_couplings(losses, unit, stops=stops, restarts=any(link.restarts_with for link in unit.links))


def _add_losses(unit: Unit, process: Process, losses: Losses) -> None:
    add_readiness(losses, unit, process, awaited=("exit", "fd"))
    losses.add_if(process.restart != "no", "the pause before a restart does not double", unit)
    add_commands(losses, unit, process, stops=True, forks=True)
    several = any("\n" in value for _, value in process.env)
    losses.add_if(several, "no variable can have several lines; those of the environment that have are omitted", unit)


def _escaped(name: str) -> str:
    """Return a name that a file can have beside the folder of environment variables."""
    text = plain_name(name, "._-")
    return f"x{text}" if text == ENV_FOLDER else text


def _word(text: str) -> str:
    """Return a word of a command as dinit reads it back: in quotes where needed, ``$`` doubled."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return escaped if escaped == text and text and not any(s.isspace() or s in "'#" for s in text) else f'"{escaped}"'


def _value(text: str) -> str:
    """Return a value that is taken whole: ``$`` begins a variable in it."""
    return text.replace("$", "$$")


def _comment(text: str) -> str:
    return " ".join(text.split())


EXPORTER = Exporter("dinit", "service descriptions, see dinit-service(5)", export)
