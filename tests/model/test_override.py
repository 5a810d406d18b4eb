"""A later GRAPH changes a driver of an earlier one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps import (
    DeclarationError,
    Declarations,
    DependencyGraph,
    Driver,
    InputError,
    Kind,
    Origin,
    Override,
    Policy,
    Process,
    after,
    instances,
    requires,
    wants,
)

BASE = Origin("base.toml", 1, "drivers.web")
SITE = Origin("site.toml", 7, "drivers.web")


def web(**more: Any) -> Driver:
    process = Process(("serve",), "tcp:127.0.0.1:80", env=(("A", "1"), ("B", "1")), cwd="/srv")
    return Driver("web", **{"process": process, "origin": BASE, **more})


def changed(driver: Driver, *dependencies: Any, reset: tuple[str, ...] = (), **changes: Any) -> Driver:
    later = Declarations(overrides=(Override(driver.name, changes, dependencies, reset, SITE),))
    (found,) = (Declarations((driver,)) | later).drivers
    return found


def refusal(driver: Driver, *dependencies: Any, reset: tuple[str, ...] = (), **changes: Any) -> str:
    with pytest.raises(InputError) as refused:
        changed(driver, *dependencies, reset=reset, **changes)
    return str(refused.value)


def test_a_key_that_is_named_replaces_what_was_declared_and_all_others_stay() -> None:
    found = changed(web(description="a site"), command=("serve", "-v"), ready="exit", retries=3, tier="late")
    assert found.process == Process(("serve", "-v"), "exit", env=(("A", "1"), ("B", "1")), cwd="/srv")
    assert found.policy == Policy(retries=3)
    assert (found.tier, found.description) == ("late", "a site")


def test_variables_and_timings_are_replaced_name_by_name() -> None:
    found = changed(web(timing={"start": "1"}), env=(("B", "2"), ("C", "3")), timing={"start": "2"})
    assert found.process is not None
    assert found.process.env == (("A", "1"), ("B", "2"), ("C", "3"))
    assert found.timing == (("start", "2"),)


def test_dependencies_and_capabilities_are_added_once_each() -> None:
    before = web(dependencies=(requires("db"), after("log")), provides=("http",))
    found = changed(before, requires("db"), wants("cache"), provides=("http", "https"))
    assert found.dependencies == (requires("db"), after("log"), wants("cache"))
    assert found.provides == ("http", "https")


def test_what_is_reset_loses_what_was_declared_and_then_gets_what_is_named() -> None:
    before = web(dependencies=(requires("db"), after("log")), provides=("http",), policy=Policy(retries=3, timeout=9))
    found = changed(
        before, requires("store"), reset=("requires", "provides", "env", "ready", "retries"), env=(("C", "3"),)
    )
    assert found.dependencies == (after("log"), requires("store"))
    assert found.provides == ()
    assert found.process == Process(("serve",), env=(("C", "3"),), cwd="/srv")
    assert found.policy == Policy(timeout=9)


def test_a_process_can_become_a_lifecycle_and_a_lifecycle_a_process() -> None:
    found = changed(web(), reset=("command",), lifecycle="acme:Web")
    assert (found.process, found.lifecycle) == (None, "acme:Web")
    back = changed(Driver("web", lifecycle="acme:Web"), reset=("lifecycle",), command=("serve",))
    assert (back.process, back.lifecycle) == (Process(("serve",)), None)


@pytest.mark.parametrize(
    ("driver", "reset", "changes", "message"),
    [
        (
            Driver("web"),
            (),
            {"env": (("A", "1"),)},
            "drivers.web.env: expected 'command' beside it: only a process has",
        ),
        (web(), (), {"lifecycle": "a:B"}, "drivers.web.lifecycle: expected no lifecycle beside command: a process has"),
        (web(), (), {"settle": 1.0, "ready": "exit"}, "drivers.web.settle: expected none beside ready = "),
        (
            web(),
            (),
            {"timing": {"begin": "1"}},
            "drivers.web.timing: expected phases of the driver, start, got 'begin'",
        ),
        (web(), ("command",), {"env": (("A", "1"),)}, "drivers.web.env: expected 'command' beside it"),
        (web(), (), {"timeout": -1}, "drivers.web.timeout: expected "),
    ],
)
def test_what_cannot_be_is_refused_with_the_place_of_the_override(
    driver: Driver, reset: tuple[str, ...], changes: dict[str, Any], message: str
) -> None:
    assert refusal(driver, reset=reset, **changes).startswith(f"site.toml: line 7, {message}")


@pytest.mark.parametrize(("changes", "reset"), [({"comand": ()}, ()), ({}, ("requries",)), ({"name": "x"}, ())])
def test_a_key_that_no_driver_has_is_refused(changes: dict[str, Any], reset: tuple[str, ...]) -> None:
    with pytest.raises(DeclarationError, match="expected keys of a driver"):
        Override("web", changes, reset=reset)


def test_the_origin_names_both_files() -> None:
    found = changed(web(), requires("db", reason="x"), tier="late")
    assert str(found.origin) == "base.toml:1, drivers.web; changed by site.toml:7, drivers.web"
    assert found.origin.package == "base.toml and site.toml"
    again = (Declarations((found,)) | Declarations(overrides=(Override("web", origin=Origin("more.toml")),))).drivers[0]
    assert again.origin.package == "base.toml and site.toml and more.toml"
    assert again.origin.sort_key == BASE.sort_key


def test_all_instances_are_changed_by_their_pattern_and_one_by_its_name() -> None:
    workers = instances(Driver("w"), ["a", "b"])
    all_of_them = Override("w@*", {"tier": "late"})
    one = Override("w@b", {"tier": "last"})
    found = Declarations((*workers, Driver("w"), Driver("w2"))) | Declarations(overrides=(all_of_them, one))
    assert {driver.name: driver.tier for driver in found.drivers} == {
        "w@a": "late",
        "w@b": "last",
        "w": None,
        "w2": None,
    }


def test_later_overrides_win() -> None:
    first, second = (Declarations(overrides=(Override("web", {"tier": tier}),)) for tier in ("one", "two"))
    assert (Declarations((web(),)) | first | second).drivers[0].tier == "two"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wbe", "there is no driver 'wbe' in an earlier GRAPH to override; did you mean 'web'?"),
        ("w@*", "there is no driver 'w@*' in an earlier GRAPH to override"),
        ("wx", "there is no driver 'wx' in an earlier GRAPH to override; did you mean 'wx@*'?"),
        ("ww@*", "there is no driver 'ww@*' in an earlier GRAPH to override; did you mean 'wx@*'?"),
    ],
)
def test_one_without_a_driver_is_an_error(name: str, message: str) -> None:
    later = Declarations(overrides=(Override(name, origin=SITE),))
    with pytest.raises(InputError) as refused:
        DependencyGraph.of(Declarations((web(), Driver("wx@a"))) | later)
    assert str(refused.value).startswith(f"site.toml: line 7, drivers.web: {message}")


def test_one_of_a_later_graph_is_an_error_that_says_which_to_give_first() -> None:
    earlier = Declarations(overrides=(Override("web", origin=SITE),))
    with pytest.raises(InputError) as refused:
        DependencyGraph.of(earlier | Declarations((web(),)))
    assert "the driver 'web' is declared in no earlier GRAPH: give that one first" in str(refused.value)


def test_all_that_is_wrong_is_reported() -> None:
    later = Declarations(overrides=(Override("web", {"timeout": -1}), Override("web", {"retries": -1})))
    with pytest.raises(InputError) as refused:
        Declarations((web(),)) | later
    assert len(refused.value.errors) == 2


def test_a_driver_of_mere_names_can_be_changed() -> None:
    graph = DependencyGraph.from_names({"a": ["b"], "b": []})
    later = Declarations(overrides=(Override("a", {"description": "x"}, (wants("c", optional=True),)),))
    found = {driver.name: driver for driver in (graph.declarations | later).drivers}
    assert found["a"].description == "x"
    assert found["a"].dependencies == (requires("b"), wants("c", optional=True))
    assert found["b"] == Driver("b")


DEPENDENCIES = st.sampled_from([requires("a"), wants("b"), after("c"), requires("d")])


@given(st.lists(DEPENDENCIES, unique=True), st.sampled_from(Kind))
def test_to_reset_a_verb_touches_no_other(dependencies: list[Any], kind: Kind) -> None:
    found = changed(Driver("web", dependencies=tuple(dependencies)), reset=(kind,))
    assert found.dependencies == tuple(item for item in dependencies if item.kind is not kind)


@given(st.sets(st.sampled_from(["tier", "description", "when"])))
def test_an_override_that_says_nothing_changes_nothing_but_the_origin(reset: set[str]) -> None:
    assert changed(web()) == web()
    assert changed(web(), reset=tuple(sorted(reset))) == web()
