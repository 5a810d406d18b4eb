"""Export to systemd: a service for each process, a target for each other step and each tier; see systemd.unit(5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Export, ExportedFile, Exporter
from tierdeps_boot._exporters.losses import (
    Losses,
    add_common,
    add_couplings,
    add_readiness,
    refuse_line_breaks,
    with_absolute_paths,
)
from tierdeps_boot._exporters.units import named, units

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps import Plan, Process
    from tierdeps_boot._exporters.units import Unit

HEADER = "# Written by tierdeps export. Change the graph and export it again, or use a drop-in: see systemd.unit(5)."
#: What systemd takes for a modifier at the beginning of a command: see systemd.service(5).
MODIFIERS = tuple("@-:+!|")
#: The longest name of a unit file: see unit_name_is_valid in systemd's src/basic/unit-name.c.
MAX_NAME = 255


def export(plan: Plan) -> Export:
    """Return a unit for each step and each tier, and ``tierdeps.target``, which needs all tiers."""
    losses = Losses()
    found = with_absolute_paths(units(plan), losses)
    stems = named(found, _escaped, MAX_NAME - len(".service"))
    names = {unit.name: f"{stems[unit.name]}.{'target' if unit.process is None else 'service'}" for unit in found}
    add_common(losses, plan, found)
    files = [ExportedFile(names[unit.name], _text(unit, names, losses, is_all=unit is found[-1])) for unit in found]
    return Export(tuple(files), losses.found)


def _text(unit: Unit, names: Mapping[str, str], losses: Losses, *, is_all: bool) -> str:
    sections = [("Unit", tuple(_unit_section(unit, names)))]
    add_couplings(losses, unit, stops=any(link.stops_with and not link.needs for link in unit.links), restarts=False)
    if unit.process is not None:
        refuse_line_breaks(unit, "systemd", cwd=unit.process.cwd, user=unit.process.user)
        _add_losses(unit, unit.process, losses)
        sections.append(("Service", tuple(_service_section(unit, unit.process))))
    if is_all:
        sections.append(("Install", (("WantedBy", "multi-user.target"),)))
    lines = [HEADER]
    for section, entries in sections:
        lines += [f"\n[{section}]", *(f"{key}={value}" for key, value in entries)]
    return "\n".join(lines) + "\n"


def _unit_section(unit: Unit, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the entries of ``[Unit]``; those that begin with ``X-`` are for those who read the file back."""
    yield "Description", _plain(unit.title)
    if unit.driver is not None:
        yield "X-Tierdeps-Driver", _plain(unit.driver.name)
        yield "X-Tierdeps-Tier", _plain(unit.driver.tier)
    if unit.process is not None and unit.process.restart != "no":
        yield "StartLimitBurst", str(unit.process.restart_limit + 1)
    for link in unit.links:
        if link.needs:
            yield ("BindsTo" if link.stops_with else "Requires"), names[link.unit]
        elif link.wants:
            yield "Wants", names[link.unit]
        if link.restarts_with:
            yield "PartOf", names[link.unit]
        yield "After", names[link.unit]


def _service_section(unit: Unit, process: Process) -> Iterator[tuple[str, str]]:
    yield from _commands(process)
    for name, value in process.env:
        yield "Environment", _word(f"{name}={value}", variables=False)
    if process.cwd is not None:
        yield "WorkingDirectory", _plain(process.cwd)
    if process.user is not None:
        yield "User", _plain(process.user)
    if process.stop_signal != "SIGTERM":
        yield "KillSignal", process.stop_signal
    if process.restart != "no":
        yield "Restart", process.restart
        yield "RestartSec", f"{process.restart_backoff:g}"
    policy = unit.policy
    if policy is not None and policy.timeout is not None:
        yield "TimeoutStartSec", f"{policy.timeout:g}"
    if policy is not None and policy.stop_timeout is not None:
        yield "TimeoutStopSec", f"{policy.stop_timeout:g}"


def _commands(process: Process) -> Iterator[tuple[str, str]]:
    forks = process.type == "forking"
    yield "Type", "forking" if forks else {"notify": "notify", "exit": "oneshot"}.get(process.ready or "", "exec")
    if process.ready == "exit":
        yield "RemainAfterExit", "yes"
    if process.pid_file is not None:
        yield "PIDFile", _plain(process.pid_file)
    commands = (("Start", process.command), ("Reload", process.reload_command), ("Stop", process.stop_command))
    yield from ((f"Exec{what}", _command(words)) for what, words in commands if words)


def _add_losses(unit: Unit, process: Process, losses: Losses) -> None:
    add_readiness(losses, unit, process, awaited=("exit", "notify"))
    losses.add_if(process.restart != "no", "the pause before a restart does not double", unit)


def _command(words: tuple[str, ...]) -> str:
    """Return a command for ``ExecStart=``, which runs no shell but has variables, specifiers and modifiers."""
    if words[0].startswith(MODIFIERS):
        words = ("/usr/bin/env", "--", *words)
    return " ".join(_word(word) for word in words)


def _word(text: str, *, variables: bool = True) -> str:
    """Return a word as systemd reads it back: quoted where needed, ``%`` and, in commands, ``$`` doubled."""
    text = text.replace("%", "%%")
    if variables:
        text = text.replace("$", "$$")
    plain = text.replace("_", "").replace("-", "").replace("/", "").replace(".", "").replace("=", "").isalnum()
    return text if plain and text.isascii() else f'"{"".join(_quoted(sign) for sign in text)}"'


def _quoted(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    return sign if sign.isprintable() else "".join(f"\\x{byte:02x}" for byte in sign.encode())


def _plain(text: str) -> str:
    """Return text for a value that is not split into words: on one line, with ``%`` doubled."""
    line = " ".join(text.split()) if any(not sign.isprintable() for sign in text) else text
    return line.replace("%", "%%")


def _escaped(name: str) -> str:
    r"""Return a name with what the name of a unit cannot have as ``\xNN``; ``-`` stays, for it is usual in names.

    ``:`` may be in a name, but systemd-analyze takes what follows it for an alias; so a phase follows a ``.``.
    """
    plain = name.replace(":", ".")
    text = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "_.-") else _hex(sign) for sign in plain)
    return f"{_hex(text[0])}{text[1:]}" if text[0] in ".-" else text


def _hex(sign: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in sign.encode())


EXPORTER = Exporter("systemd", "unit files, see systemd.unit(5)", export)
