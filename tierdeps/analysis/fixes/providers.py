"""Fixes that let another driver provide what is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.analysis.fixes.places import quoted, settings_place
from tierdeps.model import Choose, Kind, Replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Change, Edge, Origin


def other_providers(graph: DependencyGraph, edge: Edge) -> Iterator[tuple[Change, str]]:
    """Yield the changes that let another driver provide what is needed here, each with its summary.

    Only for requires and wants: a driver that merely comes after another one needs nothing of it. Nor can another one
    provide what the needed driver itself declares.
    """
    if edge.dependency.kind not in (Kind.REQUIRES, Kind.WANTS):
        return
    tried = {edge.needed.driver, edge.dependent.driver} | graph.declarations.disabled
    for capability in (edge.via,) if edge.via else sorted(graph.drivers[edge.needed.driver].provides):
        others = set(graph.resolver.providers[capability]) - tried
        tried |= others
        for provider in sorted(others):
            yield _change(edge, capability, provider), _text(edge, capability, provider)


def choice_text(capability: str, provider: str, origin: Origin) -> str:
    """Return how to write a choice."""
    return f"{quoted(capability)} = {quoted(provider)} in [choose], {settings_place((origin,))}"


def _change(edge: Edge, capability: str, provider: str) -> Change:
    if edge.via:
        return Choose(capability, provider)
    return Replace(edge.declarer, edge.dependency, replace(edge.dependency, target=provider))


def _text(edge: Edge, capability: str, provider: str) -> str:
    current = edge.needed.driver
    if edge.via:
        written = choice_text(capability, provider, edge.origin)
        return f"choose {provider} for {capability} instead of {current}: {written}"
    return (
        f"let {edge.declarer} depend on {provider} instead of {current} ({edge.origin}): it provides {capability} too"
    )
