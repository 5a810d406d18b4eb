"""``start --engine NAME``, and the setting ``engine``: what makes the calls of drivers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask
    from tests.manager.conftest import Site

GRAPH = '[drivers.a]\n[drivers.b]\nrequires = ["a"]\n'


@pytest.fixture(autouse=True)
def _graph(ask: Ask) -> None:
    Path("g.toml").write_text(GRAPH, encoding="utf-8")


def settings(text: str) -> None:
    Path("tierdeps.toml").write_text(text, encoding="utf-8")


def test_dry_run_is_the_short_form_of_its_engine(ask: Ask) -> None:
    short = ask("start", "g.toml", "--dry-run")
    assert short.out.splitlines()[-1] == "2 steps of 2 drivers; nothing was done"
    assert ask("start", "g.toml", "--engine", "dry-run") == short
    assert ask("start", "g.toml", "--engine", "dry-run", "--dry-run") == short
    assert ask("start", "g.toml", "--engine=dry-run", "--detach") == short
    settings('engine = "dry-run"')
    assert ask("start", "g.toml") == short


def test_dry_run_contradicts_another_engine(ask: Ask) -> None:
    answer = ask("start", "g.toml", "--dry-run", "--engine", "local")
    assert (answer.code, answer.out) == (2, "")
    assert "--dry-run and --engine local cannot be combined; choose one of them" in answer.err


def test_dry_run_overrides_the_engine_of_the_settings(ask: Ask) -> None:
    settings('engine = "local"')
    assert ask("start", "g.toml", "--dry-run").out.endswith("nothing was done\n")


@pytest.mark.parametrize("options", [("--engine", "rocket"), ("--engine", "rocket", "--once", "--format", "json")])
def test_an_unknown_engine_is_refused_with_the_list(ask: Ask, options: tuple[str, ...]) -> None:
    answer = ask("start", "g.toml", *options)
    assert (answer.code, answer.out, answer.err) == (
        2,
        "",
        "error: no engine is named 'rocket'; available: dask, dry-run, local\n",
    )


def test_a_misspelt_engine_is_refused_with_the_nearest_name(ask: Ask) -> None:
    answer = ask("start", "g.toml", "--engine", "lokal")
    assert (answer.code, answer.err) == (2, "error: no engine is named 'lokal'; did you mean 'local'?\n")


def test_an_unknown_engine_in_the_settings_is_refused(ask: Ask) -> None:
    settings('engine = "rocket"')
    assert ask("start", "g.toml").err == "error: no engine is named 'rocket'; available: dask, dry-run, local\n"
    assert ask("order", "g.toml").code == 0  # only start needs it


def test_the_command_line_overrides_the_engine_of_the_settings(ask: Ask) -> None:
    settings('engine = "rocket"')
    answer = ask("start", "g.toml", "--engine", "local", "--once", "--format", "json")
    assert answer.code == 0
    assert json.loads(answer.out.splitlines()[-1])["engine"] == "local"


@pytest.mark.parametrize("value", ['""', "3", '["local"]', "true"])
def test_an_engine_in_the_settings_is_a_name(ask: Ask, value: str) -> None:
    settings(f"engine = {value}")
    answer = ask("start", "g.toml")
    assert answer.code == 2
    assert answer.err.startswith("error: tierdeps.toml:")
    assert "expected a name" in answer.err


PLUGIN = """
from tierdeps.engines import Engine, EngineOptions
from tierdeps.engines.dry_run import ENGINE

seen = []

def configure(options):
    print("configured for", bool(options.instance), options.keep, options.replace)
    return Engine("acme", "counts", ENGINE.open)

@hookimpl
def tierdeps_engines():
    return [Engine("acme", "counts", ENGINE.open, configure=configure), Engine("acme-dry", "", ENGINE.open, dry=True)]
"""


def test_an_engine_of_a_plugin_runs_with_the_options_of_the_run(ask: Ask, site: Site) -> None:
    site.install("acme-engine", PLUGIN)
    answer = ask("start", "g.toml", "--engine", "acme", "--once", "--format", "json")
    assert answer.code == 0, answer.err
    assert json.loads(answer.out.splitlines()[-1])["engine"] == "acme"
    assert "configured for True False False" in answer.err


@pytest.mark.parametrize(("options", "text"), [(("--engine", "acme"), ""), ((), 'engine = "acme"')])
def test_status_names_the_engine_of_the_run(ask: Ask, site: Site, options: tuple[str, ...], text: str) -> None:
    site.install("acme-engine", PLUGIN)
    settings(text)
    assert ask("start", "g.toml", *options, "--once").code == 0
    assert json.loads(ask("status", "g.toml", "--format", "json").out)["engine"] == "acme"


def test_a_dry_engine_of_a_plugin_records_no_run(ask: Ask, site: Site) -> None:
    site.install("acme-engine", PLUGIN)
    assert ask("start", "g.toml", "--engine", "acme-dry").out.endswith("nothing was done\n")
    assert ask("status", "g.toml").code == 2


def test_a_plugin_that_brings_an_engine_of_ours_is_broken(ask: Ask, site: Site) -> None:
    site.install("acme-engine", PLUGIN.replace('"acme-dry"', '"local"'))
    answer = ask("start", "g.toml", "--engine", "acme")
    assert answer.code == 2
    assert "available: dask, dry-run, local" in answer.err
    assert "adds the engine 'local' in tierdeps_engines, but that name is already taken" in answer.err


def test_shake_delays_drivers_with_the_local_engine_only(ask: Ask, site: Site) -> None:
    site.install("acme-engine", PLUGIN)
    settings('engine = "acme"')
    Path("g.toml").write_text('[drivers.a]\ncommand = ["touch", "started"]\n', encoding="utf-8")
    answer = ask("shake", "--slow", "g.toml")
    assert answer.code == 4
    assert "--slow needs the engine local; the settings name acme" in answer.err
    assert not Path("started").exists()
