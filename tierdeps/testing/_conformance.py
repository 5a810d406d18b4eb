"""The conformance kit: what every driver has to be able to do, tried one by one."""

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

#: Of more points than this the first ones are tried, and others evenly spread over the rest.
POINTS = 200


class Fault(Value):
    """Something that is wrong, in words, and what the driver raised, if that was it."""

    text: str
    error: BaseException | None = None


class Conformance(Value):
    """What was tried: each trial in a few words, and at how many awaits the driver was cut short.

    ``skipped`` is the driver's reason for not running here; then nothing was tried but its declaration and its probe.
    """

    driver: str
    tried: tuple[str, ...]
    points: int = 0
    skipped: str = ""


def declared(setting: Setting) -> Iterator[Fault]:
    """Say what is wrong with the declaration."""
    from tierdeps.manager import Manager
    from tierdeps.model import Severity
    from tierdeps.rules import RuleContext
    from tierdeps.rules.runner import check_graph
    from tierdeps.settings import Settings

    rules = Manager(Settings(), path=()).rules()
    for finding in check_graph(RuleContext(setting.graph, import_lifecycles=True), rules).findings:
        if finding.severity is Severity.ERROR:
            yield Fault(f"its declaration: {finding.code}: {finding.message}")


def conform(setting: Setting, *, may_be_skipped: bool) -> tuple[Conformance, tuple[Fault, ...]]:
    """Try everything; return what was tried, and what is wrong. Where it cannot even start, nothing else is tried."""
    faults = tuple(declared(setting))
    if faults:
        return Conformance(setting.name, ("is declared validly",)), faults
    try:
        plain = attempt(setting)
    except GraphError as error:
        return Conformance(setting.name, ("is declared validly",)), (Fault(f"its declaration: {error}"),)
    tried = ("is declared validly", "starts and stops")
    faults = (*_not_ready(plain), *_faults("started and stopped", plain))
    if plain.state is State.SKIPPED:
        reason = plain.outcome.reason
        unless = () if may_be_skipped else (Fault(f"it is skipped here ({reason}), so nothing more can be tried"),)
        return Conformance(setting.name, tried, 0, reason), (*faults, *unless)
    if faults:
        return Conformance(setting.name, tried), faults
    found = {name: case(setting, plain) for name, case in CASES.items()}
    ran = {name: faults for name, faults in found.items() if faults is not None}
    points = len(_points(plain.suspensions))
    return Conformance(setting.name, (*tried, *ran), points), tuple(chain.from_iterable(ran.values()))


def _not_ready(trial: Trial) -> Iterator[Fault]:
    outcome = trial.started[trial.driver]
    if outcome.state is State.ADOPTED:
        yield Fault("adopt says that it is running already, before anything was started")
    elif outcome.state not in (State.READY, State.SKIPPED):
        hint = WAITED_IN_VAIN if "did not end within" in outcome.reason else ""
        yield Fault(f"it does not start: {outcome.reason or outcome.state}{hint}", trial.error)


def _faults(when: str, trial: Trial) -> Iterator[Fault]:
    """Say what no trial may end in: a stop that went wrong, calls that go on, things left behind."""
    outcome = trial.outcome
    if outcome.stop_error:
        yield Fault(f"{when}, its stop goes wrong: {outcome.stop_error}", trial.error)
    yield from (Fault(f"{when}, {straggler}") for straggler in outcome.stragglers)
    if trial.left:
        yield Fault(f"{when}, it leaves behind {', '.join(trial.left)}", trial.error)


def _without_wanted(setting: Setting, plain: Trial) -> list[Fault] | None:
    """Let fail what is only wanted: the driver is to start all the same."""
    del plain
    soft = wanted(setting.drivers[0], setting.drivers[1:])
    if not soft:
        return None
    trial = attempt(setting.but(injection=Injection(dict.fromkeys(soft, "it fails, to see who can do without it"))))
    when = f"without {', '.join(soft)}, which it only wants"
    if trial.state is State.READY:
        return [*_faults(when, trial)]
    refusal = Fault(f"{when}, it does not start: {trial.started[setting.name].reason}", trial.error)
    return [refusal, *_faults(when, trial)]


def _failing(setting: Setting, plain: Trial) -> list[Fault] | None:
    """Let each phase fail before it did anything: what came before is to be stopped."""
    del plain
    faults: list[Fault] = []
    for phase in setting.drivers[0].phases:
        injection = Injection({f"{setting.name}:{phase}": "it fails, to see whether the rest is stopped"})
        faults += _faults(f"after {phase} failed", attempt(setting.but(injection=injection)))
    return faults


def _adopting(setting: Setting, plain: Trial) -> list[Fault] | None:
    """Start one that can adopt a second time: it is to take over what the first run started, and leave it alone."""
    if plain.lifecycle is None or type(plain.lifecycle).adopt is Lifecycle.adopt:
        return None
    second: list[Trial] = []
    plan = setting.graph.collapse()

    async def again(lifecycle: Lifecycle) -> None:
        del lifecycle
        second.append(await perform(setting, plan))

    first = attempt(setting.but(when_ready=again))
    said = "started a second time, it does not adopt what runs, but is"
    missed = [Fault(f"{said} {trial.state}", trial.error) for trial in second]
    adopted = second and second[0].state is State.ADOPTED
    return [*(() if adopted else missed), *_faults("after another run adopted it", first)]


def _cut_short(setting: Setting, plain: Trial) -> list[Fault] | None:
    """Stop it at each await of its start: it is to end, and undo what it did."""
    faults: list[Fault] = []
    for point in _points(plain.suspensions):
        trial = attempt(setting.but(cut_at=point))
        faults += _faults(f"cut short at await {point} of {plain.suspensions}", trial)
    return faults if plain.suspensions else None


CASES = {
    "starts without what it only wants": _without_wanted,
    "can be stopped after any phase failed": _failing,
    "adopts what runs already": _adopting,
    "can be cut short at each await": _cut_short,
}


def _points(count: int) -> tuple[int, ...]:
    if count <= POINTS:
        return tuple(range(1, count + 1))
    first = POINTS // 2
    rest = count - first
    return (*range(1, first + 1), *(first + rest * step // first for step in range(1, first + 1)))
