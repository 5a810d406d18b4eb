"""The plugin contract: every hook of the project ``tierdeps``, on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

from tierdeps.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tierdeps.engines import Engine
    from tierdeps.exporters import Exporter
    from tierdeps.formats import Format
    from tierdeps.importers import Importer
    from tierdeps.model import Dependency, Driver, Tier
    from tierdeps.reporters import Reporter
    from tierdeps.rules import Rule
    from tierdeps.settings import Settings

__all__ = ["API_VERSION", "PROJECT", "hookimpl", "hookspec"]

PROJECT = "tierdeps"
#: The version of this page: a plugin says ``tierdeps_api = ">=1,<2"`` to be skipped if it changed incompatibly.
API_VERSION = "1"
hookspec: pluggy.HookspecMarker = pluggy.HookspecMarker(PROJECT)


@hookspec
def tierdeps_tiers(settings: Settings) -> Iterable[Tier]:  # type: ignore[empty-body]
    """Declare tiers; called first. Tiers of one name from several plugins are merged."""


@hookspec
def tierdeps_drivers(settings: Settings) -> Iterable[Driver]:  # type: ignore[empty-body]
    """Declare drivers; called once all plugins are loaded."""


@hookspec
def tierdeps_dependencies(driver: Driver, settings: Settings) -> Iterable[Dependency]:  # type: ignore[empty-body]
    """Add dependencies to drivers of other plugins; called for each driver of each plugin. None adds nothing.

    It is not called for a driver that does not exist, so a name that is misspelt in the hook itself goes unnoticed.
    """


@hookspec
def tierdeps_facts(settings: Settings, names_only: bool) -> Mapping[str, bool]:  # type: ignore[empty-body]
    """State facts about this host's configuration.

    ``check``, which takes every fact as true, calls it with ``names_only`` to find misspelt names, and only where
    nothing else states a fact that a dependency is conditional on. No value counts then, so no host need be asked;
    name all facts that are stated on some host.
    """


@hookspec
def tierdeps_rules() -> Iterable[Rule]:  # type: ignore[empty-body]
    """Add rules to ``check``."""


@hookspec
def tierdeps_importers() -> Iterable[Importer]:  # type: ignore[empty-body]
    """Add kinds of files and folders that can be given as a GRAPH."""


@hookspec
def tierdeps_formats() -> Iterable[Format]:  # type: ignore[empty-body]
    """Add values of ``--format``."""


@hookspec
def tierdeps_exporters() -> Iterable[Exporter]:  # type: ignore[empty-body]
    """Add values of ``export --to NAME``: what writes a plan as the files of another start-up system."""


@hookspec
def tierdeps_engines() -> Iterable[Engine]:  # type: ignore[empty-body]
    """Add values of ``start --engine NAME``: what makes the calls of drivers."""


@hookspec
def tierdeps_reporters(settings: Settings) -> Iterable[Reporter]:  # type: ignore[empty-body]
    """Return reporters, which receive the events of runs; called before each run starts."""
