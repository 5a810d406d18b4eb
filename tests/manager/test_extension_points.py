"""Built-in members of extension points use the same hooks as plugins."""

from __future__ import annotations

import subprocess
import sys
from pkgutil import iter_modules
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import tierdeps.formats
from tierdeps.errors import PluginError
from tierdeps.graph import DependencyGraph
from tierdeps.hooks import hookimpl
from tierdeps.manager._answers import items
from tierdeps.manager._host import Host
from tierdeps.manager.fault import Fault
from tierdeps.rules import Rule, RuleContext
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from tests.manager.conftest import Site

RULE = """
from tierdeps.model import Severity
from tierdeps.rules import Rule

@hookimpl
def tierdeps_rules():
    return [Rule({code!r}, "mine", Severity.WARNING, "meaning", "example", "fix", lambda context: ())]
"""


def test_finds_built_in_members_without_a_list(site: Site) -> None:
    manager = site.manager()
    assert "TD101" in {rule.code for rule in manager.rules()}
    assert "toml" in {importer.name for importer in manager.importers()}
    assert ("order", "json") in {(item.document, item.name) for item in manager.formats("order")}
    assert "local" in {engine.name for engine in manager.engines()}


def test_names_in_an_extension_point_are_unique(site: Site) -> None:
    manager = site.manager()
    codes = [rule.code for rule in manager.rules()]
    documents = [module.name for module in iter_modules(tierdeps.formats.__path__)]
    formats = [(item.document, item.name) for document in documents for item in manager.formats(document)]
    assert {document for document, _ in formats} == set(documents)
    assert len(set(codes)) == len(codes)
    assert len(set(formats)) == len(formats)


def test_a_plugin_adds_to_them(site: Site) -> None:
    site.install("acme-rule", RULE.format(code="ACME1"))
    rules = site.manager().rules()
    assert rules[-1].code == "ACME1"
    assert len(rules) == len(site.manager(block=("rule",)).rules()) + 1


@pytest.mark.parametrize("settings", [{"only": ("rule",)}, {"block": ("rule",)}])
def test_choosing_plugins_never_affects_built_in_members(site: Site, settings: dict[str, Any]) -> None:
    site.install("acme-rule", RULE.format(code="ACME1"))
    own = {rule.code for rule in site.manager(**settings).rules()} - {"ACME1"}
    assert {f"TD10{digit}" for digit in range(1, 10)} <= own


def test_isolates_a_plugin_that_adds_what_is_there_already(site: Site) -> None:
    site.install("acme-rule", RULE.format(code="TD101"))
    manager = site.manager()
    assert [rule.name for rule in manager.rules() if rule.code == "TD101"] == ["cycle"]
    problem = "adds the rule 'TD101' in tierdeps_rules, but that name is already taken"
    assert [(plugin.status, plugin.problem) for plugin in manager.plugins] == [("broken", problem)]


def test_a_plugin_s_importer_is_tried_after_ours_unless_it_wants_to_be_first(site: Site) -> None:
    code = """
    from tierdeps.importers import Importer

    @hookimpl{order}
    def tierdeps_importers(): return [Importer({name!r}, lambda source: False, None)]
    """
    site.install("acme-early", code.format(order="(tryfirst=True)", name="early"))
    site.install("acme-late", code.format(order="", name="late"))
    names = [importer.name for importer in site.manager().importers()]
    assert (names[0], names[-1]) == ("early", "late")


def test_the_members_of_an_extension_point_are_requested_once(site: Site) -> None:
    manager = site.manager()
    assert manager.rules() is manager.rules()


def test_a_failure_of_a_built_in_member_is_raised(site: Site) -> None:
    module = ModuleType("tierdeps.rules.faulty")
    module.tierdeps_rules = hookimpl(lambda: 3)  # type: ignore[attr-defined]
    host = Host(Settings(), site.path, timeout=10)
    host.load()
    host.register_builtin([module])
    with pytest.raises(Fault, match="returns a value of type int from tierdeps_rules"):
        list(host.ask("tierdeps_rules", lambda answer: items(answer, Rule)))
    with pytest.raises(Fault, match="mine"):
        host.isolate("tierdeps.rules.faulty", Fault("mine"))


def test_each_run_gets_new_reporters(site: Site) -> None:
    code = """
    from tierdeps.reporters import Reporter

    @hookimpl
    def tierdeps_reporters(settings): return [Reporter(), Reporter()]
    """
    site.install("acme-reporter", code)
    manager = site.manager()
    first, second = manager.reporters()[-2:], manager.reporters()[-2:]
    assert len({id(reporter) for reporter in (*first, *second)}) == 4


def modules_after(code: str) -> set[str]:
    """Return what a fresh interpreter has imported after it ran some code."""
    program = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


LOADED = """
from tierdeps.manager import Manager
from tierdeps.settings import Settings
manager = Manager(Settings(), path=[])
"""


def test_declarations_import_no_extension_point_and_nothing_slow() -> None:
    modules = modules_after(f"{LOADED}manager.declarations()")
    assert not {"networkx", "asyncio", "rich", "dataclasses", "packaging", "importlib.metadata"} & modules
    assert not {
        name for name in modules if name.startswith(("tierdeps.rules.", "tierdeps.formats.", "tierdeps.importers."))
    }


def test_each_extension_point_is_imported_by_itself() -> None:
    modules = modules_after(f"{LOADED}manager.formats('order')")
    assert "tierdeps.formats.order" in modules
    assert not {
        name
        for name in modules
        if name.startswith(("tierdeps.rules.", "tierdeps.importers.", "tierdeps.engines.", "tierdeps.formats.check"))
    }


FAILING_RULE = """
from tierdeps.model import Severity
from tierdeps.rules import Rule

def check(context):
    yield from ()
    raise KeyError("nothing there")

@hookimpl
def tierdeps_rules():
    return [Rule("ACME1", "mine", Severity.WARNING, "meaning", "example", "fix", check)]
"""


def test_names_the_plugin_whose_rule_fails(site: Site) -> None:
    site.install("acme-rule", FAILING_RULE)
    rule = site.manager().rules()[-1]
    with pytest.raises(PluginError, match=r"the rule 'ACME1' of the plugin 'rule' of acme-rule 1.0 fails: KeyError"):
        rule.check(RuleContext(DependencyGraph([])))
