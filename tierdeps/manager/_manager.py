"""The manager: what the installed plugins and the house have to offer."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from tierdeps.manager import _answers, _families
from tierdeps.manager._collect import collect
from tierdeps.manager._guard import guard
from tierdeps.manager._host import Host
from tierdeps.manager.fault import Fault
from tierdeps.model import Declarations, PluginStatus
from tierdeps.model.facts import PLUGIN, SETTINGS, fact_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tierdeps.engines import Engine
    from tierdeps.formats import Format
    from tierdeps.importers import Importer
    from tierdeps.manager._families import Family
    from tierdeps.model import Plugin
    from tierdeps.reporters import Reporter
    from tierdeps.rules import Rule
    from tierdeps.settings import Settings

#: What one hook of one plugin may take, in seconds.
DEADLINE = 10.0


class Manager:
    """The installed plugins, loaded when they are first needed, and what is in the house.

    Each plugin is asked by itself. One that fails is kept in ``plugins`` with its cause, and not asked again.
    ``path`` stands in for ``sys.path`` where distributions are looked for.
    """

    def __init__(self, settings: Settings, *, path: Iterable[str] | None = None, deadline: float = DEADLINE) -> None:
        self._settings = settings
        self._path = path
        self._deadline = deadline
        self._members: dict[tuple[Family, str], tuple[Any, ...]] = {}

    @cached_property
    def _host(self) -> Host:
        host = Host(self._settings, self._path, self._deadline)
        host.load()
        return host

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        """What became of each plugin so far, sorted by name."""
        return tuple(self._host.records.values())

    @property
    def broken(self) -> tuple[Plugin, ...]:
        """The plugins that are not there although they should be."""
        return tuple(item for item in self.plugins if item.problem and item.status is not PluginStatus.BLOCKED)

    def load(self) -> None:
        """Import the plugins that may load; raises UnknownNameError where ``only`` or ``block`` matches nothing."""
        _ = self._host

    def declarations(self) -> Declarations:
        """Return what all plugins declare, with what the settings say; other facts are asked for with ``facts``."""
        return self._declarations

    @cached_property
    def _declarations(self) -> Declarations:
        tiers, drivers = collect(self._host)
        return self._settings.over(Declarations(drivers, tiers))

    def facts(self) -> Mapping[str, bool]:
        """Ask for the host's facts: one plugin's yes holds against another's no; the settings overrule them all."""
        return {**{name: holds for name, (holds, _) in self._stated.items()}, **self._settings.facts}

    def fact_sources(self) -> Mapping[str, str]:
        """Return who states each of the host's facts: of several plugins the first that says yes, or else the first."""
        plugins = {name: fact_source(PLUGIN, owner) for name, (_, owner) in self._stated.items()}
        return {**plugins, **dict.fromkeys(self._settings.facts, SETTINGS)}

    @cached_property
    def _stated(self) -> Mapping[str, tuple[bool, str]]:
        """The facts that plugins state, each with the plugin's name; the host is asked once."""
        stated: dict[str, tuple[bool, str]] = {}
        for key, name, holds in self._facts(names_only=False):
            if name not in stated or (holds and not stated[name][0]):
                owner = self._host.records.get(key)
                stated[name] = holds, owner.name if owner else key
        return stated

    def fact_names(self) -> frozenset[str]:
        """Ask for the names of the facts that plugins can state, on this host or another."""
        return frozenset(name for _, name, _ in self._facts(names_only=True))

    def _facts(self, *, names_only: bool) -> Iterator[tuple[str, str, bool]]:
        for key, (answer,) in self._host.ask("tierdeps_facts", _answers.facts, ({"names_only": names_only},)):
            yield from ((key, name, holds) for name, holds in answer.items())

    def rules(self) -> tuple[Rule, ...]:
        """Return all rules."""
        return self._all(_families.RULES)

    def importers(self) -> tuple[Importer, ...]:
        """Return all importers, in the order in which they are to be tried."""
        return self._all(_families.IMPORTERS)

    def formats(self, document: str) -> tuple[Format, ...]:
        """Return the formats of one answer; those of others are not even imported."""
        formats: tuple[Format, ...] = self._all(_families.FORMATS, document)
        return tuple(item for item in formats if item.document == document)

    def engines(self) -> tuple[Engine, ...]:
        """Return all engines."""
        return self._all(_families.ENGINES)

    def reporters(self) -> tuple[Reporter, ...]:
        """Return new reporters, since a run is about to begin."""
        self._host.house(_families.REPORTERS.modules())
        return tuple(member for _, offered in self._offers(_families.REPORTERS) for _, member in offered)

    def examine(self) -> None:
        """Ask the plugins, and them alone, for all that they add, so that it is known which of them fail."""
        self.declarations()
        self.facts()
        for family in _families.ALL:
            list(self._offers(family))

    def _all(self, family: Family, part: str = "") -> tuple[Any, ...]:
        if (family, part) not in self._members:
            self._members[family, part] = self._gather(family, part)
        return self._members[family, part]

    def _gather(self, family: Family, part: str) -> tuple[Any, ...]:
        """Return the family's members; a plugin that offers what is there already is isolated."""
        self._host.house(family.modules(part))
        taken: dict[str, object] = {}
        for key, offered in self._offers(family):
            names = [name for name, _ in offered]
            twice = [name for index, name in enumerate(names) if name in taken or name in names[:index]]
            if twice:
                what = f"the {family.kind.lower()} {twice[0]!r} in {family.hook}"
                self._host.isolate(key, Fault(f"adds {what}, and there is one of that name already"))
            else:
                owner = self._host.records.get(key)
                taken.update((name, guard(item, family, owner) if owner else item) for name, item in offered)
        return tuple(taken.values())

    def _offers(self, family: Family) -> Iterator[tuple[str, tuple[tuple[str, Any], ...]]]:
        for key, (offered,) in self._host.ask(family.hook, lambda answer: _answers.members(answer, family)):
            yield key, offered
