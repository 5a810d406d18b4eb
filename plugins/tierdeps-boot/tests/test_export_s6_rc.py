"""Export to s6-rc: the order, the files of a service, and what s6-rc cannot express."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exported import exported_order, losses, plan_of, plan_order, plans, step_units, texts
from hypothesis import given, settings

from tierdeps import Driver, Policy, Process, after, requires, wants
from tierdeps_boot._exporters.s6_rc import EXPORTER

if TYPE_CHECKING:
    from tierdeps import Plan


def folders(plan: Plan) -> dict[str, dict[str, str]]:
    """Return the files of each folder."""
    found: dict[str, dict[str, str]] = {}
    for path, text in texts(EXPORTER.export(plan)).items():
        folder, _, name = path.partition("/")
        found.setdefault(folder, {})[name] = text
    return found


@settings(max_examples=settings().max_examples // 2, deadline=None)
@given(plans())
def test_the_order_of_the_services_is_that_of_the_plan(plan: Plan) -> None:
    found = folders(plan)
    edges = {
        name: [path.partition(".d/")[2] for path in files if path.startswith(("dependencies.d/", "contents.d/"))]
        for name, files in found.items()
    }
    assert all(needed in found for target in edges.values() for needed in target)
    steps = [name for name, files in found.items() if files["type"] != "bundle\n"]
    assert exported_order(edges, step_units(plan, steps).get) == plan_order(plan)


def test_a_process_is_a_longrun_with_its_settings() -> None:
    process = Process(
        ("prog", "a b", "$HOME", 'q"\\', "{", ""),
        ready="fd:3",
        env=(("A", "1"),),
        cwd="/srv/x",
        user="nobody",
        stop_signal="SIGINT",
        restart="on-failure",
        restart_limit=3,
    )
    plan = plan_of(
        Driver("b"),
        Driver("a", dependencies=(requires("b"),), process=process, policy=Policy(timeout=5, stop_timeout=2.5)),
    )
    assert folders(plan)["a"] == {
        "dependencies.d/b": "",
        "type": "longrun\n",
        "run": (
            "#!/bin/execlineb -P\n"
            r'export A 1 cd /srv/x s6-setuidgid nobody prog "a b" "$HOME" "q\"\\" "{" ""' + "\n"
        ),
        "notification-fd": "3\n",
        "down-signal": "SIGINT\n",
        "finish": "#!/bin/execlineb -S1\ncase -- $1 { ^0$ { exit 125 } } exit 0\n",
        "max-death-tally": "3\n",
        "timeout-up": "5000\n",
        "timeout-down": "2500\n",
    }


def test_scripts_are_executable_and_other_files_are_not() -> None:
    export = EXPORTER.export(plan_of(Driver("a", process=Process(("x",)))))
    executable = sorted(file.path for file in export.files if file.executable)
    assert executable == ["a/finish", "a/run"]


def test_a_job_and_a_milestone_are_oneshots_and_a_tier_is_a_bundle() -> None:
    found = folders(plan_of(Driver("a", process=Process(("x", "y z"), ready="exit")), Driver("b")))
    assert found["a"] == {"type": "oneshot\n", "up": 'x "y z"\n'}
    assert found["b"] == {"type": "oneshot\n", "up": "true\n"}
    assert found["tierdeps-tier-default"] == {"type": "bundle\n", "contents.d/a": "", "contents.d/b": ""}
    assert found["tierdeps"] == {"type": "bundle\n", "contents.d/tierdeps-tier-default": ""}


def test_names_that_s6_rc_keeps_for_itself_are_changed() -> None:
    assert {"xs6rc-a", "b:c", "d_e"} < folders(plan_of(*map(Driver, ("s6rc-a", "b:c", "d/e")))).keys()


def test_what_s6_rc_cannot_express_is_a_loss() -> None:
    drivers = (
        Driver("a", process=Process(("x",), ready="notify", restart="on-failure", settle=1.0)),
        Driver("b", dependencies=(wants("a"),)),
        Driver("c", dependencies=(after("a"),)),
    )
    assert losses(EXPORTER.export(plan_of(*drivers))) == [
        "readiness by notify: cannot be awaited; dependents start once the process runs: a",
        "no time that a process has to keep running can be set; settle is omitted: a",
        "the pause before a restart is one second, and does not double: a",
        "every dependency is needed: what is wanted, or only ordered, keeps it down when it fails: b, c",
    ]


def test_couplings_are_losses() -> None:
    drivers = (
        Driver("a"),
        Driver("b", dependencies=(requires("a", on_restart="restart", on_loss="stop"),)),
    )
    assert losses(EXPORTER.export(plan_of(*drivers))) == [
        'on_loss = "stop" is omitted: it keeps running when what it depends on is lost: b',
        'on_restart = "restart" is omitted: it keeps running when what it depends on starts again: b',
    ]
