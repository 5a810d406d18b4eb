"""Runs line by line."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console

from tests.reporters.conftest import play_on_hosts
from tierdeps._util.frozen import replace
from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, Event, Outcome, Report, State, StepEvent, Tier
from tierdeps.reporters.lines import DryRunReporter, LineReporter
from tierdeps.reporters.terminal import TerminalReporter

if TYPE_CHECKING:
    from tests.reporters.conftest import Play
    from tierdeps.model import Plan


def plan_of(**drivers: str) -> Plan:
    """Make a plan of one driver in each tier."""
    tiers = [Tier(name, after=tuple(list(drivers)[:place])) for place, name in enumerate(drivers)]
    return DependencyGraph([Driver(name, tier=tier) for tier, name in drivers.items()], tiers).collapse()


def test_each_transition_is_a_line_with_its_time(play: Play) -> None:
    said: list[str] = []
    play(LineReporter(said.append), broken=False)
    assert said == [
        "   0.000  tier core",
        "   0.000  secret starting",
        "   1.000  secret ready",
        "   1.000  tier hypervisor",
        "   1.000  qemu starting",
        "   1.000  qemu ready (milestone)",
        "   1.000  all drivers are ready",
        "   1.000  qemu stopping",
        "   1.000  qemu stopped",
        "   1.000  secret stopping",
        "   1.000  secret stopped",
        "stopped: qemu, secret",
        "started and stopped 2 of 2 drivers in 1.00 s",
    ]


def test_notes_that_are_known_are_not_written_again() -> None:
    said: list[str] = []
    reporter = LineReporter(said.append, known_notes=("an old one",))
    report = Report(plan_of(core="a"), (Outcome("a", State.READY),), notes=("an old one", "a new one"))
    for ended in (reporter.start_ended, reporter.start_ended, reporter.run_ended):
        ended(report)
    assert [line for line in said if "note" in line] == ["note: a new one"]


def test_quietly_only_failures_and_the_report_are_written(play: Play) -> None:
    said: list[str] = []
    play(LineReporter(said.append, quiet=True), broken=False)
    assert said == ["stopped: qemu, secret", "started and stopped 2 of 2 drivers in 1.00 s"]
    said.clear()
    play(LineReporter(said.append, quiet=True))
    events = [line for line in said if line[:1] == " " and line.strip()[0].isdigit()]
    assert {tuple(line.split()[1:3]) for line in events} == {("storage", "failed:"), ("qemu", "blocked:")}


def test_the_report_names_root_causes_then_what_they_blocked_then_what_was_undone(play: Play) -> None:
    said: list[str] = []
    play(LineReporter(said.append))
    report = said[said.index("failed: storage: OSError: no \\x1b[31mpool") :]
    assert report == [
        "failed: storage: OSError: no \\x1b[31mpool",
        "  blocked by it: qemu",
        "stop failed: storage: OSError: still busy",
        "stopped: secret",
        "hint: -v shows the traceback",
        report[-1],
    ]
    assert report[-1].startswith("start failed: 1 failed, 1 blocked, 1 ready; 3 drivers, ")


def test_where_a_driver_raised_something_is_reported_if_asked_for(play: Play) -> None:
    said: list[str] = []
    play(LineReporter(said.append, verbose=True))
    place = said.index("storage | Traceback (most recent call last):")
    assert "storage | OSError: no \\x1b[31mpool" in said[place:]
    assert "storage:start retried" in said[said.index("storage | OSError: no \\x1b[31mpool") + 1]
    assert not any("hint" in line for line in said)


def noted(reporter: LineReporter | TerminalReporter) -> None:
    """Tell it of a run with a note when its start is over, and of another one at its end."""
    plan = DependencyGraph([Driver("a")]).collapse()
    report = Report(plan, (Outcome("a", State.READY),), notes=("the first",))
    reporter.run_started(plan)
    reporter.start_ended(report)
    reporter.run_ended(replace(report, notes=("the first", "the second")))


def test_notes_are_printed_when_the_start_is_over_and_not_again() -> None:
    said: list[str] = []
    noted(LineReporter(said.append))
    assert said == [
        "   0.000  all drivers are ready",
        "note: the first",
        "note: the second",
        "started 1 of 1 driver in 0.00 s",
    ]


def test_so_it_is_on_a_terminal() -> None:
    file = StringIO()
    noted(TerminalReporter(Console(file=file, force_terminal=True, color_system=None), lambda: 0.0))
    assert file.getvalue().count("note: the first") == 1
    assert file.getvalue().index("note: the first") < file.getvalue().index("note: the second")


def test_a_retry_is_reported_with_its_reason(play: Play) -> None:
    said: list[str] = []
    play(LineReporter(said.append))
    retried = [line for line in said if "retried" in line]
    assert len(retried) == 1
    assert "storage:start retried: OSError: no \\x1b[31mpool; attempt 2 of 2 in 1." in retried[0]


def test_each_step_is_reported_where_asked_for(play: Play) -> None:
    said: list[str] = []
    play(LineReporter(said.append, verbose=True), broken=False)
    assert "   1.000  secret:autostart started" in said


def test_a_tier_of_the_plan_that_a_reload_goes_over_to_is_named_too() -> None:
    said: list[str] = []
    reporter = LineReporter(said.append)
    reporter.run_started(plan_of(core="secret", hypervisor="qemu"))
    reporter.plan_changed(plan_of(core="secret", edge="web"))
    reporter.event(Event(2.0, "web", State.STARTING))
    assert said == ["   2.000  tier edge", "   2.000  web starting"]


def test_a_dry_run_says_what_would_be_done(play: Play) -> None:
    said: list[str] = []
    play(DryRunReporter(said.append), dry=True, broken=False)
    assert said == [
        "would start secret:initialize",
        "would start secret:autostart",
        "would start qemu:start",
        "3 steps of 2 drivers; nothing was done",
    ]


def test_a_restart_is_reported_with_its_end() -> None:
    said: list[str] = []
    reporter = LineReporter(said.append)
    for event in (
        Event(1.0, "db", State.STARTING, "start", StepEvent.DONE),
        Event(7.0, "db", State.READY, "start", StepEvent.RETRIED, "it exited with 1; restart 1 of 5 in 1 s"),
        Event(8.5, "db", State.READY, "start", StepEvent.DONE, "ready again"),
    ):
        reporter.event(event)
    assert said == [
        "   7.000  db:start retried: it exited with 1; restart 1 of 5 in 1 s",
        "   8.500  db:start done: ready again",
    ]


def test_the_host_of_a_driver_is_named_where_its_name_does_not_say_so() -> None:
    said: list[str] = []
    play_on_hosts(LineReporter(said.append))
    lines = [line[10:] for line in said]
    assert "osd (on kvm1) ready (milestone)" in lines
    assert "pool@kvm1 ready (milestone)" in lines
    assert "dns ready (milestone)" in lines
    assert "guest (on kvm2) failed: OSError: no \\x1b[31mpool" in lines
    assert "failed: guest (on kvm2): OSError: no \\x1b[31mpool" in said
    assert "stop failed: guest (on kvm2): OSError: still busy" in said
