"""The importer: from a source to declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Declarations, InputError
from tierdeps_boot.systemd.absence import Absence
from tierdeps_boot.systemd.boot import TooManyUnitsError, load
from tierdeps_boot.systemd.convert import drivers_of
from tierdeps_boot.systemd.detect import is_unit_file
from tierdeps_boot.systemd.folders import scan
from tierdeps_boot.systemd.names import split
from tierdeps_boot.systemd.places import place_of
from tierdeps_boot.systemd.report import findings_of
from tierdeps_boot.systemd.units import Units

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps import Source
    from tierdeps_boot.systemd.boot import Boot
    from tierdeps_boot.systemd.folders import Problem

#: What boots where nothing else is said.
DEFAULT_TARGET = "default.target"
#: The instance that a template is checked as, if it is the GRAPH; systemd-analyze verify takes the same.
TRIED_INSTANCE = "test-instance"


def read(source: Source) -> Declarations:
    """Return the declarations of all units of a source, with the target that boots. Raises InputError."""
    if source.content is not None and not is_unit_file(source):
        return _dumped(source)
    place = place_of(source)
    units = Units(scan(place.folders), has_special=not place.is_whole)
    names = map(_instance, place.only) if place.only else filter(_is_unit, sorted(units.folders.files))
    try:
        boot = load(units, names)
    except TooManyUnitsError as error:
        raise InputError(source.name, str(error)) from None
    if not any(unit.has_file for unit in boot.units.values()):
        for problem in units.problems:
            raise InputError(problem.file, problem.why)
        raise InputError(source.name, "there is no unit in it")
    target = "" if place.only else units.canonical(DEFAULT_TARGET)
    return _declared(boot, target, units.masked, tuple(units.problems))


def _dumped(source: Source) -> Declarations:
    from tierdeps_boot.systemd.dump import load as load_dump

    boot, masked = load_dump((source.data or b"").decode("utf-8", "replace"), source.name)
    if not boot.units:
        raise InputError(source.name, "expected units, as systemd --test or systemctl show prints them")
    return _declared(boot, DEFAULT_TARGET, lambda name: masked.get(name, ""), ())


def _declared(boot: Boot, target: str, masked: Callable[[str], str], problems: tuple[Problem, ...]) -> Declarations:
    targets = (target,) if target in boot.units else ()
    absence = Absence(boot, masked).why
    return Declarations(
        tuple(drivers_of(boot, absence, with_conflicts=bool(targets))),
        targets=targets,
        findings=tuple(findings_of(boot, absence, problems)),
    )


def _instance(name: str) -> str:
    """Return an instance of a template, and any other name as it is."""
    parts = split(name)
    return parts.instantiated(TRIED_INSTANCE) if parts is not None and parts.is_template else name


def _is_unit(name: str) -> bool:
    parts = split(name)
    return parts is not None and not parts.is_template
