"""The errors that tierdeps raises on purpose: each keeps its data and builds its own sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tierdeps._util.suggest import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


#: A longer list of names is omitted: it would not help.
MAX_NAMES_SHOWN = 20
#: The maximal number of mistakes of a file that are listed; further ones are counted.
MAX_ERRORS_SHOWN = 20


def _shown(value: object) -> str:
    """Return the repr of a value without memory addresses, so that the sentence is the same in every run."""
    from re import sub

    return sub(r" at 0x[0-9a-fA-F]+", "", repr(value))


class TierdepsError(Exception):
    """The base of all errors that a user can cause."""

    exit_code: ClassVar[int] = 2

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is reported: a sentence for each error that this one stands for."""
        return (str(self),)


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

    @property
    def errors(self) -> tuple[InputError, ...]:
        """The errors that this one stands for."""
        return (self,)

    def within(self, name: str) -> InputError:
        """Return the same error for a file that is in something else, such as a git revision."""
        return InputError(f"{name}:{self.source}", self.message, self.place)


class CombinedInputError(InputError):
    """Several mistakes, all those of a file."""

    def __init__(self, errors: Sequence[InputError]) -> None:
        self._errors = tuple(errors)
        super().__init__(errors[0].source, errors[0].message, errors[0].place)

    @property
    def errors(self) -> tuple[InputError, ...]:
        """The errors that this one stands for."""
        return self._errors

    @property
    def sentences(self) -> tuple[str, ...]:
        """A sentence for each mistake, up to MAX_ERRORS_SHOWN."""
        shown = tuple(map(str, self._errors[:MAX_ERRORS_SHOWN]))
        more = len(self._errors) - len(shown)
        return (*shown, f"{self.source}: and {more} more") if more else shown

    def within(self, name: str) -> CombinedInputError:
        """Return the same errors for a file that is in something else, such as a git revision."""
        return CombinedInputError([error.within(name) for error in self._errors])

    def __str__(self) -> str:
        return "; ".join(self.sentences)


def together(errors: Sequence[InputError]) -> InputError:
    """Return one error that stands for all of these, of which there is at least one."""
    return errors[0] if len(errors) == 1 else CombinedInputError(errors)


class UnknownNameError(TierdepsError):
    """A name that the user gave matches nothing."""

    def __init__(self, noun: str, name: str, known: Iterable[str]) -> None:
        self.noun = noun
        self.name = name
        self.known: tuple[str, ...] = tuple(sorted(known))
        listed = f"; available: {', '.join(self.known)}" if 0 < len(self.known) <= MAX_NAMES_SHOWN else ""
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
    """A plugin failed, and ``--strict`` was given or the plugin is needed."""

    exit_code = 3


class RunError(TierdepsError):
    """Something failed while a plan was run."""

    exit_code = 4


class RunFailedError(RunError):
    """A run that did not go well: ``problem`` is what went wrong with it as a whole, ``failures`` what with drivers.

    ``failures`` are pairs of a driver and the reason.
    """

    def __init__(self, problem: str, failures: tuple[tuple[str, str], ...]) -> None:
        self.problem = problem
        self.failures = failures
        parts = ([problem] if problem else []) + [f"{driver}: {reason}" for driver, reason in failures]
        super().__init__(f"the run failed: {'; '.join(parts)}")


class LifecycleError(RunError):
    """A driver's lifecycle cannot be imported or instantiated."""

    def __init__(self, driver: str, reference: str, message: str) -> None:
        self.driver = driver
        self.reference = reference
        super().__init__(f"the lifecycle of {driver!r}, {reference!r}, {message}")


class WrongResult(LifecycleError):  # noqa: N818  reads better without Error
    """A method of a lifecycle returned what it must not; ``verb`` is the method."""

    def __init__(self, driver: str, verb: str, problem: str) -> None:
        self.driver = driver
        self.reference = verb
        self.verb = verb
        RunError.__init__(self, problem)


class DeadlineExceeded(RunError):  # noqa: N818  reads better without Error
    """A phase, a stop or a run did not end in time; ``seconds`` is the limit."""

    def __init__(self, what: str, seconds: float) -> None:
        self.what = what
        self.seconds = seconds
        super().__init__(f"{what} did not end within {seconds:g} s")


class LostError(RunError):
    """A driver had stopped working before it was stopped: for the ``stop`` of a lifecycle to raise.

    The driver then counts as failed, with this text as the reason; its ``cleanup`` is called nevertheless.
    """


class HealthUnknownError(RunError):
    """Whether a driver works cannot be found out now: for the ``check`` of a lifecycle to raise.

    That counts neither as a failure nor as a success: what was found before holds until the next check.
    """


class RemoteError(RunError):
    """A call failed on another host or in another process; ``traceback`` is the text of the exception there."""

    def __init__(self, message: str, traceback: str = "") -> None:
        self.traceback = traceback
        super().__init__(message)


class LoopBlocked(DeadlineExceeded):
    """An async method blocked the event loop beyond its deadline; ``held`` is for how many seconds."""

    def __init__(self, what: str, seconds: float, held: float) -> None:
        super().__init__(what, seconds)
        self.held = held

    def __str__(self) -> str:
        return blocked_text(self.what, self.held)


def blocked_text(what: str, held: float) -> str:
    """Return a sentence that says what blocked the event loop, for how long, and what to do about it."""
    return f"{what} blocked the event loop for {held:.{1 if held >= 1 else 2}f} s; use a plain method or a thread"


class OtherHostError(RunError):
    """A lifecycle looked up that of a driver on another host."""

    def __init__(self, driver: str, phase: str, name: str, here: str, there: str) -> None:
        super().__init__(
            f"{driver}:{phase} looked up the lifecycle of {name!r}, which is on {there} and not on {here};"
            f" publish what is needed with context.publish(KEY, VALUE) there, and read it here with"
            f" context.value({name!r}, KEY)"
        )


class UndeclaredDependency(RunError):  # noqa: N818  the name that the contract fixes
    """A lifecycle looked up a driver that it did not declare to depend on (TD303)."""

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
