"""A libvirt that is played: what is defined there, who answers where, and what goes wrong."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from tierdeps import Context, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tierdeps import Driver, Lifecycle

EVERYWHERE = {
    "qemu:///system": "QEMU",
    "lxc:///system": "LXC",
    "xen:///system": "Xen",
    **{f"{name}:///system": name for name in ("interface", "network", "nodedev", "nwfilter", "secret", "storage")},
}
#: A root in which nothing is, so that nothing is remembered either.
NOWHERE = Path("/nowhere")
NOT_THERE, NO_SUPPORT, NO_CONNECT = 38, 3, 5


class PlayedError(Exception):
    """What this libvirt raises."""

    def __init__(self, text: str, code: int = 1, number: int = 0) -> None:
        self.code, self.number = code, number
        super().__init__(text)

    def get_int1(self) -> int:
        return self.number

    def get_error_code(self) -> int:
        return self.code


class Thing:
    """A pool, a network or a guest; ``refusals`` are what the first attempts to start it end in."""

    def __init__(
        self,
        name: str,
        *,
        marked: bool = True,
        active: bool = False,
        xml: str = "<pool type='dir'/>",
        refusals: Iterable[PlayedError] = (),
    ) -> None:
        self._name, self.marked, self.active, self.xml = name, marked, active, xml
        self.refusals = list(refusals)
        self.log: list[str] = []
        self.after: Callable[[Thing], None] = lambda _: None
        self.reason = 1
        self.deaf = self.paused = False
        #: Its state while it does not run: off, or 4 while it is being shut down.
        self.off = 5
        self.persistent = True
        self.number = 0

    def name(self) -> str:
        return self._name

    def UUIDString(self) -> str:  # noqa: N802 - libvirt's name
        return f"uuid of {self._name}"

    def autostart(self) -> int:
        return int(self.marked)

    def isActive(self) -> int:  # noqa: N802 - libvirt's name
        return int(self.active)

    def isPersistent(self) -> int:  # noqa: N802 - libvirt's name
        return int(self.persistent)

    def ID(self) -> int:  # noqa: N802 - libvirt's name
        return self.number

    def XMLDesc(self, _: int = 0, /) -> str:  # noqa: N802 - libvirt's name
        return self.xml

    def create(self) -> int:
        self.log.append("create")
        if self.refusals:
            raise self.refusals.pop(0)
        if self.active:
            raise PlayedError(f"{self._name} is already active", 55)
        self.active = True
        self.after(self)
        return 0

    def state(self) -> list[int]:
        return [(3 if self.paused else 1) if self.active else self.off, self.reason]

    def shutdown(self) -> int:
        self.log.append("shutdown")
        self.active = self.active and self.deaf
        return 0

    def destroy(self) -> int:
        self.log.append("destroy")
        self.active = False
        return 0


def guest(name: str, *, after: str = "", **more: Any) -> Thing:
    """Make a guest that wishes to come after another one."""
    wish = f"<t:after xmlns:t='urn:tierdeps:libvirt:1' domain='{after}'/>" if after else ""
    return Thing(name, xml=f"<domain><metadata>{wish}</metadata></domain>", **more)


class Secret:
    """A secret, found by its UUID."""

    def __init__(self, uuid: str, *, value: bytes | None = b"key", private: bool = False, usage: str = "") -> None:
        self.uuid, self.usage = uuid, usage
        self._value, self._private = value, private

    def UUIDString(self) -> str:  # noqa: N802 - libvirt's name
        return self.uuid

    def value(self) -> bytes:
        if self._private:
            raise PlayedError("secret is private", 65)
        if self._value is None:
            raise PlayedError(f"Secret not found: secret '{self.uuid}' does not have a value", 66)
        return self._value


class FakeConnection:
    """One open connection."""

    def __init__(self, libvirt: FakeLibvirt, uri: str) -> None:
        self._libvirt, self._uri = libvirt, uri
        self._generation = libvirt.generation

    def close(self) -> int:
        self._libvirt.log.append(f"close {self._uri}")
        self._libvirt.connected -= 1
        return 0

    def isAlive(self) -> int:  # noqa: N802 - libvirt's name
        return int(self._libvirt.alive)

    def getURI(self) -> str:  # noqa: N802 - libvirt's name
        return self._uri

    def getType(self) -> str:  # noqa: N802 - libvirt's name
        return self._libvirt.answering[self._uri]

    def getLibVersion(self) -> int:  # noqa: N802 - libvirt's name
        return 9_000_000

    def __getattr__(self, name: str) -> Any:
        if name in self._libvirt.unsupported:
            raise PlayedError(f"this function is not supported by the connection driver: {name}", NO_SUPPORT)
        kind = self._libvirt.kinds.get(name)
        if kind is not None:
            return lambda flags=0: self._list(name, flags)
        if "Lookup" in name or name == "lookupByName":
            return self._looking(name)
        if name.startswith("listAll"):
            return list
        raise AttributeError(name)

    def _list(self, listing: str, flags: int) -> list[Thing]:
        libvirt = self._libvirt
        libvirt.asked.append(listing)
        libvirt.wait()
        if not (libvirt.up and self._is_whole):
            raise PlayedError("End of file while reading data: Input/output error", NOT_THERE)
        kind = libvirt.kinds[listing]
        active, paused = (1, 32) if listing == "listAllDomains" else (2, 0)
        if flags & paused:
            return [item for item in kind if item.active and item.paused]
        if flags & active:
            return [item for item in kind if item.active]
        return [item for item in kind if item.marked] if flags else list(kind)

    @property
    def _is_whole(self) -> bool:
        """Whether the daemon still runs to which it was opened."""
        return self._generation == self._libvirt.generation

    def _looking(self, name: str) -> Callable[..., Any]:
        def look(*wanted: object) -> Any:
            kinds = {"storagePoolLookupByName": self._libvirt.pools, "networkLookupByName": self._libvirt.networks}
            known: dict[object, object] = {item.name(): item for item in kinds.get(name, self._libvirt.domains)}
            for secret in self._libvirt.secrets:
                known |= {secret.uuid: secret, secret.usage: secret}
            if wanted[-1] in known:
                return known[wanted[-1]]
            raise PlayedError(f"nothing is called {wanted[-1]!r}", 42)

        return look


class FakeLibvirt:
    """The module, and the host behind it; ``answering`` has the type of each connection."""

    libvirtError: type[Exception] = PlayedError  # noqa: N815 - libvirt's name

    def __init__(
        self,
        *answering: str,
        pools: Iterable[Thing] = (),
        networks: Iterable[Thing] = (),
        domains: Iterable[Thing] = (),
        secrets: Iterable[Secret] = (),
        unsupported: Iterable[str] = (),
    ) -> None:
        self.answering = {uri: EVERYWHERE.get(uri, "TEST") for uri in answering} if answering else dict(EVERYWHERE)
        self.pools, self.networks, self.domains = list(pools), list(networks), list(domains)
        self.secrets = list(secrets)
        self.kinds = {
            "listAllStoragePools": self.pools,
            "listAllNetworks": self.networks,
            "listAllDomains": self.domains,
        }
        self.unsupported = frozenset(unsupported)
        self.up = self.alive = True
        self.connected = self.generation = 0
        #: The lists that were asked for.
        self.asked: list[str] = []
        self._answers = Event()
        self._answers.set()
        self.log: list[str] = []

    def restart(self) -> None:
        """Break all connections, as a restart of the daemon does."""
        self.generation += 1

    def hang(self) -> None:
        """Answer nothing, until ``go_on``."""
        self._answers.clear()

    def go_on(self) -> None:
        self._answers.set()

    def wait(self) -> None:
        self._answers.wait()

    def open(self, uri: str, /) -> Any:
        self.wait()
        if not self.up:
            raise PlayedError(f"no one\n is at {uri}", NOT_THERE)
        if uri not in self.answering:
            raise PlayedError(f"no one\n is at {uri}", NOT_THERE)
        self.connected += 1
        self.log.append(f"open {uri}")
        return FakeConnection(self, uri)


class Host:
    """Has nobody else's lifecycle; its clock stands still; keeps what is reported of parts."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.losses: list[str] = []
        #: Why it restarts by itself, and None where it is up again.
        self.restarted: list[str | None] = []

    def clock(self) -> float:
        return 0.0

    def look_up(self, driver: str, phase: str, name: str) -> None: ...

    def failed(self, driver: str, error: BaseException) -> None:
        raise AssertionError(driver) from error

    def lost(self, driver: str, reason: str) -> None:
        self.losses.append(reason)

    def degraded(self, context: Context, reason: str) -> None:
        self.reasons.append(reason)

    def extend(self, context: Context, seconds: float) -> None: ...
    def restarts(self, driver: str, reason: str | None) -> None:
        self.restarted.append(reason)

    def publish(self, driver: str, key: str, value: object) -> None: ...

    def published(self, driver: str, phase: str, name: str) -> dict[str, Any]:
        return {}

    def provided(self, driver: str) -> dict[str, Any]:
        return {}

    def facts(self, driver: str) -> dict[str, bool]:
        return {}

    def held(self, context: Context, seconds: float, *, ended: bool) -> None: ...


