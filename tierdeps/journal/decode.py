"""The content of the journal is input: rows and JSON texts are validated against types, and rejected as Damage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct, convert

from tierdeps.journal.errors import Damage
from tierdeps.journal.limits import Count, Limit, Moment, Number  # noqa: TC001  decoding evaluates the annotations

if TYPE_CHECKING:
    from typing import NoReturn


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


class SummaryText(Struct, frozen=True, array_like=True):
    """A ``PlanSummary`` without its dependencies."""

    drivers: tuple[str, ...]
    tiers: tuple[tuple[str, Count], ...]
    phases: dict[str, Annotated[tuple[str, ...], Meta(min_length=1)]]
    timeouts: dict[str, tuple[Limit | None, Limit | None]]
    kinds: tuple[str, ...]
    on_failure: dict[str, str] = {}
    hosts: dict[str, str] = {}


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
