"""The host of plugins: loads them, asks each by itself, and keeps the failure of each to itself."""

from __future__ import annotations

from time import perf_counter
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

import pluggy

from tierdeps import hookspecs
from tierdeps._util.entry_points import entry_points
from tierdeps._util.frozen import replace
from tierdeps.manager._answers import Answer
from tierdeps.manager._choice import choose
from tierdeps.manager._contract import admit, arguments
from tierdeps.manager.fault import Fault, call, import_reference
from tierdeps.model import Plugin, PluginStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tierdeps.settings import Settings

T = TypeVar("T")

#: The entry-point group of plugins.
GROUP = "tierdeps"


class _Hooks(pluggy.PluginManager):
    """Looks at nothing of our own modules that is not named as a hook is: they are many, and the rest is none."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        """Return what a plugin says of one of its names, if it is a hook."""
        ours = isinstance(plugin, ModuleType) and plugin.__name__.startswith("tierdeps.")
        return None if ours and not name.startswith("tierdeps_") else super().parse_hookimpl_opts(plugin, name)


class Host:
    """The plugins by key, each with what became of it, in the order of their names.

    What is in the house is registered too, but has no record: if it fails, the failure is ours and is raised.
    """

    def __init__(self, settings: Settings, path: Iterable[str] | None, deadline: float) -> None:
        self.records: dict[str, Plugin] = {}
        self._settings = settings
        self._path = path
        self._deadline = deadline
        self._hooks = _Hooks(hookspecs.PROJECT)
        self._hooks.add_hookspecs(hookspecs)

    def load(self) -> None:
        """Import the plugins that may load, one after the other."""
        for plugin in choose(entry_points(GROUP, self._path), self._settings.only, self._settings.block):
            key = f"{plugin.distribution}:{plugin.name}"
            self.records[key] = plugin
            if plugin.status is PluginStatus.ACTIVE:
                self._load(key)

    def _load(self, key: str) -> None:
        began = perf_counter()
        try:
            reference = self.records[key].reference
            plugin = call("its import", lambda: import_reference(reference), self._deadline)
            seconds = perf_counter() - began
            hooks = call("its hooks", lambda: admit(self._hooks, plugin, key), self._deadline)
            self.records[key] = replace(self.records[key], hooks=hooks, seconds=seconds)
        except Fault as fault:
            self.isolate(key, fault)

    def house(self, modules: Iterable[ModuleType]) -> None:
        """Register modules of our own; once is enough."""
        for module in modules:
            if not self._hooks.has_plugin(module.__name__):
                self._hooks.register(module, module.__name__)

    def isolate(self, key: str, fault: Fault) -> None:
        """Keep why a plugin failed, and ask it nothing any more. What is in the house must not fail."""
        if key not in self.records:
            raise fault
        self.records[key] = replace(
            self.records[key], status=fault.status, problem=fault.problem, traceback=fault.story, drivers=(), tiers=()
        )

    def is_active(self, key: str) -> bool:
        """Whether it may be asked: it is ours, or has not failed."""
        return key not in self.records or self.records[key].status is PluginStatus.ACTIVE

    def ask(
        self, hook: str, read: Callable[[Answer], T], calls: Sequence[Mapping[str, object]] = ({},)
    ) -> Iterator[tuple[str, tuple[T, ...]]]:
        """Yield whose answers they are and the answers, one to each call; those who fail are isolated instead."""
        for implementation in self._implementations(hook):
            key = implementation.plugin_name
            answer = self._bind(implementation, hook, read, calls)
            if key not in self.records:
                yield key, answer()
            elif self.is_active(key):
                try:
                    answers = call(hook, answer, self._deadline)
                except Fault as fault:
                    self.isolate(key, fault)
                else:
                    yield key, answers

    def _bind(
        self,
        implementation: pluggy.HookImpl,
        hook: str,
        read: Callable[[Answer], T],
        calls: Sequence[Mapping[str, object]],
    ) -> Callable[[], tuple[T, ...]]:
        """Return what makes all the calls; answers are read there too, since a generator runs a stranger's code."""
        function, plugin = implementation.function, self.records.get(implementation.plugin_name)

        def answer() -> tuple[T, ...]:
            given = ({"settings": self._settings, **more} for more in calls)
            return tuple(read(Answer(hook, function(**arguments(function, item)), plugin)) for item in given)

        return answer

    def _implementations(self, hook: str) -> list[pluggy.HookImpl]:
        """Return who implements a hook: those who want to be first, ours, the others by name, who want to be last."""
        place = {key: index for index, key in enumerate(self.records)}
        found = getattr(self._hooks.hook, hook).get_hookimpls()
        return sorted(
            found,
            key=lambda item: (not item.tryfirst, item.trylast, place.get(item.plugin_name, -1), item.plugin_name),
        )
