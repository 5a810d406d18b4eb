"""The user's settings: disabled drivers, chosen providers, plugins to load, rules and more."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field, force_setattr

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps.model import Addition, Declarations, Statement

#: In a text, what stands for the host of the driver.
HOST = "{host}"
#: The settings of a driver that has none.
NOTHING: Mapping[str, object] = MappingProxyType({})


class Settings(Value):
    """The user's settings, as hooks and lifecycles see them.

    ``graphs`` are the graphs of commands without a GRAPH: names and patterns, relative to the settings file; None if
    they are not set. ``choose`` maps a capability to the driver that is to provide it; ``facts`` override those of
    plugins; ``drivers`` has each driver's own table, with any keys, and ``defaults`` the values for drivers without
    their own. ``only`` and ``block`` name plugins or their distributions. ``select`` and ``ignore`` are selectors of
    rules; ``severity`` maps them to ``error``, ``warning`` or ``off``, and ``hints`` to a text of the team;
    ``baseline`` names the file of excused findings. ``dependencies`` are added to drivers of any origin;
    ``engine`` is the engine of ``start``. ``log_size`` limits the log of one driver in a run, in MiB; logs are kept of
    the last ``log_runs`` of an instance, for ``log_days``. ``source`` is the file that the settings were read from.
    """

    source: str = ""
    disable: tuple[str, ...] = ()
    choose: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, bool] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    block: tuple[str, ...] = ()
    strict: bool = False
    drivers: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    defaults: Mapping[str, object] = field(default_factory=dict)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    baseline: str = ""
    graphs: tuple[str, ...] | None = None
    dependencies: tuple[Addition, ...] = ()
    engine: str = "local"
    log_size: int = 16
    log_runs: int = 10
    log_days: int = 30

    def __post_init__(self) -> None:
        for name in ("choose", "facts", "drivers", "defaults", "severity", "hints"):
            force_setattr(self, name, MappingProxyType(dict(getattr(self, name))))

    def of(self, driver: str, host: str | None = None) -> Mapping[str, object]:
        """Return one driver's settings: its own table over the defaults, with its host for ``{host}`` in texts."""
        own = self.drivers.get(driver, NOTHING)
        found = (MappingProxyType({**self.defaults, **own}) if own else self.defaults) if self.defaults else own
        if host is None or not any(isinstance(value, str) and HOST in value for value in found.values()):
            return found
        texts = {key: value.replace(HOST, host) for key, value in found.items() if isinstance(value, str)}
        return MappingProxyType({**found, **texts})

    def over(self, declarations: Declarations) -> Declarations:
        """Return declarations with the settings applied: these override facts and choices, and add dependencies."""
        found = declarations | self.declarations()
        if self.dependencies:
            from tierdeps.graph.additions import add_dependencies

            found = add_dependencies(found, self.dependencies)
        return found

    def declarations(self) -> Declarations:
        """Return the facts, choices and disabled drivers of the settings as declarations."""
        from tierdeps.model import Declarations

        return Declarations((), (), self.facts, self.choose, frozenset(self.disable), tuple(self._statements()))

    def _statements(self) -> Iterator[Statement]:
        from tierdeps.model import Origin, Statement, Topic
        from tierdeps.settings.file import places_in

        places = places_in(self.source)
        tables = ((Topic.FACTS, self.facts), (Topic.CHOOSE, self.choose), (Topic.DRIVERS, self.drivers))
        for topic, table in tables:
            for name in table:
                yield Statement(topic, name, Origin(self.source, key=places.key((str(topic), name))))
        for item in self.dependencies:
            yield Statement(Topic.DEPENDENCIES, item.driver, item.dependency.origin)
