"""The content of the journal is input: rows and JSON texts are validated against types, and rejected as Damage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from msgspec import Meta, Struct, convert

from tierdeps._util.seconds import MAX_DURATION_S
from tierdeps.journal.errors import Damage

if TYPE_CHECKING:
    from typing import NoReturn

T = TypeVar("T")

#: The highest number of a run: it is the upper half of the 64-bit ids of its batches.
MAX_RUN = (1 << 31) - 1
#: The highest process id on any system.
MAX_PID = (1 << 31) - 1
#: No moment is later, in seconds since 1970: it is in the year 9892, which every date library can format.
LAST_MOMENT = 2.5e11

Limit = Annotated[float, Meta(ge=0, le=MAX_DURATION_S)]
Moment = Annotated[float, Meta(ge=0, le=LAST_MOMENT)]
Count = Annotated[int, Meta(ge=0, le=MAX_RUN)]
Number = Annotated[int, Meta(ge=1, le=MAX_RUN)]


class RunRow(Struct, frozen=True, array_like=True):
    """A row of ``runs``, as ``Journal`` selects it."""

    number: Number
    info: str
    plan: str
    first_plan: str
    enum_names: str
    started_monotonic: Moment
    ready_at: Moment | None
    start_seconds: Moment | None
    outcome: str | None
    ended_at: Moment | None


class InfoText(Struct, frozen=True):
    """The fields of a ``RunInfo``."""

    instance: str
    title: str
    digest: str
    pid: Annotated[int, Meta(ge=1, le=MAX_PID)]
    started: str
    mode: str = "foreground"
    socket: str = ""
    timeout: Limit = 90.0
    stop_timeout: Limit = 30.0
    deadline: Limit = 1800.0
    engine: str = "local"
    began_at: Moment = 0.0
    jobs: Number | None = None
    on_failure: str = "abort"
    name: str = ""
    real: str = ""


class OutcomeText(Struct, frozen=True, array_like=True):
    """The fields of a ``RunOutcome``."""

    ready: bool
    ok: bool
    interrupted: bool
    problem: str
    notes: tuple[str, ...]
    seconds: Moment


class SummaryText(Struct, frozen=True, array_like=True):
    """A ``PlanSummary`` without its dependencies."""

    drivers: tuple[str, ...]
    tiers: tuple[tuple[str, Count], ...]
    phases: dict[str, Annotated[tuple[str, ...], Meta(min_length=1)]]
    timeouts: dict[str, tuple[Limit | None, Limit | None]]
    kinds: tuple[str, ...]
    on_failure: dict[str, str] = {}


def decode(text: object, kind: Any) -> Any:
    """Parse a JSON text and return it as a value of a type; raises Damage.

    It is parsed by the standard library because that accepts lone surrogates, which names may contain.
    """
    if not isinstance(text, str):
        raise Damage(f"expected text, got {type(text).__name__}")
    try:
        raw = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Damage(f"expected JSON: {error}") from None
    return checked(raw, kind)


def checked(raw: object, kind: Any) -> Any:
    """Return a plain value converted to a type; raises Damage."""
    try:
        return convert(raw, kind)
    except (ValueError, OverflowError, RecursionError) as error:
        raise Damage(str(error)) from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"expected a number, got {constant}")
