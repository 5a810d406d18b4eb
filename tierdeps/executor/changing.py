"""The start of what is new in a plan, around what runs already."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tierdeps.executor.calls import in_words
from tierdeps.executor.enduring import Enduring
from tierdeps.executor.run import Run
from tierdeps.model import Mark, OnFailure, State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from tierdeps.executor.blueprint import Blueprint
    from tierdeps.executor.node import Node
    from tierdeps.settings import Settings


def successor(run: Run, blueprint: Blueprint, settings: Settings, kept: Mapping[str, Node]) -> Run:
    """Make the run of another plan that goes on with some drivers of a run as they stand."""
    heir = Run(blueprint, run.options, run.worker, settings, run.audience)
    heir.began_at, heir.problem, heir.hurried = run.began_at, run.problem, run.hurried
    for name, node in kept.items():
        node.place = blueprint.place[name]
        node.planned = blueprint.planned[node.place]
        heir.nodes[node.place] = node
    heir.holds = run.holds
    run.heir = heir
    run.watch.close()  # nothing of it is called any more
    return heir


class Changing(Enduring):
    """A start in which ``kept`` drivers count as they stand, but for those ``to_reload``, which take over settings.

    ``restores`` says that it brings back a plan that was up: what is kept then shuts no tier, and a driver that does
    not take its old settings back is lost.
    """

    def __init__(
        self,
        run: Run,
        over: Callable[[], None],
        halt: Callable[[str], None],
        *,
        kept: Collection[Node],
        to_reload: Collection[Node],
        restores: bool = False,
    ) -> None:
        super().__init__(run, over, halt)
        self.own = [node for node in run.nodes if node not in kept]
        #: Those whose ``reload`` was called.
        self.told: list[Node] = []
        self._to_reload = to_reload
        self._settled = [node for node in kept if node not in to_reload]
        self._restores = restores
        self._ranks = max((int(node.rank) for node in kept if node.rank < math.inf), default=0)
        self._barrier.keep(node.place for node in self._settled)
        for node in to_reload:
            node.passes = False
            self._methods[self._plan.first[node.place]] = ""

    def begin(self) -> None:
        """Let what is kept count as it stands, then open the first tier."""
        for node in self._settled:
            for step in self._steps(node):
                self._resolved[step] = 1
                for follower in self._plan.following(step):
                    self._missing[follower] -= 1
        for node in self._settled:
            if node.start_state is State.SKIPPED:
                self._block_without(node)
            if not node.up:
                self.shut_behind(node)
                for step in self._steps(node):
                    for requirer in self._plan.requiring(step):
                        self._blocks.block(requirer, node.name)
        super().begin()

    def shut_behind(self, node: Node) -> None:
        """Keep the tiers behind a driver shut, unless all of them were up before."""
        if not self._restores:
            super().shut_behind(node)

    def _launch(self, node: Node) -> None:
        if node not in self._to_reload:
            super()._launch(node)
            return
        self._places -= 1
        self._run.tell(node, node.start_state, "reload", Mark.BEGUN)
        if self._run.halted:  # who was told may have asked for a stop
            self._run.idle(node)
            return
        self.told.append(node)
        self._run.call(node, "reload", self._run.timeout(node), self._reloaded)

    def _reloaded(self, node: Node, result: Any, error: BaseException | None) -> None:
        del result
        error = node.fault(error)
        if error is None:
            node.reason = ""
            self._run.tell(node, node.start_state, "reload", Mark.DONE)
        else:
            self._not_reloaded(node, error, self._run.explain(node, error))
        node.passes = True
        self._leave(node)
        self._resolve(self._plan.first[node.place])
        self._pump()

    def _not_reloaded(self, node: Node, error: BaseException, reason: str) -> None:
        run = self._run
        run.tell(node, node.start_state, "reload", Mark.FAILED, reason)
        said = in_words("reload", error, reason)
        text = f"{node.name}: {said}"
        if self._restores and run.on_lost is not None:
            run.on_lost(node, said)
        elif node.policy(run.options.on_failure) is OnFailure.IGNORE:
            run.audience.notes.append(f"{text}; ignored")
        elif not run.halted:
            run.problem = f"{run.problem}; {text}" if run.problem else text
            self._halt(text)
