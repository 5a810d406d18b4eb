"""Dependencies in the settings count for every command, whoever declares the drivers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask
    from tests.cli.hosts import Host
    from tests.manager.conftest import Site

GRAPH = "[drivers.a]\n[drivers.b]\n[drivers.c]\nphases = ['open', 'run']\n"
EDGE = "[[dependencies]]\ndriver = 'a'\nrequires = 'b'\nreason = 'it reads b'\n"


@pytest.fixture(name="site_graph", autouse=True)
def _site_graph(ask: Ask) -> None:
    """Write the graph and the settings."""
    assert ask
    Path("site.toml").write_text(GRAPH)
    Path("tierdeps.toml").write_text(f"graphs = ['site.toml']\n{EDGE}")


def codes(ask: Ask, *arguments: str) -> list[str]:
    return [found["code"] for found in json.loads(ask("check", "--format", "json", *arguments).out)["findings"]]


def stages(ask: Ask, *arguments: str) -> list[list[str]]:
    """Return the names of each stage of the only tier."""
    (tier,) = json.loads(ask("order", "--format", "json", *arguments).out)["tiers"]
    return [[driver["name"] if isinstance(driver, dict) else driver for driver in row] for row in tier["stages"]]


def test_check_counts_them(ask: Ask) -> None:
    assert ask("check").out == "3 drivers, 1 dependency, 1 tier: no problems found\n"


def test_order_follows_them(ask: Ask) -> None:
    assert stages(ask) == [["b", "c"], ["a"]]
    Path("tierdeps.toml").write_text("[[dependencies]]\ndriver = 'a'\nbefore = ['b', 'c']\n")
    assert stages(ask, "site.toml") == [["a"], ["b", "c"]]


def test_why_says_where_one_is_declared(ask: Ask) -> None:
    out = ask("why", "a", "b").out
    assert "because it reads b" in out
    assert "declared in tierdeps.toml:2, dependencies[0]\n" in out


def test_the_lock_notices_that_one_came_or_went(ask: Ask) -> None:
    assert ask("lock").code == 0
    assert ask("lock", "--check").code == 0
    assert ask("order", "--locked").code == 0
    Path("tierdeps.toml").write_text("graphs = ['site.toml']\n")
    assert ask("lock", "--check").code == 1
    refused = ask("order", "--locked")
    assert refused.code == 1
    assert "a no longer waits for b (requires)" in refused.err


def test_diff_shows_what_one_changes(ask: Ask) -> None:
    assert ask("lock").code == 0
    Path("tierdeps.toml").write_text(EDGE.replace("requires", "after"))
    out = ask("diff", "tierdeps.lock", "site.toml").out
    assert "a comes after b" in out
    assert "before: a requires b" in out


def test_graph_shows_them(ask: Ask) -> None:
    assert "requires b" in ask("graph", "--format", "text").out


def test_simulate_counts_what_starts_before_them(ask: Ask) -> None:
    """In the order of registration, ``a`` starts before ``b``."""
    out = ask("simulate", "--restarts", "3", "--schedule", "registration").out
    assert "a" in out
    assert "3 of 3" in out
    Path("tierdeps.toml").write_text("graphs = ['site.toml']\n")
    assert "3 of 3" not in ask("simulate", "--restarts", "3", "--schedule", "registration").out


def test_a_dry_run_waits_for_what_they_need(ask: Ask) -> None:
    lines = ask("start", "--dry-run").out.splitlines()
    assert lines.index("would start b:start") < lines.index("would start a:start")


def test_drivers_of_plugins_get_them_too(ask: Ask, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.install_driver("acme-one", "one")
    site.install_driver("acme-two", "two")
    monkeypatch.syspath_prepend(str(site.folder))
    Path("tierdeps.toml").write_text("only = ['one', 'two']\n[[dependencies]]\ndriver = 'one'\nrequires = 'two'\n")
    assert stages(ask) == [["two"], ["one"]]
    assert "declared in tierdeps.toml:2, dependencies[0]" in ask("why", "one", "two").out


def test_in_json_lines_too(ask: Ask) -> None:
    lines = "".join(json.dumps({"name": f"d{number:06}", "requires": []}) + "\n" for number in range(40_000))
    Path("many.jsonl").write_text(lines)
    Path("tierdeps.toml").write_text("[[dependencies]]\ndriver = 'd000001'\nwants = ['d039999', 'd04']\n")
    assert codes(ask, "many.jsonl") == ["TD206"]
    assert ask("check", "many.jsonl").out.endswith("40000 drivers, 2 dependencies, 1 tier: 0 errors, 1 warning\n")
    assert stages(ask, "many.jsonl")[1] == ["d000001"]


def test_a_driver_that_is_nowhere_is_a_warning_with_the_nearest_name(ask: Ask) -> None:
    Path("site.toml").write_text("[drivers.storage]\n[drivers.qemu]\n")
    Path("tierdeps.toml").write_text("[[dependencies]]\ndriver = 'storge'\nrequires = 'qemu'\n")
    answer = ask("check", "site.toml")
    assert answer.code == 0
    told = "warning[TD206] the settings add a dependency to the driver 'storge', but there is no such driver"
    assert f"{told}; did you mean 'storage'?" in answer.out
    assert "declared in tierdeps.toml:1, dependencies[0]\n" in answer.out
    assert ask("check", "site.toml", "--fail-on", "warning").code == 1
    for command in ("order", "lock", "start --dry-run"):
        assert told in ask(*command.split(), "site.toml").err


@pytest.mark.parametrize("verb", ["wants", "after", "before", "conflicts"])
def test_a_soft_target_that_is_nowhere_is_a_warning(ask: Ask, verb: str) -> None:
    Path("tierdeps.toml").write_text(f"[[dependencies]]\ndriver = 'a'\n{verb} = 'nowhere'\n")
    assert codes(ask, "site.toml") == ["TD206"]
    out = ask("check", "site.toml").out
    assert "optional = true, in dependencies[0] (tierdeps.toml:1)" in out
    Path("tierdeps.toml").write_text(f"[[dependencies]]\ndriver = 'a'\n{verb} = 'nowhere'\noptional = true\n")
    assert codes(ask, "site.toml") == []


def test_one_of_several_targets_is_made_optional_in_an_entry_of_its_own(ask: Ask) -> None:
    Path("tierdeps.toml").write_text("[[dependencies]]\ndriver = 'a'\nwants = ['b', 'nowhere']\n")
    told = "optional = true, as a separate entry, not in dependencies[0] (tierdeps.toml:3)"
    assert told in ask("check", "site.toml").out


def test_a_required_target_that_is_nowhere_is_an_error_to_be_fixed_in_the_settings(ask: Ask) -> None:
    Path("site.toml").write_text("[drivers.storage]\n[drivers.qemu]\n")
    Path("tierdeps.toml").write_text("[[dependencies]]\ndriver = 'qemu'\nrequires = 'storge'\n")
    assert codes(ask, "site.toml") == ["TD103"]
    out = ask("check", "site.toml").out
    assert "correct the name to 'storage', if that is meant, in dependencies[0] (tierdeps.toml:1)" in out
    assert "declare that: optional = true, in dependencies[0] (tierdeps.toml:1)" in out


def test_unknown_phases_are_errors_to_be_fixed_in_the_settings(ask: Ask) -> None:
    for more in ("requires = 'c:opn'", "requires = 'c'\nphase = 'strt'"):
        Path("tierdeps.toml").write_text(f"[[dependencies]]\ndriver = 'a'\n{more}\n")
        assert codes(ask, "site.toml") == ["TD107"]
        assert "in dependencies[0] (tierdeps.toml:1)" in ask("check", "site.toml").out


def test_a_cycle_through_the_settings_is_broken_there(ask: Ask) -> None:
    Path("site.toml").write_text("[drivers.a]\n[drivers.b]\nrequires = ['a']\n")
    out = ask("check").out
    assert "error[TD101]" in out
    assert "remove the dependency: a requires b (tierdeps.toml:2, dependencies[0])" in out


def test_a_fact_that_only_they_mention_is_known(ask: Ask) -> None:
    Path("tierdeps.toml").write_text(f"{EDGE}when = 'hot'\n[facts]\nhot = false\n")
    assert codes(ask, "site.toml") == []
    assert stages(ask, "site.toml") == [["a", "b", "c"]]
    assert stages(ask, "site.toml", "--assume", "hot=yes") == [["b", "c"], ["a"]]


def test_a_mistake_in_one_ends_every_command_with_a_sentence(ask: Ask) -> None:
    Path("tierdeps.toml").write_text("[[dependencies]]\ndriver = 'a'\nrequire = 'b'\n")
    for command in ("check", "order", "lock", "start", "plugins"):
        answer = ask(command)
        assert answer.code == 2
        assert answer.err == (
            "error: tierdeps.toml: line 3, dependencies[0].require: unknown key 'require'; did you mean 'requires'?\n"
        )


def test_reload_reads_them_again(host: Host) -> None:
    (host.folder / "tierdeps.toml").unlink(missing_ok=True)
    host.graph({"a": (), "b": (), "c": ()})
    assert host.ask("start", "graph.toml", "--detach").code == 0
    before = host.running()
    (host.folder / "tierdeps.toml").write_text(EDGE)
    answer = host.ask("reload")
    assert answer.code == 0
    assert answer.out.splitlines()[0] == "will stop a"
    assert {name: pids for name, pids in host.running().items() if name != "a"} == {
        name: pids for name, pids in before.items() if name != "a"
    }
    assert host.running()["a"] != before["a"]


def test_one_from_the_other_side_is_the_other_driver_s_and_declared_in_the_settings(ask: Ask) -> None:
    Path("tierdeps.toml").write_text(
        "graphs = ['site.toml']\n[[dependencies]]\ndriver = 'b'\nrequired_by = ['a', 'c']\n"
    )
    assert stages(ask) == [["b"], ["a", "c"]]
    out = ask("why", "a", "b").out
    assert "a requires b\n" in out
    assert "declared in tierdeps.toml:4, dependencies[0].required_by[0]\n" in out
    Path("tierdeps.toml").write_text("graphs = ['site.toml']\n[[dependencies]]\ndriver = 'b'\nrequired_by = 'cc'\n")
    assert codes(ask) == ["TD206"]


def test_one_can_bring_another_plugin_s_driver_into_the_plan(ask: Ask) -> None:
    Path("tierdeps.toml").write_text("graphs = ['site.toml']\n[[dependencies]]\ndriver = 'a'\npulls = 'b'\n")
    assert stages(ask, "--target", "a") == [["a", "b"]]
