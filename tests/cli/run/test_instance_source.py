"""What the terminal UI reads: the state, the log and the timeline of an instance, run by run."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.journal.conftest import Stage
from tierdeps._util.frozen import replace
from tierdeps._util.process_id import process_stamp
from tierdeps.cli.run import instance_source
from tierdeps.cli.run.instance_source import InstanceSource
from tierdeps.driver_logs.file_set import FileSet
from tierdeps.driver_logs.folders import file_stem, open_run_folder, run_folder
from tierdeps.driver_logs.log_line import encoded
from tierdeps.errors import RunError
from tierdeps.journal import Journal, RunRecord
from tierdeps.ui.source import LogPart

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.hosts import Host


@pytest.fixture(name="stage")
def _stage(state: Path) -> Iterator[Stage]:
    with Journal.open() as journal:
        yield Stage(journal)


def alive(stage: Stage) -> RunRecord:
    """Record a run that goes on as this process: one driver starts, and another one waits for it."""
    here = {"pid": os.getpid(), "started": process_stamp(os.getpid())}
    return stage.run(stage.plan(stage.driver("a"), stage.driver("b", "a")), killed_at=0.5, info=here)


def write(run: RunRecord, *lines: bytes) -> None:
    """Add lines to the log of the driver a."""
    info = run.info
    with (
        open_run_folder(run_folder(info.instance, info.began_at, info.pid), make=True) as folder,
        closing(FileSet(folder, file_stem("a"), 1 << 20)) as files,
    ):
        files.append(encoded(10**18, "stdout", lines))


def texts(part: LogPart) -> list[str]:
    return [line.text for line in part.lines]


def test_the_state_has_what_each_driver_waits_for(stage: Stage) -> None:
    run = alive(stage)
    view = InstanceSource(run).run()
    assert (view.number, view.alive, view.pid, view.more) == (run.number, True, os.getpid(), 0)
    assert view.headline.startswith("is starting, process ")
    assert view.counts == "2 drivers: 1 pending, 1 starting"
    assert [(row.driver, row.state, row.kind) for row in view.drivers] == [
        ("a", "starting", "changed"),
        ("b", "pending", "dim"),
    ]
    assert view.drivers[0].note.startswith("running ")
    assert view.drivers[1].note.endswith(" for a")


def test_the_moment_of_a_state_does_not_change_while_it_lasts(stage: Stage) -> None:
    run = alive(stage)
    source = InstanceSource(run)
    found = {tuple(row.since for row in source.run().drivers) for _ in range(3)}
    assert len(found) == 1
    assert run.info.began_at <= found.pop()[0] <= run.info.began_at + 0.5


def test_of_many_drivers_those_are_listed_that_need_a_look(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance_source, "MAX_DRIVERS", 1)
    view = InstanceSource(alive(stage)).run()
    assert ([row.driver for row in view.drivers], view.more) == (["a"], 1)


def test_a_log_is_whole_at_first_and_then_has_what_is_new(stage: Stage) -> None:
    run = alive(stage)
    source = InstanceSource(run)
    assert source.log("a") == LogPart("a", whole=True, lines=())
    write(run, b"one", b"\x1b[31mtwo\x07")
    assert texts(source.log("a")) == ["one", "two\\x07"]
    assert source.log("a") == LogPart("a", whole=False, lines=())
    write(run, b"three", b"x" * 5000)
    assert texts(source.log("a")) == ["three", "x" * 2000]
    assert source.log("b") == LogPart("b", whole=True, lines=())
    again = source.log("a")
    assert (again.whole, texts(again)) == (True, ["one", "two\\x07", "three", "x" * 2000])


def test_of_many_new_lines_the_last_ones_are_shown(stage: Stage) -> None:
    run = alive(stage)
    source = InstanceSource(run)
    write(run, b"first")
    source.log("a")
    write(run, *(b"%05d" % number + b"x" * 100 for number in range(9000)))
    found = texts(source.log("a"))
    assert (len(found), found[0][:5], found[-1][:5]) == (1000, "08000", "08999")
    assert source.log("a").lines == ()


def test_the_log_of_a_new_run_is_whole_again(stage: Stage) -> None:
    source = InstanceSource(stage.run(stage.plan(stage.driver("a"))))
    assert source.log("a").whole
    later = stage.run(stage.plan(stage.driver("a")))
    write(later, b"later")
    part = source.log("a")
    assert (part.whole, texts(part)) == (True, ["later"])
    assert source.run().number == later.number


def test_the_timeline_is_that_of_the_last_start(stage: Stage) -> None:
    chart = InstanceSource(alive(stage)).timeline(60)
    (bar,) = [line for line in chart if "|" in line]
    assert (bar.split()[:2], len(bar) <= 60) == (["#", "a"], True)


def test_what_does_not_run_is_not_controlled(stage: Stage) -> None:
    run = stage.run(stage.plan(stage.driver("a")))
    with pytest.raises(RunError, match=r"stack.toml is not running; tierdeps start starts it"):
        InstanceSource(run).perform("start", "a")


def test_an_instance_that_the_journal_lost_is_an_error(stage: Stage) -> None:
    run = alive(stage)
    source = InstanceSource(replace(run, info=replace(run.info, instance="gone")))
    for read in (source.run, lambda: source.log("a"), lambda: source.timeline(60)):
        with pytest.raises(RunError, match=r"the journal has no run of stack.toml any more; tierdeps start starts it"):
            read()


def test_single_drivers_are_stopped_and_started(host: Host) -> None:
    host.graph({"a": (), "b": ("a",)})
    assert host.ask("start", "graph.toml", "--detach").code == 0
    source = InstanceSource(host.alive()[0])
    assert source.perform("stop", "a", dry_run=True).lines[-1] == "2 drivers to stop"
    assert set(host.running()) == {"a", "b"}
    assert source.perform("stop", "b").ok
    assert set(host.running()) == {"a"}
    assert source.perform("start", "b").ok
    assert set(host.running()) == {"a", "b"}
    refused = source.perform("restart", "nope")
    assert (refused.ok, ["nope" in line for line in refused.lines]) == (False, [True])
