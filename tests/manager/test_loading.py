"""A plugin that cannot be imported is named, and the others go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.manager.conftest import Site


def test_keeps_why_an_import_failed(site: Site) -> None:
    site.install("acme-broken", "import nonesuch")
    site.install_driver("acme-sound", "sound")
    found = site.plugins()
    assert found["acme-sound"].status == "active"
    assert found["acme-broken"].status == "broken"
    assert found["acme-broken"].problem == "cannot be imported: ModuleNotFoundError: No module named 'nonesuch'"
    assert 'acme_broken.py", line 2, in <module>\n    import nonesuch\n' in found["acme-broken"].traceback


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
        ("raise BaseException", "cannot be imported: BaseException"),
        ("raise ValueError('two\\nlines')", "cannot be imported: ValueError: two lines"),
        ("class E(Exception):\n    def __str__(self): raise E\nraise E", "cannot be imported: E"),
        ("def (", "cannot be imported: SyntaxError: invalid syntax (acme_faulty.py, line 2)"),
    ],
)
def test_survives_whatever_an_import_raises(site: Site, code: str, problem: str) -> None:
    assert site.problem(code) == problem


def test_an_import_that_hangs_is_left_behind_at_its_deadline(site: Site) -> None:
    site.install("acme-hanging", "import time\ntime.sleep(60)")
    site.install_driver("acme-sound", "sound")
    manager = site.manager(deadline=0.2)
    manager.load()
    hanging, sound = manager.plugins
    assert hanging.problem == "does not return from its import within 0.2 s"
    assert sound.status == "active"


def test_lets_the_user_interrupt_an_import(site: Site) -> None:
    site.install("acme-slow", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        site.manager().load()


@pytest.mark.parametrize("reference", ["acme faulty", "acme_faulty:", "1:2", "=", ":plugin"])
def test_says_what_a_reference_must_look_like(site: Site, reference: str) -> None:
    problem = site.problem("", reference=reference)
    assert problem == f"is registered as {reference!r}, which is neither 'module' nor 'module:attribute'"


def test_says_which_attribute_is_not_there(site: Site) -> None:
    problem = site.problem("", reference="acme_faulty:plugin")
    assert problem == "cannot be imported: AttributeError: module 'acme_faulty' has no attribute 'plugin'"


def test_an_object_can_be_a_plugin(site: Site) -> None:
    code = """
    class Plugin:
        @hookimpl
        def tierdeps_drivers(self, settings):
            return [Driver("bus")]

    class Space:
        plugin = Plugin()
    """
    site.install("acme-bus", code, reference="acme_bus:Space.plugin")
    found = site.plugins()["acme-bus"]
    assert (found.status, found.drivers, found.hooks) == ("active", ("bus",), ("tierdeps_drivers",))


def test_a_class_that_was_not_instantiated_is_reported_as_such(site: Site) -> None:
    code = """
    class Plugin:
        @hookimpl
        def tierdeps_drivers(self, settings): return []
    """
    problem = site.problem(code, reference="acme_faulty:Plugin")
    assert problem.startswith("takes the argument 'self' in tierdeps_drivers, which that hook does not receive")


def test_one_module_under_two_names_is_loaded_once(site: Site) -> None:
    site.install_driver("acme-bus", "bus")
    site.install("other-bus", "", name="copy", reference="acme_bus")
    found = site.plugins()
    assert found["acme-bus"].status == "active"
    assert found["other-bus"].problem == "is already loaded as acme-bus:bus; remove one of the entry points"


def test_what_plugins_print_does_not_get_into_the_answer(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install_driver("acme-bus", "bus", more="print('imported')\n@hookimpl\ndef tierdeps_facts(): print('asked')")
    manager = site.manager()
    manager.declarations()
    manager.facts()
    assert capsys.readouterr() == ("", "imported\nasked\n")


def test_measures_how_long_an_import_takes(site: Site) -> None:
    site.install("acme-slow", "import time; time.sleep(0.05)")
    assert 0.05 <= site.plugins()["acme-slow"].seconds < 5


def test_loads_once_however_often_it_is_asked_to(site: Site) -> None:
    site.install("acme-counter", "import sys; sys.tierdeps_loads = getattr(sys, 'tierdeps_loads', 0) + 1")
    manager = site.manager()
    manager.load()
    first = manager.plugins
    manager.load()
    assert manager.plugins == first
