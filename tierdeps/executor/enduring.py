"""A start that goes on, as far as it can, where drivers are lost that were up."""

from __future__ import annotations

from asyncio import CancelledError
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tierdeps.errors import RunError
from tierdeps.executor.starting import Starting
from tierdeps.model import Mark, OnCancel, State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from tierdeps.executor.node import Node
    from tierdeps.executor.run import Run


class Enduring(Starting):
    """The start of a run whose drivers may be lost while others still start."""

    def __init__(self, run: Run, over: Callable[[], None], halt: Callable[[str], None]) -> None:
        super().__init__(run, over, halt)
        #: What it brings up.
        self.own: Collection[Node] = run.nodes

    def fail(self, node: Node, reason: str) -> None:
        """Fail a driver for a reason that nobody foresaw: who has a place under the limit is counted afresh."""
        if node.start_state is State.PENDING:
            self._failed(node, reason)
        else:
            self.lose(node, reason)
        jobs = self._run.options.jobs
        if jobs is not None:
            self._places = jobs - sum(other.call is not None for other in self._run.nodes)
        self._pump()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nothing begin before all that is done meanwhile is done."""
        before, self._pumping = self._pumping, True
        yield
        self._pumping = before
        self._pump()

    def lose(self, node: Node, reason: str) -> None:
        """Fail a driver that is not up yet, and says already that it works no more: it is not tried again."""
        if node.call is not None:
            node.call.then = self._lost
            self._run.give_up(node.call, RunError(reason))
            return
        if node.retry is not None:
            node.retry.cancel()
            node.retry = None
        self._places -= 1
        self._failed(node, reason)

    def _lost(self, node: Node, result: Any, error: BaseException | None) -> None:
        del result
        node.seconds += node.last_took
        self._run.tell(node, State.STARTING, node.phase, Mark.FAILED, str(error))
        self._failed(node, str(error))

    def shut_behind(self, node: Node) -> None:
        """Keep the tiers behind a driver shut."""
        self._barrier.shut_behind(node.place)

    def forgo(self, nodes: Collection[Node], reason: str) -> None:
        """Bring drivers up no further, for a reason; what they do now ends as it does where a stop comes."""
        calls = [node.call for node in nodes if node.call is not None and self._is_cut(node)]
        for node in nodes:
            for step in self._steps(node)[node.at :]:
                self._blocked[step] = 1
            node.reason = reason
            if node.retry is not None:
                node.retry.cancel()
                node.retry = None
                self._resolve(self._steps(node)[node.at])
            if node.call is None and not node.planned.disabled:
                self._blocks.move(node)
        with self.held():
            for call in calls:
                call.then = self._cut
                self._run.give_up(call, CancelledError())

    @staticmethod
    def _is_cut(node: Node) -> bool:
        return node.planned.policy.on_cancel is OnCancel.CANCEL or not node.begun

    def _cut(self, node: Node, result: Any, error: BaseException | None) -> None:
        del result, error
        node.seconds += node.last_took
        if node.start_state is State.STARTING:
            self._run.tell(node, node.start_state, node.phase, Mark.CANCELLED, node.reason)
        self._forgone(node)

    def _steps(self, node: Node) -> range:
        first = self._plan.first[node.place]
        return range(first, first + len(node.planned.phases))
