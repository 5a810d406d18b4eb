"""Export to systemd: names, order, commands, and what systemd cannot express."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from exported import exported_order, losses, plan_of, plan_order, plans, step_units, texts
from hypothesis import given, settings

from tierdeps import DependencyGraph, Driver, InputError, Policy, Process, Tier, after, requires, wants
from tierdeps_boot._exporters.systemd import EXPORTER

if TYPE_CHECKING:
    from tierdeps import Plan


def entries(text: str) -> list[tuple[str, str]]:
    """Return the entries of a unit file; a test of its own compares with what systemd reads."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line and line[0] not in "#;[")
    return [(key, value) for key, _, value in pairs]


def unit(plan: Plan, name: str) -> list[tuple[str, str]]:
    return [entry for entry in entries(texts(EXPORTER.export(plan))[name]) if not entry[0].startswith("X-")]


@settings(max_examples=settings().max_examples // 2, deadline=None)
@given(plans())
def test_the_order_of_the_units_is_that_of_the_plan(plan: Plan) -> None:
    files = texts(EXPORTER.export(plan))
    edges = {name: [value for key, value in entries(text) if key == "After"] for name, text in files.items()}
    units = [name for name, text in files.items() if "X-Tierdeps-Driver=" in text]
    step_of = step_units(plan, units).get
    assert exported_order(edges, step_of) == plan_order(plan)


@settings(max_examples=settings().max_examples // 2, deadline=None)
@given(plans())
def test_every_need_is_a_unit_that_is_written_and_ordered(plan: Plan) -> None:
    files = texts(EXPORTER.export(plan))
    for text in files.values():
        found = entries(text)
        needs = [value for key, value in found if key in ("Requires", "BindsTo", "Wants")]
        assert set(needs) <= files.keys()
        assert set(needs) <= {value for key, value in found if key == "After"}


def test_each_verb_has_its_directive() -> None:
    drivers = (
        Driver("a", process=Process(("a",))),
        Driver("b", dependencies=(requires("a"),)),
        Driver("c", dependencies=(wants("a"),)),
        Driver("d", dependencies=(after("a"),)),
        Driver("e", dependencies=(requires("a", on_loss="stop"),)),
    )
    plan = plan_of(*drivers)
    need = {name: unit(plan, f"{name}.target")[1:] for name in "bcde"}
    assert need == {
        "b": [("Requires", "a.service"), ("After", "a.service")],
        "c": [("Wants", "a.service"), ("After", "a.service")],
        "d": [("After", "a.service")],
        "e": [("BindsTo", "a.service"), ("After", "a.service")],
    }


def test_a_driver_whose_failures_are_ignored_keeps_nothing_down() -> None:
    policy = Policy(on_failure="ignore")  # type: ignore[arg-type]
    plan = plan_of(Driver("a", policy=policy), Driver("b", dependencies=(requires("a"),)))
    assert ("Wants", "a.target") in unit(plan, "b.target")
    assert ("Wants", "a.target") in unit(plan, "tierdeps-tier-default.target")


def test_a_tier_needs_its_drivers_and_the_next_tier_needs_it() -> None:
    tiers = (Tier("base"), Tier("top", after=("base",)))
    plan = DependencyGraph((Driver("a", "base"), Driver("b", "top")), tiers).collapse()
    assert unit(plan, "tierdeps-tier-base.target")[1:] == [("Requires", "a.target"), ("After", "a.target")]
    barrier = [("Requires", "tierdeps-tier-base.target"), ("After", "tierdeps-tier-base.target")]
    assert unit(plan, "b.target")[1:] == barrier
    assert unit(plan, "tierdeps.target")[1:] == [
        ("Requires", "tierdeps-tier-top.target"),
        ("After", "tierdeps-tier-top.target"),
        ("WantedBy", "multi-user.target"),
    ]


def test_a_process_is_a_service_with_its_settings() -> None:
    process = Process(
        ("prog", "a b", "$HOME 100%", 'q"\\'),
        ready="notify",
        env=(("A", "1 $x"), ("B", "")),
        cwd="/srv/x",
        user="nobody",
        stop_signal="SIGINT",
        restart="on-failure",
        restart_limit=3,
        restart_backoff=0.5,
    )
    plan = plan_of(Driver("a", process=process, policy=Policy(timeout=5, stop_timeout=2.5)))
    assert unit(plan, "a.service") == [
        ("Description", "a"),
        ("StartLimitBurst", "4"),
        ("Type", "notify"),
        ("ExecStart", r'prog "a b" "$$HOME 100%%" "q\"\\"'),
        ("Environment", '"A=1 $x"'),
        ("Environment", "B="),
        ("WorkingDirectory", "/srv/x"),
        ("User", "nobody"),
        ("KillSignal", "SIGINT"),
        ("Restart", "on-failure"),
        ("RestartSec", "0.5"),
        ("TimeoutStartSec", "5"),
        ("TimeoutStopSec", "2.5"),
    ]


@pytest.mark.parametrize(("ready", "kind"), [(None, "exec"), ("exit", "oneshot"), ("notify", "notify")])
def test_the_type_of_a_service_follows_from_its_readiness(ready: str | None, kind: str) -> None:
    found = unit(plan_of(Driver("a", process=Process(("x",), ready=ready))), "a.service")
    assert ("Type", kind) in found
    assert (("RemainAfterExit", "yes") in found) is (ready == "exit")


def test_a_program_that_looks_like_a_modifier_is_run_as_it_is_named() -> None:
    found = unit(plan_of(Driver("a", process=Process(("-x", "y")))), "a.service")
    assert ("ExecStart", '/usr/bin/env "--" -x y') in found


def test_names_are_escaped_and_never_the_same() -> None:
    names = ("a b", "a/b", ".c", "d@e", "ü")
    files = texts(EXPORTER.export(plan_of(*map(Driver, names))))
    assert {r"a\x20b.target", r"a\x2fb.target", r"\x2ec.target", r"d\x40e.target", r"\xc3\xbc.target"} < files.keys()


def test_a_step_and_a_tier_that_would_share_a_name_do_not() -> None:
    drivers = (Driver("a:b"), Driver("a", phases=("b", "c")), Driver("tierdeps"), Driver("tierdeps-tier-default"))
    files = texts(EXPORTER.export(plan_of(*drivers)))
    assert {
        "a.b.target",
        "a.b_.target",
        "a.c.target",
        "tierdeps_.target",
        "tierdeps-tier-default_.target",
    } < files.keys()


def test_a_name_that_is_too_long_is_refused() -> None:
    with pytest.raises(InputError, match="247 bytes are the limit; shorten it"):
        EXPORTER.export(plan_of(Driver("x" * 300)))


def test_values_stay_on_their_line() -> None:
    process = Process(("x", "a\nExecStart=evil"), env=(("A", "1\n[Install]"),))
    text = texts(EXPORTER.export(plan_of(Driver("a\nb", process=process))))[r"a\x0ab.service"]
    assert "\nExecStart=evil" not in text
    assert text.count("[") == 3  # two sections, and one in a quoted value


def test_what_systemd_cannot_express_is_a_loss() -> None:
    drivers = (
        Driver("a", process=Process(("x",), ready="tcp:127.0.0.1:1"), policy=Policy(retries=1)),
        Driver("b", process=Process(("x",), ready="log:up", restart="on-failure", settle=1.0)),
        Driver("c", process=Process(("x",), ready="tcp:127.0.0.1:2"), policy=Policy(on_failure="isolate")),  # type: ignore[arg-type]
        Driver("d", lifecycle="acme:Driver"),
    )
    assert losses(EXPORTER.export(plan_of(*drivers))) == [
        "a start that failed is not tried again: a",
        "a lifecycle in Python cannot be run; a milestone takes its place: d",
        "what has started keeps running when another one fails to start: a, b",
        "readiness by tcp: cannot be awaited; dependents start once the process runs: a, c",
        "readiness by log: cannot be awaited; dependents start once the process runs: b",
        "no time that a process has to keep running can be set; settle is omitted: b",
        "the pause before a restart does not double: b",
    ]


def test_a_plan_that_systemd_expresses_has_no_loss() -> None:
    assert losses(EXPORTER.export(plan_of(Driver("a", process=Process(("x",), ready="notify")), Driver("b")))) == []


def test_a_relative_program_is_made_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/usr")
    export = EXPORTER.export(plan_of(Driver("a", process=Process(("bin/x", "bin/y"), cwd="lib"))))
    text = texts(export)["a.service"]
    assert "ExecStart=/usr/bin/x bin/y\nWorkingDirectory=/usr/lib\n" in text
    assert losses(export) == ["a relative path is made absolute, from the current folder: a"]


def test_a_disabled_driver_keeps_its_place_and_runs_nothing() -> None:
    from tierdeps import Declarations

    drivers = (Driver("a"), Driver("b", dependencies=(requires("a"),), process=Process(("x",))))
    plan = DependencyGraph.of(Declarations(drivers, disabled=frozenset({"b"}))).collapse()
    assert ("After", "a.target") in unit(plan, "b.target")


def test_a_restart_with_the_target_is_part_of_it_and_a_stop_with_what_is_only_wanted_is_a_loss() -> None:
    drivers = (
        Driver("a"),
        Driver("b", dependencies=(requires("a", on_restart="restart"),)),
        Driver("c", dependencies=(wants("a", on_loss="stop"),)),
    )
    export = EXPORTER.export(plan_of(*drivers))
    assert "Requires=a.target\nPartOf=a.target\nAfter=a.target" in texts(export)["b.target"]
    assert losses(export) == ['on_loss = "stop" is omitted: it keeps running when what it depends on is lost: c']


@pytest.mark.parametrize(
    ("key", "process"), [("cwd", Process(("x",), cwd="/a\nb")), ("user", Process(("x",), user="a\nb"))]
)
def test_a_line_break_in_what_systemd_takes_as_one_line_is_refused(key: str, process: Process) -> None:
    with pytest.raises(InputError, match=f"^{key} of the driver 'a' has a line break, which systemd cannot express; "):
        EXPORTER.export(plan_of(Driver("a", process=process)))


def test_a_daemon_and_its_commands_have_their_directives() -> None:
    process = Process(
        ("/sbin/d",),
        type="forking",
        pid_file="/run/d.pid",
        stop_command=("/sbin/d", "stop"),
        reload_command=("/sbin/d", "reload"),
        restart="always",
    )
    found = dict(unit(plan_of(Driver("a", process=process)), "a.service"))
    assert {key: found[key] for key in ("Type", "PIDFile", "ExecStop", "ExecReload", "Restart")} == {
        "Type": "forking",
        "PIDFile": "/run/d.pid",
        "ExecStop": "/sbin/d stop",
        "ExecReload": "/sbin/d reload",
        "Restart": "always",
    }