def context(driver: str = "storage", *, seconds: float = 5.0, **settings: Any) -> Context:
    """Make the context of a call that may take so many seconds."""
    return Context(driver, "autostart", settings=settings, timeout=seconds, deadline=seconds, host=Host())


def host_of(told: Context) -> Host:
    """Return what was reported in the calls of a context."""
    host = told._host
    assert isinstance(host, Host)
    return host


def degraded_by(told: Context) -> list[str]:
    """Return what was reported of parts that did not come up, in the call of a context."""
    return host_of(told).reasons


def played(base: type[Lifecycle], libvirt: FakeLibvirt | None, **more: object) -> Any:
    """Make a lifecycle that meets this libvirt; with None, a host without libvirt-python."""
    return meeting(base, libvirt, **more)()


def meeting(base: type[Lifecycle], libvirt: FakeLibvirt | None, **more: object) -> type[Lifecycle]:
    """Return its class."""

    def library(_: object) -> FakeLibvirt:
        if libvirt is None:
            raise ModuleNotFoundError("No module named 'libvirt'")
        return libvirt

    def spawn(_: object, commands: object, log: object) -> list[object]:
        if libvirt is not None and commands:
            libvirt.up = True
        return []

    content = {"library": library, "spawn": spawn, "root": NOWHERE, **more}
    return type(base.__name__, (base,), content)


def with_lifecycle(driver: Driver, lifecycle: type[Lifecycle]) -> Driver:
    """Return the driver with another lifecycle."""
    return replace(driver, lifecycle=lifecycle)
