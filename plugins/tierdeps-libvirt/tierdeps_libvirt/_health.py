"""What the checks look at: which objects of a kind are up, and why one is not."""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from tierdeps import Value, field
from tierdeps_libvirt import _settings
from tierdeps_libvirt._kinds import ALWAYS, NO, ON_FAILURE, RESTARTS, Ending
from tierdeps_libvirt._library import NOT_FOUND, code_of
from tierdeps_libvirt._monitor import FRESH_S, Question, monitor_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tierdeps import Context
    from tierdeps_libvirt._kinds import Kind
    from tierdeps_libvirt._library import Connection, Library

#: The defaults: a check each so many seconds, and so many that fail in a row before something is done.
EVERY_S, FAILURES = 10.0, 2
#: An object is started again so often in a row; one that has been up for so many seconds has all attempts again.
ATTEMPTS, STABLE_S = 5, 300.0
#: How long a check may take, in seconds, and at most half of its interval; the share of it that libvirt has to answer.
TIMEOUT_S, SHARE = 5.0, 0.8
#: The share of the interval for which an answer is given again.
FRESH_SHARE = 0.1
GONE = Ending("libvirt no longer has it")


class CheckSettings(Value):
    """How often objects are checked, how many failures in a row count, and whether one that is down is started."""

    every: float = EVERY_S
    failures: int = FAILURES
    restart: str = NO

    @classmethod
    def of(cls, settings: Mapping[str, object], kind: Kind) -> CheckSettings:
        """Read the settings of objects of a kind. Raises RunError for invalid ones."""
        return cls(
            _settings.seconds(settings, "check_every", EVERY_S),
            _settings.number(settings, "check_failures", FAILURES),
            _settings.choice({"restart": kind.restart, **settings}, "restart", RESTARTS),
        )

    @property
    def timeout(self) -> float:
        """How long a check may take, in seconds."""
        return min(TIMEOUT_S, self.every / 2)

    def may_start(self, ending: Ending) -> bool:
        """Return whether an object that is down is to be started again."""
        if not ending.can_start:
            return False
        return self.restart == ALWAYS or (self.restart == ON_FAILURE and ending.is_failure)


class Listing(Value):
    """The names of the objects that are active, and what is wrong with some of these."""

    active: frozenset[str] = frozenset()
    faults: Mapping[str, Ending] = field(default_factory=dict)

    def is_up(self, name: str) -> bool:
        """Return whether an object is active and works."""
        return name in self.active and name not in self.faults


class Attempts:
    """Counts how often objects were started again."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[int, float]] = {}

    def next(self, name: str) -> int:
        """Count another attempt; return its number, or 0 if there were enough."""
        if not self.remain(name):
            return 0
        number = self._in_a_row(name) + 1
        self._made[name] = number, monotonic()
        return number

    def remain(self, name: str) -> bool:
        """Return whether there may be another one."""
        return self._in_a_row(name) < ATTEMPTS

    def _in_a_row(self, name: str) -> int:
        made, at = self._made.get(name, (0, 0.0))
        return made if monotonic() - at < STABLE_S else 0


class Observer:
    """Asks for the objects of one kind at one address."""

    def __init__(self, library: Library, uri: str, root: Path, kind: Kind, every: float) -> None:
        #: What is so old is as good as new: drivers with one interval are not all checked at the same moment.
        self._fresh = min(FRESH_S, FRESH_SHARE * every)
        self._monitor = monitor_of(library, uri, root)
        self._library = library
        self._kind = kind

    async def listing(self, context: Context) -> Listing:
        """Return which objects are up. Raises HealthUnknownError."""
        question = Question((self._kind.listing,), partial(_listing, self._kind))
        return await self._monitor.ask(question, context.remaining * SHARE, self._fresh, context.logger)

    async def endings(self, context: Context, names: Iterable[str]) -> Mapping[str, Ending]:
        """Return why objects are down; those are missing that are up again. Raises HealthUnknownError."""
        asked = tuple(sorted(names))
        question = Question((self._kind.look_up, *asked), partial(_endings, self._library, self._kind, asked))
        return await self._monitor.ask(question, context.remaining * SHARE, self._fresh, context.logger)


def _listing(kind: Kind, connection: Connection) -> Listing:
    """Ask in bulk: a question for each object would be as many round trips."""
    active = getattr(connection, kind.listing)(kind.active)
    doubtful = getattr(connection, kind.listing)(kind.doubtful) if kind.doubtful else []
    faults = {item.name(): ending for item in doubtful if (ending := kind.ending(item)).why}
    return Listing(frozenset(item.name() for item in active), faults)


def _endings(library: Library, kind: Kind, names: tuple[str, ...], connection: Connection) -> dict[str, Ending]:
    found: dict[str, Ending] = {}
    for name in names:
        try:
            ending = kind.ending(kind.find(connection, name))
        except library.libvirtError as error:
            if code_of(error) not in NOT_FOUND:
                raise
            ending = GONE
        if ending.why:
            found[name] = ending
    return found
