"""Export to dinit: the order, the types of services and of dependencies, and what dinit cannot express."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from exported import exported_order, losses, plan_of, plan_order, plans, step_units, texts
from hypothesis import given, settings

from tierdeps import Driver, InputError, Policy, Process, after, requires, wants
from tierdeps_boot._exporters.dinit import EXPORTER

if TYPE_CHECKING:
    from tierdeps import Plan

LINKS = ("depends-on", "depends-ms", "waits-for", "after")


def entries(text: str) -> list[tuple[str, str]]:
    """Return the settings of a service description."""
    pairs = (line.partition(" = ") for line in text.splitlines() if not line.startswith("#"))
    return [(key, value) for key, _, value in pairs]


@settings(max_examples=settings().max_examples // 2, deadline=None)
@given(plans())
def test_the_order_of_the_services_is_that_of_the_plan(plan: Plan) -> None:
    files = {name: text for name, text in texts(EXPORTER.export(plan)).items() if not name.startswith("env/")}
    edges = {name: [value for key, value in entries(text) if key in LINKS] for name, text in files.items()}
    assert all(needed in files for target in edges.values() for needed in target)
    steps = [name for name, text in files.items() if "# All drivers" not in text]
    assert exported_order(edges, step_units(plan, steps).get) == plan_order(plan)


def test_each_verb_has_its_dependency() -> None:
    drivers = (
        Driver("a"),
        Driver("b", dependencies=(requires("a"),)),
        Driver("c", dependencies=(wants("a"),)),
        Driver("d", dependencies=(after("a"),)),
        Driver("e", dependencies=(requires("a", on_loss="stop"),)),
    )
    files = texts(EXPORTER.export(plan_of(*drivers)))
    found = {name: entries(files[name])[-1] for name in "bcde"}
    assert found == {
        "b": ("depends-ms", "a"),
        "c": ("waits-for", "a"),
        "d": ("after", "a"),
        "e": ("depends-on", "a"),
    }


def test_a_process_is_a_service_with_its_settings() -> None:
    process = Process(
        ("prog", "a b", "$HOME", 'q"\\', "#x", ""),
        ready="fd:3",
        env=(("A", "1 $x"), ("B", "")),
        cwd="/srv/x",
        user="nobody",
        stop_signal="SIGINT",
        restart="on-failure",
        restart_limit=3,
        restart_backoff=0.5,
    )
    files = texts(EXPORTER.export(plan_of(Driver("a", process=process, policy=Policy(timeout=5, stop_timeout=2.5)))))
    assert entries(files["a"]) == [
        ("type", "process"),
        ("command", r'prog "a b" "$$HOME" "q\"\\" "#x" ""'),
        ("ready-notification", "pipefd:3"),
        ("env-file", "env/a"),
        ("working-dir", "/srv/x"),
        ("run-as", "nobody"),
        ("term-signal", "INT"),
        ("restart", "on-failure"),
        ("restart-delay", "0.5"),
        ("restart-limit-count", "3"),
        ("start-timeout", "5"),
        ("stop-timeout", "2.5"),
    ]
    assert files["env/a"] == "A=1 $x\nB=\n"


def test_a_job_is_scripted_and_a_milestone_internal() -> None:
    files = texts(EXPORTER.export(plan_of(Driver("a", process=Process(("x",), ready="exit")), Driver("b"))))
    assert entries(files["a"]) == [("type", "scripted"), ("command", "x")]
    assert entries(files["b"]) == [("type", "internal")]


def test_what_dinit_cannot_express_is_a_loss() -> None:
    process = Process(("x",), ready="notify", env=(("A", "1\n2"),), restart="on-failure", settle=1.0)
    export = EXPORTER.export(plan_of(Driver("a", process=process)))
    assert losses(export) == [
        "readiness by notify: cannot be awaited; dependents start once the process runs: a",
        "no time that a process has to keep running can be set; settle is omitted: a",
        "the pause before a restart does not double: a",
        "no variable can have several lines; those of the environment that have are omitted: a",
    ]
    assert texts(export)["env/a"] == ""


def test_readiness_by_descriptor_is_no_loss() -> None:
    assert losses(EXPORTER.export(plan_of(Driver("a", process=Process(("x",), ready="fd:3"))))) == []


@pytest.mark.parametrize(
    ("key", "process"),
    [
        ("command", Process(("x", "a\nb"))),
        ("cwd", Process(("x",), cwd="/a\nb")),
        ("user", Process(("x",), user="a\nrestart = yes")),
    ],
)
def test_a_line_break_that_dinit_would_read_as_another_setting_is_refused(key: str, process: Process) -> None:
    with pytest.raises(InputError, match=f"^{key} of the driver 'a' has a line break, which dinit cannot express; "):
        EXPORTER.export(plan_of(Driver("a", process=process)))


def test_couplings_that_dinit_has_no_dependency_for_are_losses() -> None:
    drivers = (
        Driver("a"),
        Driver("b", dependencies=(requires("a", on_restart="restart"),)),
        Driver("c", dependencies=(wants("a", on_loss="stop"),)),
        Driver("d", dependencies=(requires("a", on_loss="stop"),)),
    )
    assert losses(EXPORTER.export(plan_of(*drivers))) == [
        'on_restart = "restart" is omitted: it keeps running when what it depends on starts again: b',
        'on_loss = "stop" is omitted: it keeps running when what it depends on is lost: c',
    ]


def test_a_driver_that_is_named_as_the_folder_of_variables_is_beside_it() -> None:
    process = Process(("x",), env=(("A", "1"),))
    files = texts(EXPORTER.export(plan_of(Driver("env", process=process), Driver("xenv"))))
    assert sorted(files) == ["env/xenv", "tierdeps", "tierdeps-tier-default", "xenv", "xenv-2"]


def test_a_daemon_is_a_background_process_and_what_reloads_it_is_lost() -> None:
    process = Process(
        ("/sbin/d",),
        type="forking",
        pid_file="/run/d.pid",
        stop_command=("/sbin/d", "stop"),
        reload_command=("/sbin/d", "reload"),
        restart="always",
    )
    export = EXPORTER.export(plan_of(Driver("a", process=process)))
    [text] = [text for name, text in texts(export).items() if name.endswith("/a") or name == "a"]
    for line in ("type = bgprocess", "pid-file = /run/d.pid", "stop-command = /sbin/d stop", "restart = yes"):
        assert line in text.splitlines()
    assert "no command can make a process reload; reload_command is omitted: a" in losses(export)
