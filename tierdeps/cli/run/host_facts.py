"""The facts that the hosts of a fleet state of themselves: an engine asks for them before a plan is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps._util.text import printable
from tierdeps.model.hosts import fact_of_host, facts_of_host
from tierdeps.model.statement import HOST, fact_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tierdeps.cli._session import Session
    from tierdeps.engines import Engine, EngineOptions
    from tierdeps.graph import DependencyGraph


class HostFacts:
    """Asks the hosts of an engine. ``used`` has what the latest plan was made with: by host, its own names of facts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.used: dict[str, Mapping[str, bool]] = {}

    def added_to(self, session: Session, graph: DependencyGraph, options: EngineOptions) -> DependencyGraph:
        """Return a graph with the facts that its hosts state and that nothing else does, ``pool.auth@kvm1`` for one.

        Of a host that does not answer they count as no; a note says so, and the host is asked again when it is used.
        """
        whole = graph.whole
        wanted = wanted_facts(whole) if self._engine.host_facts is not None else {}
        if not wanted:
            self.used.clear()
            return graph
        stated = self._stated(session, options, wanted)
        facts, sources = dict(whole.declarations.facts), dict(whole.declarations.fact_sources)
        for host, found in stated.items():
            facts |= facts_of_host(found, host)
            sources |= dict.fromkeys(facts_of_host(found, host), fact_source(HOST, host))
        self.used.clear()
        self.used |= {host: {name: stated[host].get(name, False) for name in names} for host, names in wanted.items()}
        whole = whole.rebuilt(replace(whole.declarations, facts=facts, fact_sources=sources))
        return whole if graph is graph.whole else whole.active

    def _stated(
        self, session: Session, options: EngineOptions, wanted: Mapping[str, Iterable[str]]
    ) -> Mapping[str, Mapping[str, bool]]:
        """Return what each host states of the wanted facts."""
        assert self._engine.host_facts is not None  # noqa: S101  asked for by the caller
        if options.scheduler is None:  # all hosts are this machine
            own = session.manager.facts()
            return {host: {name: own[name] for name in names if name in own} for host, names in wanted.items()}
        found: dict[str, Mapping[str, bool]] = {}
        for host, answer in self._engine.host_facts(options, tuple(wanted)).items():
            if isinstance(answer, str):
                session.info(printable(f"note: the facts of {host} are unknown, and count as no: {answer}"))
                answer = {}  # noqa: PLW2901  it states none
            found[host] = {name: answer[name] for name in wanted[host] if name in answer}
        return found


def wanted_facts(graph: DependencyGraph) -> dict[str, tuple[str, ...]]:
    """Return the facts of hosts that a graph mentions and that nothing states, by host, under the hosts' own names."""
    declared = graph.declarations
    hosts = declared.all_hosts()
    found: dict[str, tuple[str, ...]] = {}
    for fact in graph.mentioned_facts:
        place = fact_of_host(fact, hosts) if fact not in declared.facts else None
        if place is not None:
            host, name = place
            found[host] = (*found.get(host, ()), name)
    return found
