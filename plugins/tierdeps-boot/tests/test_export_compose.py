"""Export to compose: the order, conditions and settings, and what compose cannot express."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from exported import exported_order, losses, plan_of, plan_order, plans, step_units, texts
from hypothesis import given, settings

from tierdeps import Driver, Policy, Process, after, requires, wants
from tierdeps_boot._exporters.compose import EXPORTER

if TYPE_CHECKING:
    from tierdeps import Plan

yaml = pytest.importorskip("yaml")


def services(plan: Plan) -> dict[str, Any]:
    """Return the services of the exported file."""
    files = texts(EXPORTER.export(plan))
    assert list(files) == ["compose.yaml"]
    found: dict[str, Any] = yaml.safe_load(files["compose.yaml"])["services"]
    return found


@settings(max_examples=settings().max_examples // 2, deadline=None)
@given(plans())
def test_the_order_of_the_services_is_that_of_the_plan(plan: Plan) -> None:
    found = services(plan)
    edges = {name: list(service.get("depends_on", ())) for name, service in found.items()}
    steps = [name for name, service in found.items() if "labels" in service]
    assert exported_order(edges, step_units(plan, steps).get) == plan_order(plan)
    assert all(needed in found for target in edges.values() for needed in target)


def test_a_condition_is_how_its_target_becomes_ready() -> None:
    drivers = (
        Driver("job", process=Process(("a",), ready="exit")),
        Driver("checked", process=Process(("b",), ready="exec:test 'a b'")),
        Driver("plain", process=Process(("c",))),
        Driver("none"),
        Driver(
            "web",
            dependencies=(requires("job"), wants("checked"), after("plain"), requires("none")),
            process=Process(("d",)),
        ),
    )
    assert services(plan_of(*drivers))["web"]["depends_on"] == {
        "checked": {"condition": "service_healthy", "required": False},
        "job": {"condition": "service_completed_successfully"},
        "none": {"condition": "service_completed_successfully"},
        "plain": {"condition": "service_started", "required": False},
    }


def test_a_process_is_a_service_with_its_settings() -> None:
    process = Process(
        ("prog", "a b", "${HOME}", "yes", "é\n"),
        ready="exec:check 'a b' $X",
        env=(("A", "no"), ("B", "$x")),
        cwd="/srv",
        user="1000",
        stop_signal="SIGINT",
        restart="on-failure",
        restart_limit=3,
    )
    plan = plan_of(Driver("my db", process=process, policy=Policy(timeout=7, stop_timeout=2.5)))
    assert services(plan)["my_db"] == {
        "image": "${IMAGE_MY_DB:-scratch}",
        "command": ["prog", "a b", "$${HOME}", "yes", "é\n"],
        "environment": {"A": "no", "B": "$$x"},
        "working_dir": "/srv",
        "user": "1000",
        "stop_signal": "SIGINT",
        "restart": "on-failure:3",
        "stop_grace_period": "2.5s",
        "healthcheck": {"test": ["CMD", "check", "a b", "$$X"], "interval": "1s", "retries": 7},
        "labels": {"tierdeps.driver": "my db", "tierdeps.tier": "default"},
    }


def test_names_that_become_the_same_get_numbers() -> None:
    found = services(plan_of(*map(Driver, ("a b", "a/b", "a_b", "-x", "ü"))))
    assert list(found) == ["x-x", "a_b", "a_b-2", "a_b-3", "x_", "tierdeps-tier-default", "tierdeps"]


def test_what_compose_cannot_express_is_a_loss() -> None:
    drivers = (
        Driver("a", process=Process(("x",), ready="tcp:127.0.0.1:1", settle=1.0)),
        Driver("b", dependencies=(after("a"),)),
    )
    assert losses(EXPORTER.export(plan_of(*drivers))) == [
        "readiness by tcp: cannot be awaited; dependents start once the process runs: a",
        "no time that a process has to keep running can be set; settle is omitted: a",
        "a graph names no images: set the variables IMAGE_NAME, or write images into compose.override.yaml: a",
        "order without a need: becomes a dependency that is not required: b",
    ]


def test_milestones_alone_have_no_loss() -> None:
    assert losses(EXPORTER.export(plan_of(Driver("a"), Driver("b", dependencies=(requires("a"),))))) == []


@pytest.mark.parametrize("text", ["😀", "\\ud83d\\ude00", 'a\n\t\x01\x85\u2028é\\"', "\U0010ffff"])
def test_yaml_reads_every_character_back(text: str) -> None:
    process = Process(("x", text), env=(("A", text),), cwd=text)
    service = next(iter(services(plan_of(Driver(text, process=process))).values()))
    assert (service["command"][1], service["environment"]["A"], service["working_dir"]) == (text, text, text)
    assert service["labels"]["tierdeps.driver"] == text


def test_a_restart_with_the_target_is_that_of_compose_and_a_stop_with_it_is_a_loss() -> None:
    drivers = (
        Driver("a"),
        Driver("b", dependencies=(requires("a", on_restart="restart"),)),
        Driver("c", dependencies=(requires("a", on_loss="stop"),)),
    )
    plan = plan_of(*drivers)
    condition = {"condition": "service_completed_successfully"}
    found = services(plan)
    assert [found[name]["depends_on"]["a"] for name in "bc"] == [{**condition, "restart": True}, condition]
    assert losses(EXPORTER.export(plan)) == [
        'on_loss = "stop" is omitted: it keeps running when what it depends on is lost: c',
    ]


def test_each_service_has_an_image_of_its_own() -> None:
    found = services(
        plan_of(*(Driver(name, process=Process(("x",))) for name in ("a.b", "a-b", "a_b", "A-B", "a b_2")))
    )
    images = [service["image"] for service in found.values() if "scratch" in service["image"]]
    assert len(set(images)) == 5
    assert "${IMAGE_A_B:-scratch}" in images
