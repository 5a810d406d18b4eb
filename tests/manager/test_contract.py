"""Checks of a plugin without calling it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.manager.conftest import Site

GIVEN = "which that hook does not receive"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (
            "def tierdeps_drivers(setings): ...",
            f"takes the argument 'setings' in tierdeps_drivers, {GIVEN}; did you mean 'settings'?",
        ),
        (
            "def tierdeps_dependencies(settings, *, x): ...",
            f"takes the argument 'x' in tierdeps_dependencies, {GIVEN}; it may take driver, settings",
        ),
        ("def tierdeps_rules(x): ...", f"takes the argument 'x' in tierdeps_rules, {GIVEN}; it may take none"),
        (
            "def tierdeps_drivers(settings, /): ...",
            "takes the argument 'settings' in tierdeps_drivers as positional-only, but hooks are called with keywords",
        ),
        (
            "def tierdeps_driver(settings): ...",
            "implements tierdeps_driver, which is not a hook; did you mean 'tierdeps_drivers'?",
        ),
        (
            "async def tierdeps_drivers(settings): ...",
            "implements tierdeps_drivers with 'async def', which is not supported: hooks are plain functions",
        ),
    ],
)
def test_names_the_hook_and_what_is_wrong_with_it(site: Site, code: str, problem: str) -> None:
    assert site.problem(f"@hookimpl\n{code}") == problem


def test_lists_the_hooks_where_none_is_near(site: Site) -> None:
    problem = site.problem("@hookimpl\ndef zzz(): ...")
    assert problem.startswith("implements zzz, which is not a hook; the hooks are tierdeps_tiers, tierdeps_drivers, ")


@pytest.mark.parametrize("kind", ["wrapper", "hookwrapper"])
def test_refuses_wrappers(site: Site, kind: str) -> None:
    problem = site.problem(f"@hookimpl({kind}=True)\ndef tierdeps_drivers(settings): yield")
    assert problem == (
        "implements tierdeps_drivers as a wrapper, which is not supported: the hook of each plugin is called separately"
    )


def test_reports_a_hook_that_lacks_its_marker(site: Site) -> None:
    problem = site.problem("def tierdeps_drivers(settings): return []")
    assert problem == "has tierdeps_drivers without @tierdeps.hookimpl above it, so it would never be called"


def test_reports_all_at_once(site: Site) -> None:
    problem = site.problem("@hookimpl\ndef tierdeps_fact(): ...\ndef tierdeps_rules(): ...")
    assert "implements tierdeps_fact, " in problem
    assert "? it also has tierdeps_rules without " in problem


@pytest.mark.parametrize(
    "parameters", ["", "settings", "*, settings", "settings=None", "settings, other=1", "*args, **kwargs"]
)
def test_hooks_take_what_they_want_of_what_they_are_given(site: Site, parameters: str) -> None:
    known = "settings.disable == ('x',)" if "settings" in parameters else "True"
    site.install(
        "acme-bus", f"@hookimpl\ndef tierdeps_drivers({parameters}):\n    assert {known}\n    yield Driver('bus')"
    )
    assert site.plugins(disable=("x",))["acme-bus"].drivers == ("bus",)


def test_a_hook_may_go_by_another_name(site: Site) -> None:
    site.install("acme-bus", "@hookimpl(specname='tierdeps_drivers')\ndef mine(): return [Driver('bus')]")
    found = site.plugins()["acme-bus"]
    assert (found.hooks, found.drivers) == (("tierdeps_drivers",), ("bus",))


def test_an_optional_hook_may_be_unknown(site: Site) -> None:
    site.install("acme-bus", "@hookimpl(optionalhook=True)\ndef tierdeps_later(): ...")
    assert site.plugins()["acme-bus"].status == "active"


@pytest.mark.parametrize("wanted", [">=1", ">=1,<2", "~=1.0", "==1.*"])
def test_loads_what_was_written_for_this_contract(site: Site, wanted: str) -> None:
    site.install("acme-bus", f"tierdeps_api = {wanted!r}")
    assert site.plugins()["acme-bus"].status == "active"


def test_what_was_written_for_another_contract_is_incompatible(site: Site) -> None:
    site.install("acme-bus", "tierdeps_api = '>=2,<3'\n@hookimpl\ndef tierdeps_of_the_future(): ...")
    found = site.plugins()["acme-bus"]
    assert found.status == "incompatible"
    assert found.problem == (
        "needs version >=2,<3 of the plugin contract, and this tierdeps has 1; install versions that are compatible"
    )


@pytest.mark.parametrize("wanted", ["'newest'", "1", "()"])
def test_a_version_range_that_is_none_is_reported(site: Site, wanted: str) -> None:
    problem = site.problem(f"tierdeps_api = {wanted}")
    assert problem == f"has tierdeps_api = {wanted}, which is not a version range such as '>=1,<2'"


def test_an_attribute_that_raises_harms_nobody_else(site: Site) -> None:
    code = """
    class Plugin:
        def __getattr__(self, name): raise RuntimeError(name)

    plugin = Plugin()
    """
    site.install_driver("acme-sound", "sound")
    site.install("acme-odd", code, reference="acme_odd:plugin")
    found = site.plugins()
    assert found["acme-odd"].problem == "fails in its hooks: RuntimeError: tierdeps_api"
    assert found["acme-sound"].status == "active"
