"""What comes before a driver's first phase: its life cycle is made, and asked what there is to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps.carriers import LONG_STEP
from tierdeps.errors import LoopBlocked
from tierdeps.executor.calls import in_words
from tierdeps.executor.fitting import Fitting
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Mark, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.executor.node import Node
    from tierdeps.executor.run import Run


#: How long a driver has at least to remove what a killed run left of it, in seconds: its stop timeout says how long it
#: takes to stop when all is well, and says nothing of that.
CLEANUP_TIMEOUT = 60.0


class Preparing:
    """Prepares drivers; each is ``ready`` for its first phase, or ``failed``, or is ``passed`` over, for a reason."""

    def __init__(
        self,
        run: Run,
        ready: Callable[[Node], None],
        failed: Callable[[Node, str], None],
        passed: Callable[[Node, State, str], None],
    ) -> None:
        self._run = run
        self._fitting = Fitting(run)
        self._ready = ready
        self._failed = failed
        self._passed = passed

    def prepare(self, node: Node) -> None:
        """Make a driver's life cycle, imported first where it is only named, and ask it."""
        if isinstance(node.planned.lifecycle, str):
            self._run.fetch(node, self._run.timeout(node), self._fetched)
        elif self.make(node):
            self._probe(node)

    def make(self, node: Node) -> bool:
        """Make a driver's life cycle; without success, it has failed."""
        run, failure = self._run, ""
        began = run.clock()
        try:
            node.lifecycle = run.worker.make(node.planned)
            self._fitting.check(node)
        except BaseException as error:  # noqa: BLE001  a stranger's constructor
            failure = run.explain(node, error)
        held = run.clock() - began
        if held > LONG_STEP:
            failure = self._charge(node, held) or failure
        if failure:
            self._failed(node, failure)
            return False
        node.made = True
        if run.halted:  # because it took so long
            run.idle(node)
        return not run.halted

    def _charge(self, node: Node, held: float) -> str:
        """Charge a constructor that blocked the event loop to its driver alone; return why it fails, if it does."""
        run, seconds, what = self._run, self._run.timeout(node), f"making the life cycle of {node.name}"
        run.blocked(None, held)
        if held > seconds:
            return str(LoopBlocked(what, seconds, held))
        run.holds.note(what, held)
        return ""

    def _fetched(self, node: Node, result: Any, error: BaseException | None) -> None:
        del result
        if error is not None:
            self._failed(node, self._run.explain(node, error))
        elif self._run.halted:
            self._run.idle(node)
        elif self.make(node):
            self._probe(node)

    def _probe(self, node: Node) -> None:
        if node.lifecycle is None:
            self._ready(node)
        elif type(node.lifecycle).probe is Lifecycle.probe:
            self._probed(node, None, None)
        else:
            self._run.tell(node, State.PENDING, "probe", Mark.BEGUN)
            self._run.call(node, "probe", self._run.timeout(node), self._probed)

    def _probed(self, node: Node, reason: Any, error: BaseException | None) -> None:
        error = node.fault(error)
        if error is not None:
            self._failed(node, in_words("probe", error, self._run.explain(node, error)))
        elif reason:
            self._passed(node, State.SKIPPED, reason)
        elif self._run.halted:
            self._run.idle(node)
        elif node.lifecycle is None or type(node.lifecycle).adopt is Lifecycle.adopt:
            self._clean(node)
        else:
            self._run.call(node, "adopt", self._run.timeout(node), self._adopted)

    def _adopted(self, node: Node, adopted: Any, error: BaseException | None) -> None:
        error = node.fault(error)
        if error is not None:
            self._failed(node, in_words("adopt", error, self._run.explain(node, error)))
        elif adopted:
            self._passed(node, State.ADOPTED, "it was running already")
        elif self._run.halted:
            self._run.idle(node)
        else:
            self._clean(node)

    def _clean(self, node: Node) -> None:
        """Take away what a killed run left of a driver, where its class asks for it."""
        run = self._run
        killed = node.name in run.options.crashed
        try:
            asks = killed and node.lifecycle is not None and bool(node.lifecycle.cleanup_after_crash)
        except BaseException as error:  # noqa: BLE001  plugin code
            self._failed(node, in_words("cleanup_after_crash", error, run.explain(node, error)))
            return
        if not asks:
            self._ready(node)
            return
        run.tell(node, State.PENDING, "cleanup", Mark.BEGUN)
        if run.halted:  # who was told may have asked for a stop
            run.idle(node)
        else:
            seconds = node.planned.policy.stop_timeout or run.options.stop_timeout
            run.call(node, "cleanup", max(seconds, CLEANUP_TIMEOUT), self._cleaned)

    def _cleaned(self, node: Node, result: Any, error: BaseException | None) -> None:
        del result
        error = node.fault(error)
        if error is not None:
            reason = self._run.explain(node, error)
            self._run.tell(node, State.PENDING, "cleanup", Mark.FAILED, reason)
            self._failed(node, in_words("cleanup", error, reason))
            return
        self._run.tell(node, State.PENDING, "cleanup", Mark.DONE)
        if self._run.halted:
            self._run.idle(node)
        else:
            self._ready(node)
