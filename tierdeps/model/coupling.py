"""What the fate of a target does to its dependent: the terms of a dependency that go beyond order."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from tierdeps._util.frozen import Value
from tierdeps.errors import DeclarationError

Choice = TypeVar("Choice", bound=StrEnum)


class OnFailed(StrEnum):
    """What becomes of a dependent if a driver that it requires fails to start."""

    BLOCK = "block"
    PASS = "pass"  # noqa: S105  the dependent starts once the target has ended its start, whatever came of it


class OnRestart(StrEnum):
    """What becomes of a dependent that is up when its target is started again."""

    RESTART = "restart"
    KEEP = "keep"


class OnLoss(StrEnum):
    """What becomes of a dependent that is up when its target is lost."""

    STOP = "stop"
    KEEP = "keep"


class Coupling(Value):
    """How a dependent is coupled to its target; None where that follows from the verb and the target's policy.

    ``atleast`` is a quorum: so many of the drivers that the target means must be ready, whichever these are.
    Raises DeclarationError for a value that cannot be.
    """

    on_restart: OnRestart | None = None
    on_loss: OnLoss | None = None
    failed: OnFailed = OnFailed.BLOCK
    atleast: int | None = None

    @property
    def terms(self) -> dict[str, str | int]:
        """What is stated, as the keys of a declaration."""
        failed = None if self.failed is OnFailed.BLOCK else self.failed
        stated = (("failed", failed), ("on_restart", self.on_restart), ("on_loss", self.on_loss))
        quorum: dict[str, str | int] = {} if self.atleast is None else {"atleast": self.atleast}
        return quorum | {key: str(value) for key, value in stated if value is not None}

    @property
    def passes_failed(self) -> bool:
        """Whether the dependent may start although the target failed; with a quorum, others may be ready."""
        return self.failed is OnFailed.PASS or self.atleast is not None

    @property
    def sort_key(self) -> tuple[str, str, str, int]:
        """What dependencies that differ in nothing else are ordered by."""
        return (self.failed, self.on_restart or "", self.on_loss or "", self.atleast or 0)

    @classmethod
    def of(
        cls,
        what: str,
        *,
        failed: str | None,
        on_restart: str | None,
        on_loss: str | None,
        atleast: int | None = None,
    ) -> Coupling:
        """Return a coupling; ``what`` is the dependency, for messages. Raises DeclarationError."""
        if failed is None and on_restart is None and on_loss is None and atleast is None:
            return UNCOUPLED
        if atleast is not None:
            _check_quorum(what, atleast, failed)
        found = cls(
            None if on_restart is None else _checked(OnRestart, "on_restart", what, on_restart),
            None if on_loss is None else _checked(OnLoss, "on_loss", what, on_loss),
            OnFailed.BLOCK if failed is None else _checked(OnFailed, "failed", what, failed),
            atleast,
        )
        return UNCOUPLED if found == UNCOUPLED else found


#: The coupling of a dependency that states none.
UNCOUPLED = Coupling()


def _check_quorum(what: str, atleast: object, failed: str | None) -> None:
    if isinstance(atleast, bool) or not isinstance(atleast, int) or atleast < 1:
        raise DeclarationError(f"atleast of {what}", "a whole number, 1 or more", atleast)
    if failed is not None:
        raise DeclarationError(f"failed of {what}", "nothing beside atleast, which says how many must be ready", failed)


def _checked(choices: type[Choice], key: str, what: str, value: object) -> Choice:
    if value not in tuple(choices):
        expected = " or ".join(f'"{choice}"' for choice in choices)
        raise DeclarationError(f"{key} of {what}", expected, value)
    return choices(str(value))
