"""Shutdown of guests: requested, waited for, and forced only if the settings say so."""

from __future__ import annotations

from math import inf
from time import monotonic, sleep
from typing import TYPE_CHECKING

from tierdeps import RunError, Value
from tierdeps_libvirt import _settings
from tierdeps_libvirt._library import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tierdeps import Context
    from tierdeps_libvirt._kinds import Kind
    from tierdeps_libvirt._library import Guest, Library

#: The interval of checks, and of repeated requests, in seconds: a guest that is still booting ignores a request.
POLL_S, REPEAT_S = 0.1, 5.0
#: The end of the stop's time that is reserved for forcing and reporting: a share, and the most, in seconds.
SHARE, RESERVE_S = 0.2, 3.0
LEAVE, STARTED, ALL = "leave", "shutdown", "shutdown-all"


class ShutdownSettings(Value):
    """The settings on guests at stop.

    ``guests`` is which are shut down: none, those that this run started, or all that run and are defined. ``seconds``
    is the time limit for each; ``destroy`` allows to turn off a guest that does not shut down in time.
    """

    guests: str = LEAVE
    seconds: float = inf
    destroy: bool = False

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> ShutdownSettings:
        """Read the settings. Raises RunError for invalid ones."""
        return cls(
            _settings.choice(settings, "guests", (LEAVE, STARTED, ALL)),
            _settings.seconds(settings, "shutdown_timeout", inf),
            _settings.flag(settings, "destroy"),
        )


class ShutDown:
    """The shutdown of guests within the time of the stop."""

    def __init__(self, library: Library, kind: Kind, manner: ShutdownSettings, context: Context) -> None:
        self._error = library.libvirtError
        self._kind = kind
        self._manner = manner
        self._context = context
        remaining = context.remaining
        self._end = monotonic() + remaining - min(RESERVE_S, SHARE * remaining)

    def run(self, guests: Iterable[Guest]) -> None:
        """Shut them down one after the other, each with its share of the time that is left.

        Raises RunError, which names all guests that still run and why, after each was requested to shut down.
        """
        asked = list(guests)
        told = {}
        for index, guest in enumerate(asked):
            share = max(0.0, self._end - monotonic()) / (len(asked) - index)
            told[guest.name()] = self._attempt(guest, min(self._manner.seconds, share))
        for guest in asked:  # the first one has had all the time since its request
            if told[guest.name()]:
                told[guest.name()] = self._final_attempt(guest, told[guest.name()])
        faults = [f"{self._kind.noun} {name}: {why}" for name, why in told.items() if why]
        if faults:
            raise RunError("; ".join([*faults, *self._advice()]))

    def _advice(self) -> tuple[str, ...]:
        return () if self._manner.destroy else ("with destroy = true in the settings their plug is pulled",)

    def _attempt(self, guest: Guest, seconds: float) -> str:
        """Request a shutdown and wait; return why the guest still runs."""
        try:
            gone = self._ask(guest, seconds)
        except self._error as error:
            return sentence(error)
        if gone:
            self._say(guest, "shut down")
            return ""
        return f"it did not shut down within {seconds:.3g} s"

    def _ask(self, guest: Guest, seconds: float) -> bool:
        began = monotonic()
        again = began
        while guest.isActive():
            now = monotonic()
            if now >= again:
                again = now + REPEAT_S
                self._tell(guest)
            elif now >= began + seconds or self._context.cancelled:
                return False
            sleep(min(POLL_S, seconds))
        return True

    def _tell(self, guest: Guest) -> None:
        try:
            guest.shutdown()
        except self._error:
            if guest.isActive():
                raise

    def _final_attempt(self, guest: Guest, why: str) -> str:
        """Check once more, and turn the guest off if the settings say so."""
        try:
            if not guest.isActive():
                self._say(guest, "shut down")
                return ""
            if not self._manner.destroy:
                return f"{why}, and was left running"
            guest.destroy()
        except self._error as error:
            return f"{why}; {sentence(error)}"
        self._context.logger.warning("%s %s: %s, and was destroyed", self._kind.noun, guest.name(), why)
        return ""

    def _say(self, guest: Guest, what: str) -> None:
        self._context.logger.info("%s %s: %s", self._kind.noun, guest.name(), what)
