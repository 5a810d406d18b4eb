"""What a plan needs on each host, distributions and facts, and in what a host differs from that."""

from __future__ import annotations

import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from platform import python_version_tuple
from typing import TYPE_CHECKING

from tierdeps.engines.remote.messages import reference_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tierdeps.model import PlannedDriver

#: Compared like a distribution, without the last part of its version.
PYTHON = "Python"
ALWAYS = (PYTHON, "tierdeps", "distributed")


def read_distributions() -> None:
    """Read which distributions there are, before a loop runs that this would block."""
    _by_package(tuple(sys.path))


def distributions_of(drivers: Iterable[PlannedDriver]) -> tuple[str, ...]:
    """Return the names of the distributions that provide the lifecycles of drivers, after those that always count."""
    packages = {reference_of(driver).partition(":")[0].partition(".")[0] for driver in drivers} - {""}
    by_package = _by_package(tuple(sys.path)) if packages else {}
    found = {name for package in packages for name in by_package.get(package, ())}
    return (*ALWAYS, *sorted(found.difference(ALWAYS)))


def packages_of(drivers: Iterable[PlannedDriver]) -> tuple[str, ...]:
    """Return the packages of lifecycles that no distribution here provides; hosts of the drivers may have one."""
    packages = {reference_of(driver).partition(":")[0].partition(".")[0] for driver in drivers} - {""}
    return tuple(sorted(packages.difference(_by_package(tuple(sys.path))))) if packages else ()


def distributions_in(packages: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the distributions that provide packages here."""
    return tuple(sorted({name for package in packages for name in _by_package(tuple(sys.path)).get(package, ())}))


def versions_of(names: Iterable[str]) -> dict[str, str | None]:
    """Return the versions that are installed here; None for what is not."""
    return {name: _version(name) for name in names}


def difference(host: str, here: Mapping[str, str | None], there: Mapping[str, str | None]) -> str:
    """Return in which versions a host differs from this one; empty if it does not."""
    texts = [
        f"{name} {there[name] or 'is not installed'} there, {version or 'not installed'} here"
        for name, version in here.items()
        if name in there and there[name] != version
    ]
    return (
        f"the worker on {host} differs from this host: {'; '.join(texts)}; install the same versions" if texts else ""
    )


def difference_among(here: Mapping[str, str | None], by_host: Mapping[str, Mapping[str, str | None]]) -> str:
    """Return in which versions hosts differ from each other, of what this host need not have; empty if in none."""
    names = {name for versions in by_host.values() for name in versions}.difference(here)
    texts = []
    for name in sorted(names):
        found = {host: versions[name] for host, versions in sorted(by_host.items()) if name in versions}
        if len(set(found.values())) > 1:
            texts.append(f"{name} {', '.join(f'{version} on {host}' for host, version in found.items())}")
    return f"the workers differ: {'; '.join(texts)}; install the same versions" if texts else ""


def facts_difference(host: str, used: Mapping[str, bool], now: Mapping[str, bool]) -> str:
    """Return in which facts a host differs from what the plan was made with; empty if it does not."""
    words = {True: "yes", False: "no"}
    texts = [
        f"{name} is {words[now.get(name, False)]} there now, and the plan was made with {words[before]}"
        for name, before in used.items()
        if now.get(name, False) != before
    ]
    return f"the facts of {host} have changed: {'; '.join(texts)}; start again" if texts else ""


@cache
def _by_package(path: tuple[str, ...]) -> Mapping[str, list[str]]:  # noqa: ARG001  what it depends on
    """Return the distributions of each package; this reads all metadata, which takes a while."""
    return packages_distributions()


def _version(name: str) -> str | None:
    if name == PYTHON:
        return ".".join(python_version_tuple()[:2])
    try:
        return version(name)
    except PackageNotFoundError:
        return None
