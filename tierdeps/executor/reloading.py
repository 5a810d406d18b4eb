"""The way from one plan to another while the first one runs, and back where the other one does not come up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.executor.blueprint import Blueprint
from tierdeps.executor.changing import Changing, successor
from tierdeps.executor.reload import Reloaded
from tierdeps.model import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.executor.course import Course
    from tierdeps.executor.node import Node
    from tierdeps.executor.reload import Reload
    from tierdeps.executor.run import Run
    from tierdeps.model import Plan, Report
    from tierdeps.settings import Settings


class Reloading:
    """One reload of a course; ``over`` is called once, unless all is stopped before. ``tell`` says how a run stands."""

    def __init__(self, course: Course, reload: Reload, tell: Callable[[Run], Report], over: Callable[[], None]) -> None:
        self._course = course
        self._reload = reload
        self._tell = tell
        self._over = over
        self._old = course.run
        self._kept = {name: self._old.node(name) for name in (*reload.untouched, *reload.to_reload)}
        self._gone = [self._old.node(name) for name in reload.to_stop]
        self._up = {node for node in self._gone if node.start_state is State.READY}
        self._failed: Report | None = None

    def begin(self, plan: Plan, settings: Settings, *, allow_empty: bool) -> None:
        """Stop what goes or changes, and what requires it; then go over to the new plan."""
        self._plan, self._settings, self._allow_empty = plan, settings, allow_empty
        self._course.stop_part(self._gone, self._change)

    def result(self) -> Reloaded:
        """Return what came out."""
        stopped = tuple(node.outcome() for node in self._gone)
        lost = tuple(node.name for node in self._gone if node in self._up and _is_lost(node))
        return Reloaded(self._reload, self._tell(self._course.run), stopped, self._failed, lost)

    def _change(self) -> None:
        run = successor(self._old, Blueprint.of(self._plan), self._settings, self._kept)
        if self._allow_empty:
            run.options = replace(run.options, allow_empty=True)
        to_reload = {self._kept[name] for name in self._reload.to_reload}
        self._bring_up(run, {*self._kept.values()}, to_reload)

    def _bring_up(self, run: Run, kept: set[Node], to_reload: set[Node], tried: set[str] | None = None) -> None:
        """Go over to a plan; where it is the old one again, others were tried in the place of some drivers."""
        course, restores = self._course, tried is not None
        course.take(run)
        run.audience.changed(run.blueprint.plan)
        for node in kept:
            if tried and node.name in tried:
                run.tell(node, State.STOPPED if node.undone else node.start_state, reason=node.reason)
        self._changing = Changing(
            run, course.brought_up, course.halt, kept=kept, to_reload=to_reload, restores=restores
        )
        if restores:
            course.bring_up(self._changing, self._over, course.end)
        else:
            course.bring_up(self._changing, self._check, self._refuse)

    def _check(self) -> None:
        """See whether all that is new came up; what was down before may be so again."""
        retried = {*self._reload.retried}
        if all(node.up or node.name in retried for node in self._changing.own):
            self._over()
        else:
            self._withdraw()

    def _refuse(self) -> None:
        """Turn around at the next turn of the loop: now a driver's call is still being ended."""
        self._course.run.loop.call_soon(self._course.run.guard, None, self._withdraw)

    def _withdraw(self) -> None:
        """Stop what is new."""
        course, changing = self._course, self._changing
        if not course.ending:
            course.run.halted = True
            course.stop_part([*changing.own, *changing.told], self._restore, spare={*changing.told})

    def _restore(self) -> None:
        """Go back to the old plan, and start again what was up and was stopped."""
        attempt, tried = self._course.run, {node.name for node in self._changing.own}
        self._failed = self._tell(attempt)
        kept = {node.name: node for node in self._old.nodes if not self._was_up(node)}
        run = successor(attempt, self._old.blueprint, self._old.settings, kept)
        run.problem = self._old.problem
        to_reload = {node for node in self._changing.told if node.up}
        self._bring_up(run, {*kept.values()}, to_reload, tried)

    def _was_up(self, node: Node) -> bool:
        """Return whether a driver was stopped for the reload though it was up."""
        return node.undone and (node.start_state is State.READY or node.ignored or node in self._up)


def _is_lost(node: Node) -> bool:
    return node.start_state is State.FAILED and not node.ignored
