"""Declarations of plugins are collected with their origins; only failing plugins are omitted."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierdeps.manager import Manager
from tierdeps.model import Kind
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from tests.manager.conftest import Site
    from tierdeps.model import Declarations


def drivers(declarations: Declarations) -> list[str]:
    return [driver.name for driver in declarations.drivers]


def test_gathers_tiers_and_drivers_of_all_plugins_by_their_names(site: Site) -> None:
    site.install_driver("acme-zebra", "zebra")
    site.install_driver("acme-bus", "bus", more="@hookimpl\ndef tierdeps_tiers(): yield Tier('core')")
    found = site.manager().declarations()
    assert drivers(found) == ["bus", "zebra"]
    assert [tier.name for tier in found.tiers] == ["core"]


def test_says_who_declared_what_and_where(site: Site) -> None:
    code = """
    @hookimpl
    def tierdeps_tiers(): return [Tier("core")]

    @hookimpl
    def tierdeps_drivers():
        return [
            Driver(
                "bus",
                dependencies=(
                    requires("clock"),
                ),
            ),
        ]
    """
    site.install("acme-bus", code)
    found = site.manager().declarations()
    (tier,), (driver,) = found.tiers, found.drivers
    origins = [str(origin) for origin in (tier.origin, driver.origin, driver.dependencies[0].origin)]
    assert origins == [f"acme-bus 1.0, acme_bus.py:{line}" for line in (4, 9, 12)]


def test_keeps_an_origin_that_names_a_distribution_already(site: Site) -> None:
    code = """
    from tierdeps.model import Origin

    @hookimpl
    def tierdeps_drivers(): return [Driver("bus", origin=Origin("a.py", 3, distribution="other", version="2"))]
    """
    site.install("acme-bus", code)
    assert str(site.manager().declarations().drivers[0].origin) == "other 2, a.py:3"


def test_adds_dependencies_to_somebody_else_s_driver(site: Site) -> None:
    more = """
    @hookimpl
    def tierdeps_dependencies(driver):
        if driver.name == "clock":
            return [after("bus", reason="it ticks there")]
    """
    site.install_driver("acme-bus", "bus", more=more)
    site.install_driver("acme-clock", "clock")
    bus, clock = site.manager().declarations().drivers
    assert bus.dependencies == ()
    (added,) = clock.dependencies
    assert (added.kind, added.target, added.reason) == (Kind.AFTER, "bus", "it ticks there")
    assert added.origin.package == "acme-bus 1.0"
    assert clock.origin.package == "acme-clock 1.0"


def test_merges_what_the_settings_say(site: Site) -> None:
    site.install_driver("acme-bus", "bus")
    manager = site.manager(disable=("bus",), choose={"clock": "bus"}, facts={"pool.auth": True})
    found = manager.declarations()
    assert found.disabled == frozenset({"bus"})
    assert (found.choices, found.facts) == ({"clock": "bus"}, {"pool.auth": True})
    assert manager.declarations() is found


def test_gives_hooks_the_settings(site: Site) -> None:
    site.install(
        "acme-many", "@hookimpl\ndef tierdeps_drivers(settings): return map(Driver, settings.of('many')['names'])"
    )
    manager = site.manager(drivers={"many": {"names": ["a", "b"]}})
    assert drivers(manager.declarations()) == ["a", "b"]


def test_notes_what_each_plugin_declared(site: Site) -> None:
    code = """
    @hookimpl
    def tierdeps_tiers(): return [Tier("core")]

    @hookimpl
    def tierdeps_drivers(): return [Driver("b", tier="late"), Driver("a")]
    """
    site.install("acme-pair", code)
    (plugin,) = site.plugins().values()
    assert plugin.drivers == ("a", "b")
    assert plugin.tiers == ("core", "late")
    assert plugin.hooks == ("tierdeps_drivers", "tierdeps_tiers")


def test_honours_who_wants_to_be_first_or_last(site: Site) -> None:
    for letter, order in (("a", "trylast=True"), ("b", ""), ("c", "tryfirst=True"), ("d", "")):
        site.install(f"acme-{letter}", f"@hookimpl({order})\ndef tierdeps_drivers(): return [Driver({letter!r})]")
    assert drivers(site.manager().declarations()) == ["c", "b", "d", "a"]


WRONG_TYPES = [
    ("drivers", "None", "returns None from tierdeps_drivers, where an iterable of Driver is expected"),
    ("drivers", "3", "returns a value of type int from tierdeps_drivers, where an iterable of Driver is expected"),
    ("drivers", "'bus'", "returns a value of type str from tierdeps_drivers, where an iterable of Driver is expected"),
    (
        "drivers",
        "Driver('bus')",
        "returns one Driver from tierdeps_drivers, where an iterable of Driver is expected; put it in a tuple",
    ),
    (
        "drivers",
        "[Tier('bus')]",
        "returns, among others, a value of type Tier from tierdeps_drivers, where an iterable of Driver is expected",
    ),
    ("tiers", "{}", "returns a value of type dict from tierdeps_tiers, where an iterable of Tier is expected"),
    (
        "drivers",
        "[Driver('bus', phases='start')]",
        "fails in tierdeps_drivers: DeclarationError: phases of driver 'bus': expected a tuple of names, got 'start'",
    ),
    ("drivers", "1 / 0", "fails in tierdeps_drivers: ZeroDivisionError: division by zero"),
    ("drivers", "(1 / 0 for _ in 'a')", "fails in tierdeps_drivers: ZeroDivisionError: division by zero"),
    ("drivers", "exit(3)", "fails in tierdeps_drivers: SystemExit: 3"),
    (
        "rules",
        "['TD900']",
        "returns, among others, a value of type str from tierdeps_rules, where an iterable of Rule is expected",
    ),
]


@pytest.mark.parametrize(("hook", "answer", "problem"), WRONG_TYPES)
def test_isolates_whoever_answers_wrong(site: Site, hook: str, answer: str, problem: str) -> None:
    assert site.problem(f"@hookimpl\ndef tierdeps_{hook}(): return {answer}") == problem


def test_asks_nothing_more_of_a_plugin_that_failed(site: Site) -> None:
    code = """
    @hookimpl(tryfirst=True, specname="tierdeps_drivers")
    def first(): raise RuntimeError("the first")

    @hookimpl(specname="tierdeps_drivers")
    def second(): raise RuntimeError("the second")
    """
    assert site.problem(code) == "fails in tierdeps_drivers: RuntimeError: the first"


def test_isolates_whoever_adds_something_else_than_dependencies(site: Site) -> None:
    site.install_driver("acme-bus", "bus")
    problem = "returns a value of type str from tierdeps_dependencies, where an iterable of Dependency is expected"
    site.install("acme-meddler", "@hookimpl\ndef tierdeps_dependencies(driver): return 'clock'")
    found = site.plugins()
    assert (found["acme-meddler"].problem, found["acme-bus"].status) == (problem, "active")


def test_isolates_whoever_declares_two_drivers_of_one_name(site: Site) -> None:
    code = """
    @hookimpl
    def tierdeps_drivers():
        yield Driver("bus")
        yield Driver("clock")
        yield Driver("bus")
    """
    assert site.problem(code) == (
        "declares the driver 'bus' twice, at acme_faulty.py:5 and acme_faulty.py:7; names of drivers are unique"
    )


def test_two_plugins_may_declare_one_name_and_both_are_kept_for_the_rules_to_judge(site: Site) -> None:
    site.install_driver("acme-one", "bus")
    site.install_driver("acme-two", "bus")
    assert drivers(site.manager().declarations()) == ["bus", "bus"]


def test_takes_nothing_of_a_plugin_that_fails_on_the_way(site: Site) -> None:
    more = """
    @hookimpl
    def tierdeps_tiers(): return [Tier("core")]

    @hookimpl
    def tierdeps_dependencies(driver):
        if driver.name == "sound":
            raise RuntimeError("late")
        return [after("nothing")]
    """
    site.install_driver("acme-broken", "broken", more=more)
    site.install_driver("acme-sound", "sound")
    manager = site.manager()
    found = manager.declarations()
    assert (drivers(found), found.tiers, found.drivers[0].dependencies) == (["sound"], (), ())
    broken = manager.plugins[0]
    assert (broken.status, broken.drivers, broken.tiers) == ("broken", (), ())
    assert 'raise RuntimeError("late")' in broken.traceback


def test_a_hook_that_hangs_is_left_behind_at_its_deadline(site: Site) -> None:
    code = "import time\n@hookimpl\ndef tierdeps_drivers():\n    time.sleep(5)\n    return []"
    site.install("acme-slow", code)
    site.install_driver("acme-sound", "sound")
    manager = site.manager(deadline=0.2)
    started = perf_counter()
    assert drivers(manager.declarations()) == ["sound"]
    assert perf_counter() - started < 4
    slow = manager.plugins[0]
    assert slow.problem == "does not return from tierdeps_drivers within 0.2 s"
    assert "in tierdeps_drivers\n    time.sleep(5)" in slow.traceback


def test_lets_the_user_interrupt_a_hook(site: Site) -> None:
    site.install("acme-slow", "@hookimpl\ndef tierdeps_drivers(): raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        site.manager().declarations()


def test_a_yes_of_one_plugin_holds_against_a_no_of_another(site: Site) -> None:
    for word, answer in (("first", "{'a': True, 'b': False}"), ("second", "{'a': False, 'c': False}")):
        site.install(f"acme-{word}", f"@hookimpl\ndef tierdeps_facts(): return {answer}")
    assert site.manager().facts() == {"a": True, "b": False, "c": False}
    assert site.manager(facts={"a": False, "d": True}).facts() == {"a": False, "b": False, "c": False, "d": True}


def test_a_fact_has_the_first_plugin_that_says_yes_as_its_source(site: Site) -> None:
    for word, answer in {"ant": "{'a': False, 'b': False}", "bee": "{'a': True}", "cat": "{'a': True}"}.items():
        site.install(f"acme-{word}", f"@hookimpl\ndef tierdeps_facts(): return {answer}")
    assert site.manager().fact_sources() == {"a": "plugin bee", "b": "plugin ant"}
    assert site.manager(facts={"a": False, "d": True}).fact_sources() == {
        "a": "settings",
        "b": "plugin ant",
        "d": "settings",
    }


def test_the_host_is_asked_for_its_facts_once(site: Site) -> None:
    code = """
    calls = []

    @hookimpl
    def tierdeps_facts():
        calls.append("asked")
        return {str(len(calls)): True}
    """
    site.install("acme-facts", code)
    manager = site.manager()
    assert manager.facts() == manager.facts() == {"1": True}
    assert set(manager.fact_sources()) == {"1"}


def test_the_names_of_facts_are_asked_for_apart_from_the_host(site: Site) -> None:
    names = "return {'hot': False, 'wet': False} if names_only else {'hot': True}"
    site.install("acme-host", f"@hookimpl\ndef tierdeps_facts(names_only): {names}")
    site.install("acme-plain", "@hookimpl\ndef tierdeps_facts(settings): return {'cold': True}")
    manager = site.manager(facts={"dry": True})
    assert manager.fact_names() == {"hot", "wet", "cold"}
    assert manager.facts() == {"hot": True, "cold": True, "dry": True}


FACTS = "where a mapping of fact names to True or False is expected"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (
            "['a']",
            f"returns a value of type list from tierdeps_facts, {FACTS}",
        ),
        ("{'a': 'yes'}", "states the fact 'a' to be 'yes' in tierdeps_facts, where True or False is expected"),
        ("{1: True}", "states the fact 1 to be True in tierdeps_facts, where True or False is expected"),
    ],
)
def test_isolates_whoever_states_something_else_than_facts(site: Site, answer: str, problem: str) -> None:
    site.install("acme-facts", f"@hookimpl\ndef tierdeps_facts(): return {answer}")
    manager = site.manager()
    assert manager.facts() == {}
    assert manager.plugins[0].problem == problem


def test_facts_are_not_asked_for_unless_they_are_wanted(site: Site) -> None:
    site.install("acme-facts", "@hookimpl\ndef tierdeps_facts(): raise RuntimeError")
    manager = site.manager()
    manager.declarations()
    assert manager.plugins[0].status == "active"


#: What each hook may do wrong, and the error that is reported.
WRONG = {
    "raises": ("raise ValueError('no')", "fails in {hook}: ValueError: no"),
    "returns another type": ("return 1", "returns a value of type int from {hook}, where"),
    "returns nothing": ("return None", "returns None from {hook}, where"),
    "raises midway": ("yield from ()\n    raise ValueError('midway')", "{hook}"),
    "exits": ("raise SystemExit(3)", "fails in {hook}: SystemExit: 3"),
}
HOOKS = ("tiers", "drivers", "facts", "rules", "importers", "formats", "engines", "reporters")


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("kind", sorted(WRONG))
def test_every_hook_that_goes_wrong_is_reported(site: Site, hook: str, kind: str) -> None:
    body, told = WRONG[kind]
    site.install("acme-wrong", f"@hookimpl\ndef tierdeps_{hook}():\n    {body}")
    site.install("acme-sound", "@hookimpl\ndef tierdeps_drivers(): return [Driver('sound')]")
    manager = site.manager()
    manager.call_all_hooks()
    sound, wrong = manager.plugins
    assert (sound.status, wrong.status) == ("active", "broken")
    assert told.format(hook=f"tierdeps_{hook}") in wrong.problem
    assert manager.broken == (wrong,)


FAILURES = {
    "import": "import nonesuch",
    "exit": "raise SystemExit",
    "signature": "@hookimpl\ndef tierdeps_drivers(nonesuch): ...",
    "unknown": "@hookimpl\ndef tierdeps_nonesuch(): ...",
    "raise": "@hookimpl\ndef tierdeps_drivers(): raise BaseException",
    "type": "@hookimpl\ndef tierdeps_drivers(): return 1",
    "late": (
        "@hookimpl\ndef tierdeps_drivers(): return [Driver('x')]\n@hookimpl\ndef tierdeps_dependencies(driver): 1 / 0"
    ),
}


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from([*FAILURES, "sound"]), max_size=8))
def test_no_failure_takes_the_rest_along(kinds: list[str]) -> None:
    sound = {f"t{index}" for index, kind in enumerate(kinds) if kind == "sound"}
    with TemporaryDirectory() as place:
        for index, kind in enumerate(kinds):
            own = f"@hookimpl\ndef tierdeps_drivers(): return [Driver('t{index}')]"
            code = f"from tierdeps import Driver, hookimpl\n{FAILURES.get(kind, own)}"
            Path(place, f"tierdeps_fake_{index}.py").write_text(code)
            info = Path(place, f"t{index}-1.dist-info")
            info.mkdir()
            (info / "entry_points.txt").write_text(f"[tierdeps]\nt{index} = tierdeps_fake_{index}\n")
        sys.path.insert(0, place)
        try:
            manager = Manager(Settings(), path=[place])
            found = manager.declarations()
        finally:
            sys.path.remove(place)
            for index in range(len(kinds)):
                sys.modules.pop(f"tierdeps_fake_{index}", None)
    assert set(drivers(found)) == sound
    assert {plugin.name for plugin in manager.plugins if plugin.status == "active"} == sound
    assert all(plugin.problem for plugin in manager.plugins if plugin.status == "broken")
