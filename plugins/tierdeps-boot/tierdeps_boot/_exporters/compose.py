"""Export to compose: a service for each step and each tier, in one ``compose.yaml``; see the Compose Specification."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from tierdeps import Export, ExportedFile, Exporter
from tierdeps_boot._exporters.losses import Losses, add_commands, add_common, add_couplings, add_readiness
from tierdeps_boot._exporters.units import named, plain_name, units

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tierdeps import Plan, Process
    from tierdeps_boot._exporters.units import Unit

HEADER = (
    "# Written by tierdeps export. Change the graph and export it again, or put changes into compose.override.yaml."
)
#: The image of services that run nothing: they end at once, and their end is what others wait for.
MILESTONE_IMAGE = "busybox"
#: The image of the others; a graph names none, so each has a variable, and this one stops what is started without.
NO_IMAGE = "scratch"
#: The longest name of a container that engines accept, for the project's name is put before it.
MAX_NAME = 200


def export(plan: Plan) -> Export:
    """Return ``compose.yaml``."""
    found = units(plan)
    names = named(found, lambda name: plain_name(name, "._-"), MAX_NAME)
    losses = Losses()
    add_common(losses, plan, found)
    services = {unit.name: unit for unit in found}
    images = _images(names[unit.name] for unit in found if unit.process is not None)
    lines = [HEADER, "services:"]
    for unit in found:
        lines += _service(unit, names, services, images)
        _add_losses(unit, losses)
    return Export((ExportedFile("compose.yaml", "\n".join(lines) + "\n"),), losses.found)


def _service(
    unit: Unit, names: Mapping[str, str], services: Mapping[str, Unit], images: Mapping[str, str]
) -> Iterator[str]:
    """Yield the lines of a service. JSON's strings and lists are YAML, whatever they contain."""
    yield f"  {_text(names[unit.name])}:"
    process = unit.process
    if process is None:
        yield f"    image: {MILESTONE_IMAGE}"
        yield '    command: ["true"]'
    else:
        yield f"    image: {_text(f'${{{images[names[unit.name]]}:-{NO_IMAGE}}}')}"
        yield f"    command: {_list(process.command)}"
        yield from _settings(unit, process)
    if unit.driver is not None:
        yield "    labels:"
        yield f"      tierdeps.driver: {_escaped(unit.driver.name)}"
        yield f"      tierdeps.tier: {_escaped(unit.driver.tier)}"
    if unit.links:
        yield "    depends_on:"
        for link in unit.links:
            yield f"      {_text(names[link.unit])}:"
            yield f"        condition: {_condition(services[link.unit])}"
            if not link.needs:
                yield "        required: false"
            if link.restarts_with:
                yield "        restart: true"


def _settings(unit: Unit, process: Process) -> Iterator[str]:
    if process.env:
        yield "    environment:"
        yield from (f"      {_text(name)}: {_escaped(value)}" for name, value in process.env)
    if process.cwd is not None:
        yield f"    working_dir: {_escaped(process.cwd)}"
    if process.user is not None:
        yield f"    user: {_escaped(process.user)}"
    if process.stop_signal != "SIGTERM":
        yield f"    stop_signal: {process.stop_signal}"
    if process.restart != "no":
        always = process.restart == "always"
        yield "    restart: always" if always else f'    restart: "on-failure:{process.restart_limit}"'
    if unit.policy is not None and unit.policy.stop_timeout is not None:
        yield f"    stop_grace_period: {unit.policy.stop_timeout:g}s"
    if check := _health_check(process):
        yield "    healthcheck:"
        yield f"      test: {_list(('CMD', *check))}"
        yield "      interval: 1s"
        yield f"      retries: {max(1, round(_timeout(unit)))}"


def _timeout(unit: Unit) -> float:
    policy = unit.policy
    return 90.0 if policy is None or policy.timeout is None else policy.timeout


def _health_check(process: Process) -> tuple[str, ...]:
    """Return the command of a readiness check by command; the other checks need a program in the image."""
    ready = process.ready or ""
    return tuple(shlex.split(ready.removeprefix("exec:"))) if ready.startswith("exec:") else ()


def _condition(target: Unit) -> str:
    process = target.process
    if process is None or process.ready == "exit":
        return "service_completed_successfully"
    return "service_healthy" if _health_check(process) else "service_started"


def _add_losses(unit: Unit, losses: Losses) -> None:
    process = unit.process
    order_only = [link for link in unit.links if not link.needs and not link.wants]
    losses.add_if(order_only, "order without a need: becomes a dependency that is not required", unit)
    add_couplings(losses, unit, stops=any(link.stops_with for link in unit.links), restarts=False)
    if process is None:
        return
    add_readiness(losses, unit, process, awaited=("exit", "exec"))
    add_commands(losses, unit, process)
    losses.add_if(
        True, "a graph names no images: set the variables IMAGE_NAME, or write images into compose.override.yaml", unit
    )


def _images(names: Iterable[str]) -> Mapping[str, str]:
    """Return the variable that names the image of each service; one that is taken gets a number."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        variable = plain = "IMAGE_" + "".join(sign.upper() if sign.isalnum() else "_" for sign in name)
        number = 1
        while variable in taken:
            number += 1
            variable = f"{plain}_{number}"
        taken.add(variable)
        found[name] = variable
    return found


def _escaped(text: str) -> str:
    """Return text that is not interpolated, quoted."""
    return _text(text.replace("$", "$$"))


def _list(words: tuple[str, ...]) -> str:
    return f"[{', '.join(_escaped(word) for word in words)}]"


def _text(text: str) -> str:
    """Return text in double quotes, as in JSON, but that YAML has no pairs of escapes for one character."""
    signs = (json.dumps(sign)[1:-1] if sign <= "\uffff" else f"\\U{ord(sign):08x}" for sign in text)
    return f'"{"".join(signs)}"'


EXPORTER = Exporter("compose", "a compose.yaml, see the Compose Specification", export)
