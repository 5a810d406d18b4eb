"""All that is raised on purpose: each keeps its data and makes its own sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.model import Cycle, Finding


#: A longer list of names says less than none.
LISTED = 20


def nearest(wrong: str, known: Iterable[str]) -> str | None:
    """Return the known name that a wrong one is most likely meant to be."""
    from difflib import get_close_matches

    near = get_close_matches(wrong, sorted(known), n=1, cutoff=0.6)
    return near[0] if near else None


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest known name, or an empty string."""
    near = nearest(wrong, known)
    return f"; did you mean {near!r}?" if near else ""


class TierdepsError(Exception):
    """The base of all errors that a user can cause."""

    exit_code: ClassVar[int] = 2


class DeclarationError(TierdepsError, ValueError):
    """A tier, driver or dependency is declared with a value that it cannot have."""

    def __init__(self, what: str, expected: str, got: object) -> None:
        self.what = what
        self.expected = expected
        self.got = got
        super().__init__(f"{what}: expected {expected}, got {got!r}")


class InputError(TierdepsError):
    """A graph or settings file cannot be read; names the file, the place in it and what was expected."""

    def __init__(self, source: str, message: str, place: str = "") -> None:
        self.source = source
        self.place = place
        self.message = message
        super().__init__(": ".join(part for part in (source, place, message) if part))


class UnknownNameError(TierdepsError):
    """A name that the user gave matches nothing."""

    def __init__(self, noun: str, name: str, known: Iterable[str]) -> None:
        self.noun = noun
        self.name = name
        self.known = tuple(sorted(known))
        listed = f"; there is {', '.join(self.known)}" if 0 < len(self.known) <= LISTED else ""
        super().__init__(f"no {noun} is named {name!r}{suggestion(name, self.known) or listed}")


class PluginError(TierdepsError):
    """A plugin failed to load, and ``--strict`` was asked for."""

    exit_code = 3


class GraphError(TierdepsError):
    """A graph has no plan; ``findings`` say why."""

    exit_code = 1

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(finding.message for finding in self.findings))


class CycleError(GraphError):
    """Drivers need each other in a cycle; ``cycles`` has a shortest one of each component."""

    def __init__(self, findings: Iterable[Finding], cycles: Iterable[Cycle]) -> None:
        self.cycles = tuple(cycles)
        super().__init__(findings)


class RunError(TierdepsError):
    """Something failed at run time."""

    exit_code = 4


class LifecycleError(RunError):
    """A driver's life cycle cannot be imported or made."""

    def __init__(self, driver: str, reference: str, message: str) -> None:
        self.driver = driver
        self.reference = reference
        super().__init__(f"the life cycle of {driver!r}, {reference!r}, {message}")


class DeadlineExceeded(RunError):  # noqa: N818  said as it is
    """A phase, a stop or a run did not end in time; ``seconds`` is what it had."""

    def __init__(self, what: str, seconds: float) -> None:
        self.what = what
        self.seconds = seconds
        super().__init__(f"{what} did not end within {seconds:g} s")


class LostError(RunError):
    """A driver had stopped working before its stop reached it: raised by the ``stop`` of a lifecycle that sees so.

    The driver has failed then, for the reason that is given; its ``cleanup`` is called all the same.
    """


class LoopBlocked(DeadlineExceeded):
    """An async method blocked the event loop beyond its deadline; ``held`` is for how many seconds."""

    def __init__(self, what: str, seconds: float, held: float) -> None:
        super().__init__(what, seconds)
        self.held = held

    def __str__(self) -> str:
        return blocked_text(self.what, self.held)


def blocked_text(what: str, held: float) -> str:
    """Say what blocked the event loop, for how many seconds, and what to do about it."""
    return f"{what} blocked the event loop for {held:.{1 if held >= 1 else 2}f} s; use a plain method or a thread"


class UndeclaredDependency(RunError):  # noqa: N818  the name that the contract fixes
    """A life cycle looked up a driver that it did not declare to depend on (TD303)."""

    def __init__(self, driver: str, phase: str, target: str, why: str = "") -> None:
        self.driver = driver
        self.phase = phase
        self.target = target
        because = f" ({why})" if why else ""
        super().__init__(
            f"undeclared dependency: {driver}:{phase} looked up {target!r}{because};"
            f" add requires({target!r}, phase={phase!r}) to the driver {driver!r}"
        )
