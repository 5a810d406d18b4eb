"""The manager: everything that the installed plugins and the built-in modules provide."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from tierdeps.manager import _answers, _extension_points
from tierdeps.manager._collect import collect
from tierdeps.manager._guard import guard
from tierdeps.manager._host import Host
from tierdeps.manager.fault import Fault
from tierdeps.model import Declarations, PluginStatus
from tierdeps.model.statement import PLUGIN, SETTINGS, fact_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tierdeps.engines import Engine
    from tierdeps.exporters import Exporter
    from tierdeps.formats import Format
    from tierdeps.importers import Importer
    from tierdeps.manager._extension_points import ExtensionPoint
    from tierdeps.model import Plugin
    from tierdeps.reporters import Reporter
    from tierdeps.rules import Rule
    from tierdeps.settings import Settings

#: How long one hook of one plugin may take.
HOOK_TIMEOUT_S = 10.0


class Manager:
    """The installed plugins, loaded when they are first needed, and the built-in members of extension points.

    The hooks of each plugin are called separately. A plugin that fails stays in ``plugins`` with the cause, and none of
    its hooks is called again. Distributions are searched on ``path`` instead of ``sys.path``, if that is given.
    """

    def __init__(
        self, settings: Settings, *, path: Iterable[str] | None = None, timeout: float = HOOK_TIMEOUT_S
    ) -> None:
        self._settings = settings
        self._path = path
        self._timeout = timeout
        self._members: dict[tuple[ExtensionPoint, str], tuple[Any, ...]] = {}

    @cached_property
    def _host(self) -> Host:
        host = Host(self._settings, self._path, self._timeout)
        host.load()
        return host

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        """The state of each plugin so far, sorted by name."""
        return tuple(self._host.records.values())

    @property
    def broken(self) -> tuple[Plugin, ...]:
        """The plugins that failed to load or failed in a hook; those that are blocked are not among them."""
        return tuple(item for item in self.plugins if item.problem and item.status is not PluginStatus.BLOCKED)

    def load(self) -> None:
        """Import the plugins that are not blocked. Raises UnknownNameError if ``only`` or ``block`` matches none."""
        _ = self._host

    def declarations(self) -> Declarations:
        """Return what all plugins and the settings declare, without the facts that plugins state: see ``facts``."""
        return self._declarations

    @cached_property
    def _declarations(self) -> Declarations:
        tiers, drivers = collect(self._host)
        return self._settings.over(Declarations(drivers, tiers))

    def facts(self) -> Mapping[str, bool]:
        """Return the facts of this host: of several plugins, any yes wins; the settings override all of them."""
        return {**{name: holds for name, (holds, _) in self._stated.items()}, **self._settings.facts}

    def fact_sources(self) -> Mapping[str, str]:
        """Return the source of each fact of this host: of several plugins the first with a yes, or else the first."""
        plugins = {name: fact_source(PLUGIN, owner) for name, (_, owner) in self._stated.items()}
        return {**plugins, **dict.fromkeys(self._settings.facts, SETTINGS)}

    @cached_property
    def _stated(self) -> Mapping[str, tuple[bool, str]]:
        """The facts that plugins state, each with the plugin's name; the hooks are called once."""
        stated: dict[str, tuple[bool, str]] = {}
        for key, name, holds in self._facts(names_only=False):
            if name not in stated or (holds and not stated[name][0]):
                owner = self._host.records.get(key)
                stated[name] = holds, owner.name if owner else key
        return stated

    def fact_names(self) -> frozenset[str]:
        """Return the names of the facts that plugins can state, on this host or any other."""
        return frozenset(name for _, name, _ in self._facts(names_only=True))

    def _facts(self, *, names_only: bool) -> Iterator[tuple[str, str, bool]]:
        for key, (answer,) in self._host.ask("tierdeps_facts", _answers.facts, ({"names_only": names_only},)):
            yield from ((key, name, holds) for name, holds in answer.items())

    def rules(self) -> tuple[Rule, ...]:
        """Return all rules."""
        return self._all(_extension_points.RULES)

    def importers(self) -> tuple[Importer, ...]:
        """Return all importers, in the order in which they are tried."""
        return self._all(_extension_points.IMPORTERS)

    def exporters(self) -> tuple[Exporter, ...]:
        """Return all exporters."""
        return self._all(_extension_points.EXPORTERS)

    def formats(self, document: str) -> tuple[Format, ...]:
        """Return the formats of one document; the modules of other documents are not imported."""
        formats: tuple[Format, ...] = self._all(_extension_points.FORMATS, document)
        return tuple(item for item in formats if item.document == document)

    def engines(self) -> tuple[Engine, ...]:
        """Return all engines."""
        return self._all(_extension_points.ENGINES)

    def reporters(self) -> tuple[Reporter, ...]:
        """Return new reporters: each run has its own."""
        self._host.register_builtin(_extension_points.REPORTERS.modules())
        return tuple(member for _, offered in self._offers(_extension_points.REPORTERS) for _, member in offered)

    def call_all_hooks(self) -> None:
        """Call every hook of every plugin, and of no built-in module, so that each failure is known."""
        self.declarations()
        self.facts()
        for point in _extension_points.ALL:
            list(self._offers(point))

    def _all(self, point: ExtensionPoint, part: str = "") -> tuple[Any, ...]:
        if (point, part) not in self._members:
            self._members[point, part] = self._gather(point, part)
        return self._members[point, part]

    def _gather(self, point: ExtensionPoint, part: str) -> tuple[Any, ...]:
        """Return the members of an extension point; a plugin whose member has a name that is taken is isolated."""
        self._host.register_builtin(point.modules(part))
        taken: dict[str, object] = {}
        for key, offered in self._offers(point):
            names = [name for name, _ in offered]
            twice = [name for index, name in enumerate(names) if name in taken or name in names[:index]]
            if twice:
                what = f"the {point.kind.lower()} {twice[0]!r} in {point.hook}"
                self._host.isolate(key, Fault(f"adds {what}, but that name is already taken"))
            else:
                owner = self._host.records.get(key)
                taken.update((name, guard(item, point, owner) if owner else item) for name, item in offered)
        return tuple(taken.values())

    def _offers(self, point: ExtensionPoint) -> Iterator[tuple[str, tuple[tuple[str, Any], ...]]]:
        for key, (offered,) in self._host.ask(point.hook, partial(_answers.members, point)):
            yield key, offered
