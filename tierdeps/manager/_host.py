"""The host of plugins: it loads them and calls their hooks one plugin at a time, so that no failure affects others.

pluggy's own calls are not used: they stop at the first exception and do not say which plugin a result is from. So hooks
cannot be wrappers, ``firstresult`` has no effect, and plugins are called in the order of their names, not last in first
out.
"""

from __future__ import annotations

from inspect import signature
from time import perf_counter
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

import pluggy

from tierdeps import hookspecs
from tierdeps._util.entry_points import entry_points
from tierdeps._util.frozen import replace
from tierdeps.manager._answers import Answer
from tierdeps.manager._choice import choose
from tierdeps.manager._contract import admit
from tierdeps.manager.fault import Fault, call, import_reference
from tierdeps.model import Plugin, PluginStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tierdeps.settings import Settings

T = TypeVar("T")

#: The entry-point group of plugins.
GROUP = "tierdeps"


class _Hooks(pluggy.PluginManager):
    """A plugin manager that saves time: in built-in modules it only inspects names that a hook can have."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        """Return the hook options of an attribute of a plugin, None if it is no hook."""
        ours = isinstance(plugin, ModuleType) and plugin.__name__.startswith("tierdeps.")
        return None if ours and not name.startswith("tierdeps_") else super().parse_hookimpl_opts(plugin, name)


class Host:
    """The plugins by key, each with its state, sorted by name.

    Built-in modules are registered too but have no record: their failures are bugs of tierdeps, and are raised.
    """

    def __init__(self, settings: Settings, path: Iterable[str] | None, timeout: float) -> None:
        self.records: dict[str, Plugin] = {}
        self._settings = settings
        self._path = path
        self._timeout = timeout
        self._hooks = _Hooks(hookspecs.PROJECT)
        self._hooks.add_hookspecs(hookspecs)

    def load(self) -> None:
        """Import the plugins that are not blocked, one after the other."""
        for plugin in choose(entry_points(GROUP, self._path), self._settings.only, self._settings.block):
            key = f"{plugin.distribution}:{plugin.name}"
            self.records[key] = plugin
            if plugin.status is PluginStatus.ACTIVE:
                self._load(key)

    def _load(self, key: str) -> None:
        started = perf_counter()
        try:
            reference = self.records[key].reference
            plugin = call("its import", lambda: import_reference(reference), self._timeout)
            seconds = perf_counter() - started
            hooks = call("its hooks", lambda: admit(self._hooks, plugin, key), self._timeout)
            self.records[key] = replace(self.records[key], hooks=hooks, seconds=seconds)
        except Fault as fault:
            self.isolate(key, fault)

    def register_builtin(self, modules: Iterable[ModuleType]) -> None:
        """Register built-in modules that are not registered yet."""
        for module in modules:
            if not self._hooks.has_plugin(module.__name__):
                self._hooks.register(module, module.__name__)

    def isolate(self, key: str, fault: Fault) -> None:
        """Record why a plugin failed and call no hook of it again. For a built-in module, raise the fault."""
        if key not in self.records:
            raise fault
        self.records[key] = replace(
            self.records[key],
            status=fault.status,
            problem=fault.problem,
            traceback=fault.traceback,
            drivers=(),
            tiers=(),
        )

    def is_active(self, key: str) -> bool:
        """Return whether hooks of it may be called: it is built in, or has not failed."""
        return key not in self.records or self.records[key].status is PluginStatus.ACTIVE

    def ask(
        self, hook: str, read: Callable[[Answer], T], calls: Sequence[Mapping[str, object]] = ({},)
    ) -> Iterator[tuple[str, tuple[T, ...]]]:
        """Yield the key of each plugin that has the hook with its answers, one for each of ``calls``.

        A plugin that fails is isolated, and nothing of it is yielded.
        """
        for implementation in self._implementations(hook):
            key = implementation.plugin_name
            answer = self._bind(implementation, hook, read, calls)
            if key not in self.records:  # built in: trusted, and so called without a thread and a timeout
                yield key, answer()
            elif self.is_active(key):
                try:
                    answers = call(hook, answer, self._timeout)
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
        """Return a function that makes all the calls and reads the answers: a generator runs plugin code when read."""
        function, plugin = implementation.function, self.records.get(implementation.plugin_name)
        parameters = signature(function).parameters  # an implementation names only the arguments that it needs

        def answer() -> tuple[T, ...]:
            given = ({"settings": self._settings, **more} for more in calls)
            chosen = ({name: item[name] for name in parameters if name in item} for item in given)
            return tuple(read(Answer(hook, function(**item), plugin)) for item in chosen)

        return answer

    def _implementations(self, hook: str) -> list[pluggy.HookImpl]:
        """Return the implementations of a hook: tryfirst ones, built-in ones, the others by name, trylast ones."""
        place = {key: index for index, key in enumerate(self.records)}
        found = getattr(self._hooks.hook, hook).get_hookimpls()
        return sorted(
            found,
            key=lambda item: (not item.tryfirst, item.trylast, place.get(item.plugin_name, -1), item.plugin_name),
        )
