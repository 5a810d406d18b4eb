"""The promises of every run, checked against the events of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from tests.property.scenarios import GRACE, STOP_TIMEOUT
from tierdeps.model import Kind, OnFailure, OnSkipped, State, StepEvent
from tierdeps.model.report import TRANSITIONS

if TYPE_CHECKING:
    from tests.property.scenarios import Scenario
    from tierdeps.model import Event, Outcome


class Check:
    """Replays the events of a scenario and holds each against what must be true at that moment."""

    def __init__(self, scenario: Scenario) -> None:
        self.of = scenario
        self.plan = scenario.plan
        self.states = dict.fromkeys(self.plan.drivers, State.PENDING)
        self.stops = dict.fromkeys(self.plan.drivers, State.PENDING)
        self.stands = dict.fromkeys(self.plan.drivers, State.PENDING)
        self.done: set[tuple[str, str]] = set()
        self.began: set[str] = set()
        squeezed = "ran out of time" in scenario.report.problem
        for number, event in enumerate(scenario.recorder.events, 1):
            self.moves(event)
            if event.mark is StepEvent.STARTED and event.phase != "probe":
                assert scenario.asked_at is None or number <= scenario.asked_at, "a step began after the stop"
                self.step_begins(event)
            elif event.mark is StepEvent.DONE:
                self.done.add((event.driver, event.phase or ""))
            elif event.mark is None and event.state in (State.STOPPING, State.STOPPED):
                self.stop_moves(event, squeezed=squeezed)
            elif event.mark is None and self.stops[event.driver] is State.STOPPING:
                self.stops[event.driver] = State.STOPPED
            elif event.mark is None:
                self.states[event.driver] = event.state
                if event.state is State.PENDING:
                    self.began.discard(event.driver)
        self.report()

    def moves(self, event: Event) -> None:
        """No driver goes where TRANSITIONS does not let it; what happens to a step happens in the state it is in."""
        before = self.stands[event.driver]
        if event.mark is None:
            assert event.state in TRANSITIONS[before], f"{event} from {before}"
            self.stands[event.driver] = event.state
        else:
            assert event.state is before, f"{event} in {before}"

    def ignored(self, name: str) -> bool:
        return (self.plan.drivers[name].policy.on_failure or self.of.on_failure) is OnFailure.IGNORE

    def step_begins(self, event: Event) -> None:
        driver = self.plan.drivers[event.driver]
        self.began.add(event.driver)
        phase = driver.phases.index(event.phase or "")
        assert all((driver.name, earlier) in self.done for earlier in driver.phases[:phase])
        for wait in driver.waits[phase]:
            assert self.settled(*wait.step), f"{event} before {wait}"
            if wait.kind is Kind.REQUIRES:
                assert self.fulfilled(*wait.step), f"{event} without {wait}"
            if wait.skipped is OnSkipped.BLOCK:
                assert self.states[wait.step.driver] is not State.SKIPPED, f"{event} without {wait}"
        for tier in self.plan.tiers:
            if tier.name == driver.tier:
                break
            for name in tier.drivers:
                state = self.states[name]
                assert state.satisfies_barrier or (state in (State.FAILED, State.BLOCKED) and self.ignored(name)), (
                    f"{event}: {name}"
                )

    def settled(self, driver: str, phase: str) -> bool:
        """Return whether nothing of it is still to come; order passes through drivers that are passed over."""
        state = self.states[driver]
        if (driver, phase) in self.done or state is State.FAILED:
            return True
        planned = self.plan.drivers[driver]
        number = planned.phases.index(phase)
        before = [wait.step for wait in planned.waits[number]] + list(planned.steps[:number])
        return state in (State.SKIPPED, State.ADOPTED, State.BLOCKED) and all(self.settled(*step) for step in before)

    def fulfilled(self, driver: str, phase: str) -> bool:
        state = self.states[driver]
        good = (driver, phase) in self.done or state in (State.SKIPPED, State.ADOPTED)
        return good or (state in (State.FAILED, State.BLOCKED) and self.ignored(driver))

    def stop_moves(self, event: Event, *, squeezed: bool) -> None:
        name = event.driver
        if event.state is State.STOPPED:
            assert self.stops[name] is State.STOPPING
            self.stops[name] = State.STOPPED
            return
        assert self.stops[name] is State.PENDING, "stopped twice"
        assert name in self.began, "stopped, and nothing of it began"
        self.stops[name] = State.STOPPING
        mine = self.plan.drivers[name]
        ranks = [tier.name for tier in self.plan.tiers]
        for other in self.plan:
            if other.name not in self.began or self.stops[other.name] is State.STOPPED or squeezed:
                continue
            assert ranks.index(other.tier) <= ranks.index(mine.tier), "a later tier is not stopped yet"
            needs_mine = any(wait.step.driver == name for waits in other.waits for wait in waits)
            assert not (needs_mine and other.tier == mine.tier and other.stage > mine.stage), (
                f"{other.name} needs {name}"
            )

    def report(self) -> None:
        """Hold the report against what the lifecycles did."""
        report, diary = self.of.report, self.of.diary
        assert [outcome.driver for outcome in report.outcomes] == [driver.name for driver in self.plan]
        roots = {outcome.driver for outcome in report.root_causes}
        for outcome in report.outcomes:
            name, driver = outcome.driver, self.plan.drivers[outcome.driver]
            assert outcome.state is self.states[name]
            assert outcome.begun == (name in self.began)
            assert (self.stops[name] is State.STOPPED) == outcome.begun, "what began is stopped, and nothing else"
            assert outcome.stopped == (outcome.begun and not outcome.stop_error)
            assert set(driver.phases[: len(outcome.timings)]) == {phase for other, phase in self.done if other == name}
            if driver.lifecycle is not None:
                self.calls(outcome)
                assert all((name, phase) in diary.ended for phase in driver.phases[: len(outcome.timings)])
            if outcome.state is State.BLOCKED:
                assert outcome.cause, "blocked by nobody"
                skipped = {other.driver for other in report.blocking_skips}
                assert set(outcome.cause) <= roots | skipped
                assert (
                    not skipped
                    or "which was skipped: " in outcome.reason
                    or outcome.cause[1:]
                    or (outcome.cause[0] not in skipped or "did not become ready" in outcome.reason)
                )
            assert outcome.reason or outcome.state in (State.READY, State.PENDING)
            assert self.of.now[name].state is self.stands[name], "what is said of now is not the last event"
            assert self.of.now[name].start_state is outcome.state
            if outcome.state is State.FAILED:
                assert name in diary.failed or is_late(outcome.reason)
            self.charged(name, f"{outcome.reason}; {outcome.stop_error}")
        up = all(outcome.state.satisfies_barrier or outcome.ignored for outcome in report.outcomes)
        assert report.ready == (up and not report.interrupted and not report.problem)

    def calls(self, outcome: Outcome) -> None:
        """Each driver of which a phase was called was stopped once, and no other one."""
        started = self.of.diary.started
        assert started[outcome.driver, "stop"] == outcome.begun
        assert (
            any(started[outcome.driver, phase] for phase in self.plan.drivers[outcome.driver].phases) == outcome.begun
        )

    def charged(self, name: str, said: str) -> None:
        """Nobody is late because others blocked the loop: what was done in time without them is."""
        for (driver, method), (fate, seconds) in self.of.diary.last.items():
            if driver == name and fate == "well" and seconds <= 0.5:
                assert f"{name}:{method} did not end within" not in said
                assert f"{name}:{method} blocked" not in said


def check(scenario: Scenario, of: type[Check] = Check) -> None:
    """Verify everything that is promised."""
    of(scenario)
    late = STOP_TIMEOUT + 4 * GRACE + scenario.diary.blocked
    assert scenario.took <= scenario.deadline + late, "the start has not ended by its deadline"
    assert scenario.stop_took <= scenario.deadline + late, "the stop has not ended by its deadline"
    given_up = any(is_late(event.reason) for event in scenario.recorder.events)
    assert scenario.jobs is None or given_up or scenario.diary.most <= scenario.jobs, "more at a time than allowed"
    assert scenario.leftovers == 0


def is_late(reason: str) -> bool:
    """Return whether a call was given up at its deadline."""
    return "did not end within" in reason or "blocked the event loop" in reason


def stragglers(scenario: Scenario) -> list[str]:
    return [text for outcome in scenario.report.outcomes for text in outcome.stragglers]


def explain(scenario: Scenario, error: AssertionError) -> NoReturn:
    """Raise the error again, with the history of the run."""
    lines = [f"seed {scenario.seed}: {error}", *map(str, scenario.recorder.events), *map(str, scenario.report.outcomes)]
    raise AssertionError("\n".join(lines)) from error
