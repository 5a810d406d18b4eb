"""All that is raised on purpose: each keeps its data and makes its own sentence."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tierdeps.model import Cycle, Finding


#: A longer list of names says less than none.
LISTED = 20


#: Among more names than these only those are found that one edit makes: to compare with each takes milliseconds.
COMPARED = 500
#: In a longer name so many edits are possible that they are not tried.
EDITED = 64
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@"


def nearest(wrong: str, known: Iterable[str]) -> str | None:
    """Return the known name that a wrong one is most likely meant to be."""
    names = known if isinstance(known, (AbstractSet, Mapping)) else frozenset(known)
    if len(names) > COMPARED:
        return min(_one_edit_away(wrong, names), default=None)
    from difflib import get_close_matches

    near = get_close_matches(wrong, sorted(names), n=1, cutoff=0.6)
    return near[0] if near else None


def _one_edit_away(wrong: str, known: Collection[str]) -> Iterator[str]:
    """Yield the known names that differ in one letter, in the order of two, or by one letter more or less."""
    if len(wrong) > EDITED:
        return
    for place in range(len(wrong) + 1):
        head, tail = wrong[:place], wrong[place:]
        edited = [head + letter + tail for letter in _LETTERS]
        if tail:
            edited += [head + tail[1:], *(head + letter + tail[1:] for letter in _LETTERS)]
            edited.append(head + tail[1:2] + tail[:1] + tail[2:])
        yield from filter(wrong.__ne__, filter(known.__contains__, edited))


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest known name, or an empty string."""
    near = nearest(wrong, known)
    return f"; did you mean {near!r}?" if near else ""


def _shown(value: object) -> str:
    """Return what a value looks like, without the address at which it is this time."""
    from re import sub

    return sub(r" at 0x[0-9a-fA-F]+", "", repr(value))


class TierdepsError(Exception):
    """The base of all errors that a user can cause."""

    exit_code: ClassVar[int] = 2


class DeclarationError(TierdepsError, ValueError):
    """A tier, driver or dependency is declared with a value that it cannot have."""

    def __init__(self, what: str, expected: str, got: object) -> None:
        self.what = what
        self.expected = expected
        self.got = got
        super().__init__(f"{what}: expected {expected}, got {_shown(got)}")


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


class DisabledTargetError(TierdepsError):
    """A driver that is to be started is disabled."""

    def __init__(self, driver: str) -> None:
        self.driver = driver
        super().__init__(
            f"the driver {driver!r} is disabled, so it cannot be a target; remove it from disable, in the settings or"
            " in the graph file"
        )


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


class WrongResult(LifecycleError):  # noqa: N818  said as it is
    """A method of a lifecycle returned what it must not; ``verb`` is the method."""

    def __init__(self, driver: str, verb: str, problem: str) -> None:
        self.driver = driver
        self.reference = self.verb = verb
        RunError.__init__(self, problem)


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

    def __init__(  # noqa: PLR0917  what it is about, then what more is known
        self, driver: str, phase: str, target: str, why: str = "", when: str | None = None, advice: str = ""
    ) -> None:
        self.driver = driver
        self.phase = phase
        self.target = target
        self.when = when
        because = f" ({why})" if why else ""
        condition = f", when={when!r}" if when else ""
        advice = advice or f"add requires({target!r}, phase={phase!r}{condition}) to the driver {driver!r}"
        super().__init__(f"undeclared dependency: {driver}:{phase} looked up {target!r}{because}; {advice}")
