"""What a compose file says about the order of its services, with the place of each entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tierdeps import Value, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps_boot._problems import Place

STARTED, HEALTHY, COMPLETED = CONDITIONS = (
    "service_started",
    "service_healthy",
    "service_completed_successfully",
)


class Depends(NamedTuple):
    """An entry of ``depends_on``; None where the file does not say it, so that an override file may."""

    place: Place
    condition: str | None = None
    required: bool | None = None
    restart: bool | None = None
    removed: bool = False

    def over(self, base: Depends) -> Depends:
        """Return what holds where this is in an override file, and ``base`` in the file before it."""
        return Depends(
            self.place,
            base.condition if self.condition is None else self.condition,
            base.required if self.required is None else self.required,
            base.restart if self.restart is None else self.restart,
            self.removed,
        )


class Reference(NamedTuple):
    """A text that names a service, such as ``network_mode: service:db``."""

    place: Place
    text: str


class Extends(NamedTuple):
    """The service, of the same file or of another one, that a service takes its values from."""

    place: Place
    service: str
    file: str | None = None


class Service(Value):
    """A service; each field is None where the file does not have the key.

    ``replaced`` are the keys that are tagged ``!reset`` or ``!override``: nothing is taken from the files before.
    ``extends`` is followed in each file, before files are merged.
    """

    place: Place
    depends_on: Mapping[str, Depends] | None = None
    links: tuple[Reference, ...] | None = None
    volumes_from: tuple[Reference, ...] | None = None
    network_mode: Reference | None = None
    ipc: Reference | None = None
    pid: Reference | None = None
    uts: Reference | None = None
    cgroup: Reference | None = None
    profiles: tuple[Reference, ...] | None = None
    healthcheck: bool | None = None
    extends: Extends | None = None
    replaced: frozenset[str] = frozenset()

    def over(self, base: Service) -> Service:
        """Return what ``base`` becomes where this is in an override file, or extends it."""
        if self.replaced:
            base = replace(base, **dict.fromkeys(self.replaced))
        return Service(
            base.place,
            _entries(base.depends_on, self.depends_on),
            _lists(base.links, self.links),
            _lists(base.volumes_from, self.volumes_from),
            self.network_mode or base.network_mode,
            self.ipc or base.ipc,
            self.pid or base.pid,
            self.uts or base.uts,
            self.cgroup or base.cgroup,
            _lists(base.profiles, self.profiles),
            base.healthcheck if self.healthcheck is None else self.healthcheck,
            replaced=base.replaced | self.replaced,
        )

    @property
    def said(self) -> tuple[object, ...]:
        """What it says, wherever that stands: two services that say the same are one."""
        entries = sorted((name, *entry[1:]) for name, entry in (self.depends_on or {}).items())
        lists = (self.links, self.volumes_from, self.profiles)
        texts = (self.network_mode, self.ipc, self.pid, self.uts, self.cgroup)
        return (
            entries,
            [[item.text for item in items or ()] for items in lists],
            [item and item.text for item in texts],
            self.healthcheck,
        )


def _entries(base: Mapping[str, Depends] | None, over: Mapping[str, Depends] | None) -> Mapping[str, Depends] | None:
    if not base or over is None:
        return base if over is None else over
    return {**base, **{name: entry.over(base[name]) if name in base else entry for name, entry in over.items()}}


def _lists(base: tuple[Reference, ...] | None, over: tuple[Reference, ...] | None) -> tuple[Reference, ...] | None:
    if not base or not over:
        return base or over
    known = {item.text for item in base}
    return (*base, *(item for item in over if item.text not in known))
