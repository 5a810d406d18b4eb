"""Profiles: a service that has some is active where one of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps_boot._problems import Problems
    from tierdeps_boot.compose.model import Depends, Service

_ALL = "*"


def profiles_of(service: Service) -> tuple[str, ...]:
    """Return the profiles of a service, sorted; none: it is always active."""
    return tuple(sorted({item.text for item in service.profiles or () if item.text}))


def fact_of(service: Service) -> str | None:
    """Return the fact that stands for its profiles; None where it is always active."""
    profiles = profiles_of(service)
    return f"profile-{'-or-'.join(profiles)}" if profiles else None


def facts(services: Mapping[str, Service], variables: Mapping[str, str]) -> dict[str, bool]:
    """Return which profiles are active, by ``COMPOSE_PROFILES``."""
    active = _active(variables)
    found: dict[str, bool] = {}
    for service in services.values():
        if (fact := fact_of(service)) is not None:
            found[fact] = _is_active(profiles_of(service), active)
    return found


def _active(variables: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name.strip() for name in variables.get("COMPOSE_PROFILES", "").split(",") if name.strip())


def _is_active(profiles: tuple[str, ...], active: frozenset[str]) -> bool:
    return not profiles or _ALL in active or not active.isdisjoint(profiles)


def check(
    services: Mapping[str, Service],
    entries: Mapping[str, Mapping[str, Depends]],
    variables: Mapping[str, str],
    problems: Problems,
) -> None:
    """Add a problem for each service that requires one which is not active where it is itself: it cannot start."""
    active = _active(variables)
    gated = {name: profiles for name, service in services.items() if (profiles := profiles_of(service))}
    if not gated:
        return
    for name, found in entries.items():
        own = gated.get(name, ())
        for target, entry in found.items():
            profiles = gated.get(target, ())
            if not profiles or entry.required is False or _ALL in active or (own and set(own) <= set(profiles)):
                continue
            where = f"profile {' or '.join(map(repr, profiles))}"
            if not _is_active(profiles, active):
                message = f"{name!r} requires {target!r}, which is active in the {where} only"
                add = problems.error if _is_active(own, active) else problems.warning
                add(entry.place, message, name, target)
