"""The conformance kit: tests one by one what every driver must be able to do."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.graph.errors import GraphError
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import State
from tierdeps.testing._engine import Injection
from tierdeps.testing._fakes import wanted
from tierdeps.testing._trial import WAITED_IN_VAIN, attempt, perform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.testing._trial import Setting, Trial

#: Of more awaits than this, half of so many are the first ones, and the others are spread evenly over the rest.
MAX_POINTS = 200


class Violation(Value):
    """Something that the driver does wrong, as a sentence, and the exception that it raised, if any."""

    text: str
    error: BaseException | None = None


class Conformance(Value):
    """What was tested: each case in a few words, and at how many awaits the start was interrupted.

    ``skipped`` is the reason of the driver's probe; then only the declaration and the probe were tested.
    """

    driver: str
    tried: tuple[str, ...]
    points: int = 0
    skipped: str = ""


def declared(setting: Setting) -> Iterator[Violation]:
    """Yield what is wrong with the declaration."""
    from tierdeps.manager import Manager
    from tierdeps.model import Severity
    from tierdeps.rules import RuleContext
    from tierdeps.rules.runner import check_graph
    from tierdeps.settings import Settings

    rules = Manager(Settings(), path=()).rules()
    for finding in check_graph(RuleContext(setting.graph, import_lifecycles=True), rules).findings:
        if finding.severity is Severity.ERROR:
            yield Violation(f"its declaration: {finding.code}: {finding.message}")


def conform(setting: Setting, *, may_be_skipped: bool) -> tuple[Conformance, tuple[Violation, ...]]:
    """Run all cases; return what was tested, and what is wrong. If the driver does not start, no further case runs."""
    violations = tuple(declared(setting))
    if violations:
        return Conformance(setting.name, ("is declared validly",)), violations
    try:
        plain = attempt(setting)
    except GraphError as error:
        return Conformance(setting.name, ("is declared validly",)), (Violation(f"its declaration: {error}"),)
    tried = ("is declared validly", "starts and stops")
    violations = (*_not_ready(plain), *_violations("started and stopped", plain))
    if plain.state is State.SKIPPED:
        reason = plain.outcome.reason
        unless = () if may_be_skipped else (Violation(f"it is skipped here ({reason}), so nothing more can be tried"),)
        return Conformance(setting.name, tried, 0, reason), (*violations, *unless)
    if violations:
        return Conformance(setting.name, tried), violations
    found = {name: case(setting, plain) for name, case in CASES.items()}
    ran = {name: violations for name, violations in found.items() if violations is not None}
    points = len(_points(plain.suspensions))
    return Conformance(setting.name, (*tried, *ran), points), tuple(chain.from_iterable(ran.values()))


def _not_ready(trial: Trial) -> Iterator[Violation]:
    outcome = trial.started[trial.driver]
    if outcome.state is State.ADOPTED:
        yield Violation("adopt says that it is running already, before anything was started")
    elif outcome.state not in (State.READY, State.SKIPPED):
        hint = WAITED_IN_VAIN if "did not end within" in outcome.reason else ""
        yield Violation(f"it does not start: {outcome.reason or outcome.state}{hint}", trial.error)


def _violations(when: str, trial: Trial) -> Iterator[Violation]:
    """Yield what no trial may end with: a failed stop, calls that do not end, resources that are left behind."""
    outcome = trial.outcome
    if outcome.stop_error:
        yield Violation(f"{when}, its stop goes wrong: {outcome.stop_error}", trial.error)
    yield from (Violation(f"{when}, {straggler}") for straggler in outcome.stragglers)
    if trial.left:
        yield Violation(f"{when}, it leaves behind {', '.join(trial.left)}", trial.error)


def _without_wanted(setting: Setting, plain: Trial) -> list[Violation] | None:
    """Make the drivers fail that are only wanted: the tested one must start nevertheless."""
    del plain
    soft = wanted(setting.drivers[0], setting.drivers[1:])
    if not soft:
        return None
    trial = attempt(setting.changed(injection=Injection(dict.fromkeys(soft, "it fails, to see who can do without it"))))
    when = f"without {', '.join(soft)}, which it only wants"
    if trial.state is State.READY:
        return [*_violations(when, trial)]
    refusal = Violation(f"{when}, it does not start: {trial.started[setting.name].reason}", trial.error)
    return [refusal, *_violations(when, trial)]


def _failing(setting: Setting, plain: Trial) -> list[Violation] | None:
    """Make each phase fail before it did anything: what was started before must be stopped."""
    del plain
    violations: list[Violation] = []
    for phase in setting.drivers[0].phases:
        injection = Injection({f"{setting.name}:{phase}": "it fails, to see whether the rest is stopped"})
        violations += _violations(f"after {phase} failed", attempt(setting.changed(injection=injection)))
    return violations


def _adopting(setting: Setting, plain: Trial) -> list[Violation] | None:
    """Start a driver that can adopt twice: the second run must adopt what the first one started, and not stop it."""
    if plain.lifecycle is None or type(plain.lifecycle).adopt is Lifecycle.adopt:
        return None
    second: list[Trial] = []
    plan = setting.graph.collapse()

    async def start_again(lifecycle: Lifecycle) -> None:
        del lifecycle
        second.append(await perform(setting, plan))

    first = attempt(setting.changed(when_ready=start_again))
    said = "started a second time, it does not adopt what runs, but is"
    missed = [Violation(f"{said} {trial.state}", trial.error) for trial in second]
    adopted = second and second[0].state is State.ADOPTED
    return [*(() if adopted else missed), *_violations("after another run adopted it", first)]


def _interrupted(setting: Setting, plain: Trial) -> list[Violation] | None:
    """Stop the run at each await of the start: the driver must end, and undo what it did."""
    violations: list[Violation] = []
    for point in _points(plain.suspensions):
        trial = attempt(setting.changed(stop_at=point))
        violations += _violations(f"cut short at await {point} of {plain.suspensions}", trial)
    return violations if plain.suspensions else None


CASES = {
    "starts without what it only wants": _without_wanted,
    "can be stopped after any phase failed": _failing,
    "adopts what runs already": _adopting,
    "can be cut short at each await": _interrupted,
}


def _points(count: int) -> tuple[int, ...]:
    if count <= MAX_POINTS:
        return tuple(range(1, count + 1))
    first = MAX_POINTS // 2
    rest = count - first
    return (*range(1, first + 1), *(first + rest * step // first for step in range(1, first + 1)))
