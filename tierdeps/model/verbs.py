"""The verbs that make dependencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from tierdeps.model.coupling import Coupling
from tierdeps.model.declarations import Dependency
from tierdeps.model.kind import Kind

if TYPE_CHECKING:
    from tierdeps.model.kind import OnSkipped


def requires(
    target: str,
    *,
    phase: str | None = None,
    when: str | None = None,
    reason: str = "",
    optional: bool = False,
    skipped: Literal["pass", "block"] = "pass",
    failed: Literal["block", "pass"] | None = None,
    on_restart: Literal["restart", "keep"] | None = None,
    on_loss: Literal["stop", "keep"] | None = None,
    atleast: int | None = None,
) -> Dependency:
    """Come after the target is ready, and be blocked where it fails.

    A target that is absent is finding TD103, unless it is ``optional``: then only one that is there is waited for.
    One that is skipped, by its probe or because it is disabled, is passed over, unless ``skipped="block"``: then the
    dependent is blocked. With ``failed="pass"`` it starts although the target failed: it waits for its end alone.

    ``on_restart`` and ``on_loss`` are about a dependent that is up: whether it is started again when the target is, and
    whether it is stopped when the target is lost. Without them it goes with the target where a reload starts that one
    again or it is lost with ``on_failure="isolate"``, and not where the target's process starts again by itself.

    ``atleast`` makes it a quorum, as in ``requires("mon@*", atleast=2)``: the dependent waits for all drivers that the
    target means, all providers of a capability included, and is blocked where fewer than so many can become ready.
    """
    on_skipped = cast("OnSkipped", skipped)  # checked, and made one, by the dependency
    what = f"requires({target!r})"
    coupling = Coupling.of(what, failed=failed, on_restart=on_restart, on_loss=on_loss, atleast=atleast)
    return Dependency(
        Kind.REQUIRES, target, phase, when, reason, optional=optional, skipped=on_skipped, coupling=coupling
    )


def wants(
    target: str,
    *,
    phase: str | None = None,
    when: str | None = None,
    reason: str = "",
    optional: bool = False,
    on_restart: Literal["restart", "keep"] | None = None,
    on_loss: Literal["stop", "keep"] | None = None,
) -> Dependency:
    """Come after the target is ready or failed; start all the same where it is absent.

    Of wants, after, before and conflicts, a target that is nowhere is warning TD206, unless it is ``optional``.
    ``on_restart="restart"`` starts the dependent again whenever the target is, ``on_loss="stop"`` stops it when the
    target is lost; by default it goes on.
    """
    coupling = Coupling.of(f"wants({target!r})", failed=None, on_restart=on_restart, on_loss=on_loss)
    return Dependency(Kind.WANTS, target, phase, when, reason, optional=optional, coupling=coupling)


def after(
    target: str, *, phase: str | None = None, when: str | None = None, reason: str = "", optional: bool = False
) -> Dependency:
    """Come after the target where both are there; nothing but order."""
    return Dependency(Kind.AFTER, target, phase, when, reason, optional=optional)


def before(
    target: str, *, phase: str | None = None, when: str | None = None, reason: str = "", optional: bool = False
) -> Dependency:
    """Come before the target where both are there; nothing but order. Omitted, ``phase`` is my last."""
    return Dependency(Kind.BEFORE, target, phase, when, reason, optional=optional)


def conflicts(
    target: str, *, phase: str | None = None, when: str | None = None, reason: str = "", optional: bool = False
) -> Dependency:
    """Never be in one plan with the target; where both are present, that is finding TD106."""
    return Dependency(Kind.CONFLICTS, target, phase, when, reason, optional=optional)


def pulls(
    target: str, *, phase: str | None = None, when: str | None = None, reason: str = "", optional: bool = False
) -> Dependency:
    """Bring the target into the plan, in no order and whatever becomes of it.

    Where a graph has targets, what these pull is active as what they want is. Elsewhere every driver is.
    """
    return Dependency(Kind.PULLS, target, phase, when, reason, optional=optional)


def required_by(
    target: str, *, phase: str | None = None, when: str | None = None, reason: str = "", optional: bool = False
) -> Dependency:
    """Be required by the target, as if it declared so itself. Omitted, ``phase`` is my last, the target's its first."""
    return Dependency(Kind.REQUIRED_BY, target, phase, when, reason, optional=optional)


def wanted_by(
    target: str, *, phase: str | None = None, when: str | None = None, reason: str = "", optional: bool = False
) -> Dependency:
    """Be wanted by the target, as if it declared so itself. Omitted, ``phase`` is my last, the target's its first."""
    return Dependency(Kind.WANTED_BY, target, phase, when, reason, optional=optional)
