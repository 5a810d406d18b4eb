"""Results as JSON: ``python -m benchmarks.NAME --save FILE``. The documentation draws its charts from such files."""

from __future__ import annotations

import datetime as dt
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence


class Bar(msgspec.Struct, frozen=True, omit_defaults=True):
    """One measured value, with what it must not exceed, if there is a limit."""

    name: str
    value: float
    limit: float | None = None


class Chart(msgspec.Struct, frozen=True):
    """Values that are compared with each other."""

    title: str
    unit: str
    bars: tuple[Bar, ...]


class Results(msgspec.Struct, frozen=True):
    """What one run of a benchmark measured."""

    command: str
    machine: str
    date: str
    charts: tuple[Chart, ...]


def machine() -> str:
    """Return what the numbers depend on."""
    system = f"{platform.system()} {platform.release()}"
    return f"{os.cpu_count()} cores ({platform.machine()}), {system}, Python {platform.python_version()}"


def destination(arguments: list[str]) -> Path | None:
    """Remove ``--save FILE`` from the arguments, and return the file."""
    if "--save" not in arguments:
        return None
    place = arguments.index("--save")
    _, name = arguments[place : place + 2]
    del arguments[place : place + 2]
    return Path(name)


def save(path: Path | None, command: str, charts: Sequence[Chart], described: str = "") -> None:
    """Write what was measured, if it is wanted."""
    if path is None:
        return
    today = dt.datetime.now(dt.UTC).date().isoformat()
    results = Results(f"python -m benchmarks.{command}", described or machine(), today, tuple(charts))
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results)) + b"\n")
