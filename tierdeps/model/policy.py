"""What a driver says about its own failures, retries and deadlines."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from tierdeps._util.frozen import Value, force_setattr
from tierdeps._util.seconds import is_seconds, range_text
from tierdeps.errors import DeclarationError

Enum = TypeVar("Enum", bound=StrEnum)


class OnFailure(StrEnum):
    """What a failure does to the run.

    ``abort`` stops what started, in reverse; ``isolate`` blocks what needs the failed driver and goes on with the rest
    of its tier; ``ignore`` goes on as if it were ready.
    """

    ABORT = "abort"
    ISOLATE = "isolate"
    IGNORE = "ignore"


class OnCancel(StrEnum):
    """What becomes of a running phase when a stop comes: it is cancelled, or its end is awaited."""

    CANCEL = "cancel"
    WAIT = "wait"


class Policy(Value):
    """One driver's policy; None is the run's own value.

    ``retries`` counts the attempts after the first; ``backoff`` is the pause before the second, doubled each time.
    ``timeout`` bounds each attempt of each phase, ``stop_timeout`` the stop; in seconds.
    """

    on_failure: OnFailure | None = None
    retries: int = 0
    backoff: float = 0.5
    timeout: float | None = None
    stop_timeout: float | None = None
    on_cancel: OnCancel = OnCancel.CANCEL

    def __post_init__(self) -> None:
        if self.on_failure is not None:
            force_setattr(self, "on_failure", _choice("on_failure", OnFailure, self.on_failure))
        force_setattr(self, "on_cancel", _choice("on_cancel", OnCancel, self.on_cancel))
        retries: object = self.retries
        if not isinstance(retries, int) or isinstance(retries, bool) or retries < 0:
            raise DeclarationError("retries", "a number from 0", retries)
        for name in ("backoff", "timeout", "stop_timeout"):
            check_seconds(name, getattr(self, name), zero=name == "backoff")


def check_seconds(what: str, value: object, *, zero: bool = False) -> None:
    """Raise DeclarationError unless the value is a number of seconds, or None for the default of the run."""
    if value is not None and not is_seconds(value, zero=zero):
        raise DeclarationError(what, range_text(zero=zero), value)


def _choice(what: str, kind: type[Enum], value: str) -> Enum:
    try:
        return kind(value)
    except ValueError:
        raise DeclarationError(what, ", ".join(kind), value) from None


#: The policy of a driver that declares none: the run's own applies.
DEFAULT_POLICY = Policy()
