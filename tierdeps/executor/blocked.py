"""Which steps are blocked, because of others that failed or were skipped, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.model import OnFailure, State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.executor.node import Node
    from tierdeps.executor.run import Run


class Blocks:
    """The blocked steps of one start; ``resolved`` are those of which nothing is to come any more."""

    def __init__(self, run: Run, resolved: bytearray) -> None:
        self._run = run
        self._plan = run.blueprint
        self._resolved = resolved
        #: By the number of a step, whether it is blocked.
        self.steps = bytearray(len(resolved))

    def block(self, step: int, root: str) -> list[Node]:
        """Block a step and all that requires it; return the drivers that this blocks, disabled ones too."""
        stack = [step]
        found: dict[Node, None] = {}
        while stack:
            step = stack.pop()
            node = self._run.nodes[self._plan.owner[step]]
            settled = self._resolved[step] or node.start_state is State.ADOPTED or node.ignored
            if settled or (self.steps[step] and root in node.cause):
                continue
            self.steps[step] = 1
            found[node] = None
            node.cause |= {root}
            first = self._plan.first[node.place]
            if step == first + node.at and node.call is None and not node.planned.disabled and node.retry is None:
                self.move(node)
            if not self._plan.last[step]:
                stack.append(step + 1)
            if node.policy(self._run.options.on_failure) is not OnFailure.IGNORE:
                stack.extend(self._plan.requiring(step))
        return list(found)

    def move(self, node: Node) -> None:
        """Bring a driver whose next step is blocked to the state of being so."""
        if node.start_state in (State.PENDING, State.STARTING):
            self._run.move(node, State.BLOCKED, node.reason or _why(self._run, node))


def _why(run: Run, node: Node) -> str:
    skipped = [cause for cause in sorted(node.cause) if run.node(cause).start_state is State.SKIPPED]
    failed = [cause for cause in sorted(node.cause) if cause not in skipped]
    parts = [f"{', '.join(failed)}, which failed"] if failed else []
    if len(skipped) == 1:
        parts.append(f"{skipped[0]}, which was skipped: {run.node(skipped[0]).reason}")
    elif skipped:
        parts.append(f"{', '.join(skipped)}, which were skipped")
    return f"it requires {' and '.join(parts)}"


def name_causes(run: Run, nodes: Sequence[Node]) -> None:
    """Name what kept a tier shut as the cause of those behind it that nothing else blocks."""
    roots = {node.name for node in nodes if node.start_state is State.FAILED and not node.ignored}
    skipped = {node.name for node in nodes if node.start_state is State.SKIPPED}
    for node in nodes:
        if not node.planned.disabled and node.policy(run.options.on_failure) is not OnFailure.IGNORE:
            roots |= node.cause & skipped
    for node in nodes:
        if node.start_state is State.BLOCKED and not node.cause:
            node.cause = frozenset(roots)
