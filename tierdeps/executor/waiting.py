"""Why a run is not over yet, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.model import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.executor.node import Node
    from tierdeps.executor.run import Run

#: More are counted, not named.
NAMED = 5


def waiting(run: Run) -> Iterator[str]:
    """Yield for each driver that is not done what it is doing, or what it waits for."""
    for node in run.nodes:
        if sentence := _busy(run, node):
            yield sentence
        elif node.start_state in (State.PENDING, State.STARTING):
            yield f"{node.name}:{node.phase} waits for {_needed(run, node) or 'its turn'}"


def _busy(run: Run, node: Node) -> str:
    if node.call is not None:
        return f"{node.call} has run for {run.loop.time() - node.call.began_at:.3g} s"
    return f"{node.name}:{node.phase} waits for another attempt" if node.retry is not None else ""


def _needed(run: Run, node: Node) -> str:
    waits = node.planned.waits[min(node.at, len(node.planned.waits) - 1)]
    open_ones = (wait.step for wait in waits if not _is_done(run, wait.step.driver, wait.step.phase))
    return ", ".join(sorted({str(step) for step in open_ones})) or _barrier(run, node)


def _is_done(run: Run, driver: str, phase: str) -> bool:
    node = run.node(driver)
    settled = node.start_state not in (State.PENDING, State.STARTING)
    return settled or node.at > node.planned.phases.index(phase)


def _barrier(run: Run, node: Node) -> str:
    """Name the tier that a driver waits for."""
    for name, begin, end in run.blueprint.tiers:
        if begin <= node.place < end:
            return ""
        if any(other.start_state in (State.PENDING, State.STARTING) for other in run.nodes[begin:end]):
            return f"the tier {name}"
    return ""


def running(run: Run) -> str:
    """Name what runs, in short."""
    calls = [sentence for node in run.nodes if (sentence := _busy(run, node))]
    more = f", and {len(calls) - NAMED} more" if len(calls) > NAMED else ""
    return ", ".join(calls[:NAMED]) + more
