"""What is drawn of a run."""

from __future__ import annotations

from io import StringIO

from rich.console import Console, Group

from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, Event, Plan, State, StepEvent, Tier
from tierdeps.words.run_picture import RunPicture


def plan(**tiers: int) -> Plan:
    """Return a plan of tiers with so many drivers each: ``core0``, ``core1`` and so on."""
    names = list(tiers)
    declared = [Tier(name, after=tuple(names[index - 1 : index])) for index, name in enumerate(names)]
    drivers = [Driver(f"{name}{number}", tier=name) for name, count in tiers.items() for number in range(count)]
    return DependencyGraph(drivers, declared).collapse()


class Drawn:
    """A picture with a clock of its own."""

    def __init__(self, plan: Plan, expected: float | None = None) -> None:
        self.now = 100.0
        self.picture = RunPicture(lambda: self.now, lambda _: expected)
        self.picture.start(plan)

    def become(self, state: State, *names: str) -> None:
        for name in names:
            self.picture.event(Event(0.0, name, state, reason=""))

    def call(self, *names: str) -> None:
        for name in names:
            self.picture.event(Event(0.0, name, State.STARTING, "start", StepEvent.STARTED))

    def lines(self, width: int = 80) -> list[str]:
        console = Console(file=StringIO(), width=width, color_system=None, force_terminal=True)
        console.print(Group(*self.picture.lines()))
        assert isinstance(console.file, StringIO)
        return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_tier_that_goes_on_has_a_bar_and_its_calls() -> None:
    drawn = Drawn(plan(core=2))
    drawn.become(State.READY, "core0")
    drawn.call("core1")
    drawn.now += 1.25
    assert drawn.lines() == [
        "core  ============------------  1/2",
        "  core1:start  1.2 s",
        "1 of 2 drivers ready  1.2 s",
    ]


def test_what_is_done_and_what_comes_later_is_folded() -> None:
    drawn = Drawn(plan(core=2, network=1, hypervisor=4, guests=3, apps=1))
    drawn.become(State.READY, "core0", "core1")
    drawn.become(State.SKIPPED, "network0")
    drawn.call("hypervisor0")
    assert drawn.lines() == [
        "done: core (2), network (1)",
        "hypervisor  ------------------------  0/4",
        "  hypervisor0:start  0.0 s",
        "later: guests (3), apps (1)",
        "2 of 11 drivers ready, 1 skipped  0.0 s",
    ]


def test_the_next_tier_has_a_bar_while_nothing_runs() -> None:
    drawn = Drawn(plan(core=1, network=1, apps=1))
    drawn.become(State.READY, "core0")
    assert drawn.lines()[:3] == ["done: core (1)", "network  ------------------------  0/1", "later: apps (1)"]


def test_what_failed_is_counted_and_seen_in_the_bar() -> None:
    drawn = Drawn(plan(core=4))
    drawn.become(State.READY, "core0")
    drawn.become(State.FAILED, "core1")
    drawn.become(State.BLOCKED, "core2")
    assert drawn.lines() == [
        "core  ======xxxxxxxxxxxx------  1/4",
        "1 of 4 drivers ready, 1 failed, 1 blocked  0.0 s",
    ]


def test_the_time_is_compared_with_earlier_starts() -> None:
    drawn = Drawn(plan(core=1), expected=9.5)
    drawn.now += 4
    assert drawn.lines()[-1] == "0 of 1 driver ready  4.0 s of about 9.5 s"
    drawn.now += 8
    assert drawn.lines()[-1] == "0 of 1 driver ready  12.0 s; earlier starts took about 9.5 s"


def test_once_all_is_up_one_line_is_left() -> None:
    drawn = Drawn(plan(core=1, apps=1), expected=9.5)
    drawn.become(State.READY, "core0", "apps0")
    drawn.picture.end_start()
    drawn.now += 75.3
    assert drawn.lines() == ["2 of 2 drivers ready  running for 75 s"]
    drawn.now += 7200
    assert drawn.lines() == ["2 of 2 drivers ready  running for 2 h 1 min"]


def test_a_stop_shows_what_is_waited_for() -> None:
    drawn = Drawn(plan(core=2))
    drawn.become(State.READY, "core0", "core1")
    drawn.picture.end_start()
    drawn.become(State.STOPPING, "core1")
    assert drawn.lines()[:2] == ["core  ============------------  1/2", "  core1:stop  0.0 s"]
    drawn.become(State.STOPPED, "core1")
    assert drawn.lines()[-1] == "1 of 2 drivers ready, 1 stopped  running for 0 s"


def test_the_picture_of_hundreds_of_tiers_fits_a_terminal() -> None:
    drawn = Drawn(plan(**{f"tier{number:03}": 3 for number in range(300)}))
    drawn.become(State.READY, *(f"tier{tier:03}{number}" for tier in range(100) for number in range(3)))
    drawn.call(*(f"tier{tier:03}{number}" for tier in range(100, 120) for number in range(3)))
    drawn.become(State.STARTING, *(f"tier{tier:03}0" for tier in range(100, 120)))
    lines = drawn.lines()
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    assert "  and 32 more" in lines


def test_the_call_that_has_run_for_longest_is_first() -> None:
    drawn = Drawn(plan(core=3))
    for name in ("core2", "core0", "core1"):
        drawn.call(name)
        drawn.now += 1
    assert [line.split(":")[0].strip() for line in drawn.lines()[1:4]] == ["core2", "core0", "core1"]


def test_names_cannot_move_the_cursor() -> None:
    drawn = Drawn(DependencyGraph([Driver("a\x1b[2J")]).collapse())
    drawn.call("a\x1b[2J")
    assert "  a\\x1b[2J:start  0.0 s" in drawn.lines()
