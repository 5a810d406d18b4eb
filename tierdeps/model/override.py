"""Changes to a driver that an earlier GRAPH declares, as drop-ins of systemd and override files of compose are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tierdeps._util.frozen import field, force_setattr, replace
from tierdeps._util.suggest import suggestion
from tierdeps.errors import DeclarationError, InputError, together
from tierdeps.model.declarations import Declared, Dependency, Driver
from tierdeps.model.kind import Kind
from tierdeps.model.origin import Origin, here
from tierdeps.model.policy import DEFAULT_POLICY
from tierdeps.model.process import Process
from tierdeps.model.templates import ALL_INSTANCES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

#: Keys whose value replaces the one before.
_REPLACED = ("tier", "phases", "lifecycle", "description", "when", "host")
OF_A_PROCESS: tuple[str, ...] = Process.__struct_fields__
OF_THE_POLICY: tuple[str, ...] = DEFAULT_POLICY.__struct_fields__
CHANGED: tuple[str, ...] = (*_REPLACED, "provides", "timing", *OF_A_PROCESS, *OF_THE_POLICY)
RESET: tuple[str, ...] = (*(key for key in CHANGED if key != "substitute"), *(kind.value for kind in Kind))


class Override(Declared):
    """What a later GRAPH changes of a driver, or with ``worker@*`` of all its instances.

    ``changes`` are keys of a driver, its process or its policy, with their values. They replace what was declared;
    ``env`` and ``timing`` do so name by name, ``provides`` and ``dependencies`` are added. The keys of ``reset``, which
    may be verbs, lose what was declared before that.
    Raises DeclarationError for a key that cannot be changed.
    """

    driver: str
    changes: Mapping[str, Any] | tuple[tuple[str, Any], ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    reset: tuple[str, ...] = ()
    origin: Origin = field(default_factory=here)

    def __post_init__(self) -> None:
        if isinstance(self.changes, Mapping):
            force_setattr(self, "changes", tuple(sorted(self.changes.items())))
        for what, given, known in (("changes", dict(self.changes), CHANGED), ("reset", self.reset, RESET)):
            for key in given:
                if key not in known:
                    expected = f"keys of a driver{suggestion(key, known).replace('; ', ', ')}"
                    raise DeclarationError(f"{what} of the override of {self.driver!r}", expected, key)

    def changed(self, drivers: Sequence[Driver]) -> Sequence[Driver] | None:
        """Return the drivers as they are afterwards; None where the one that it names is not among them.

        Raises InputError, which names the key.
        """
        matches = _matcher(self.driver)
        if not any(matches(driver.name) for driver in drivers):
            return None
        return tuple(self.apply(driver) if matches(driver.name) else driver for driver in drivers)

    def apply(self, driver: Driver) -> Driver:
        """Return the driver as it is afterwards. Raises InputError, which names the key."""
        try:
            return self._applied(driver)
        except DeclarationError as error:
            key = error.what.split(" ", 1)[0]
            raise self.error(f"expected {error.expected}, got {error.got!r}", key) from None

    def error(self, message: str, key: str = "") -> InputError:
        """Return the error for a problem of a key, or of all of it."""
        origin = self.origin
        line = f"line {origin.line}" if origin.line else ""
        place = ".".join(filter(None, (origin.key, key)))
        return InputError(origin.file or str(origin), message, ", ".join(filter(None, (line, place))))

    def _applied(self, driver: Driver) -> Driver:
        changes = dict(self.changes)
        bare = _without(driver, self.reset)
        named = {key: changes[key] for key in _REPLACED if key in changes}
        timing = {**dict(bare.timing), **dict(changes.get("timing", ()))}
        found: Driver = replace(
            bare,
            **named,
            provides=tuple(dict.fromkeys((*bare.provides, *changes.get("provides", ())))),
            dependencies=tuple(dict.fromkeys((*bare.dependencies, *self.dependencies))),
            timing=tuple(sorted(timing.items())),
            process=_process(bare.process, changes),
            policy=replace(bare.policy, **{key: changes[key] for key in OF_THE_POLICY if key in changes}),
            origin=replace(driver.origin, changed_by=(*driver.origin.changed_by, self.origin)),
        )
        if found.process is not None and found.lifecycle is not None:
            raise DeclarationError("lifecycle", "no lifecycle beside command: a process has its own", found.lifecycle)
        for phase in timing:
            if phase not in found.phases:
                raise DeclarationError("timing", f"phases of the driver, {', '.join(found.phases)}", phase)
        return found


def _without(driver: Driver, reset: Collection[str]) -> Driver:
    """Return a driver without what it declares under some keys."""
    if not reset:
        return driver
    plain = Driver(driver.name, origin=driver.origin)
    usual = {key: getattr(plain, key) for key in (*_REPLACED, "provides", "timing") if key in reset}
    dependencies = tuple(item for item in driver.dependencies if item.kind not in reset)
    policy = {key: getattr(DEFAULT_POLICY, key) for key in OF_THE_POLICY if key in reset}
    process = driver.process
    if process is not None:
        bare = Process(process.command)
        restored = {key: getattr(bare, key) for key in OF_A_PROCESS if key in reset and key != "command"}
        process = None if "command" in reset else replace(process, **restored)
    found: Driver = replace(
        driver, **usual, dependencies=dependencies, policy=replace(driver.policy, **policy), process=process
    )
    return found


def _process(before: Process | None, changes: Mapping[str, Any]) -> Process | None:
    named = {key: changes[key] for key in OF_A_PROCESS if key in changes}
    if not named:
        return before
    if before is None:
        if "command" not in named:
            key, value = next(iter(named.items()))
            raise DeclarationError(key, "'command' beside it: only a process has this key", value)
        return Process(**named)
    if "env" in named:
        named["env"] = tuple({**dict(before.env), **dict(named["env"])}.items())
    found: Process = replace(before, **named)
    return found


def _matcher(name: str) -> Callable[[str], bool]:
    if name.endswith(ALL_INSTANCES):
        prefix = name.removesuffix("*")
        return lambda other: other.startswith(prefix) or other == name
    return name.__eq__


def unmatched(overrides: Iterable[object], drivers: Iterable[Driver]) -> InputError:
    """Return the error for overrides of drivers that no earlier GRAPH declares."""
    names = {driver.name for driver in drivers}
    names |= {f"{name[:place]}{ALL_INSTANCES}" for name in names if (place := name.find("@")) > 0}
    return together([_unmatched(override, names) for override in overrides if isinstance(override, Override)])


def _unmatched(override: Override, names: Collection[str]) -> InputError:
    name = override.driver
    if name in names:
        return override.error(f"the driver {name!r} is declared in no earlier GRAPH: give that one first")
    every = f"{name}{ALL_INSTANCES}"
    if not names:
        return override.error(f"there is no driver {name!r} to override: give the GRAPH that declares it first")
    hint = f"; did you mean {every!r}?" if every in names else suggestion(name, names)
    return override.error(f"there is no driver {name!r} in an earlier GRAPH to override{hint}")
