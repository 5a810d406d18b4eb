"""Lifecycles that do not fit: what ``check``, ``order`` and ``start`` say, and how they end."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Ask
    from tests.manager.conftest import Site

MODULE = """
from tierdeps import Lifecycle

class Modem(Lifecycle):
    async def initialise(self, context): ...

class Phone(Lifecycle):
    async def start(self, context): ...

class Vague(Lifecycle):
    async def start(self, context):
        return False
"""
GRAPH = """
[drivers.modem]
phases = ["initialize"]
lifecycle = "{lifecycle}"
"""
FITS = "1 driver, 0 dependencies, 1 tier: no problems found\n"


@pytest.fixture
def fleet(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Provide a module with lifecycles in the folder of the commands."""
    Path("fleet_for_check.py").write_text(MODULE)
    monkeypatch.syspath_prepend(Path.cwd())
    yield
    sys.modules.pop("fleet_for_check", None)


def graph(lifecycle: str, phase: str = "initialize") -> None:
    Path("site.toml").write_text(GRAPH.format(lifecycle=lifecycle).replace("initialize", phase))


@pytest.mark.usefixtures("fleet")
def test_a_lifecycle_that_is_named_is_imported_on_request_alone(ask: Ask) -> None:
    graph("fleet_for_check:Modem")
    assert (ask("check", "site.toml").code, "fleet_for_check" in sys.modules) == (0, False)
    answer = ask("check", "--lifecycles", "site.toml")
    assert answer.code == 1
    assert "error[TD304]" in answer.out
    assert "Modem.initialise is never called" in answer.out
    assert "declared in site.toml:2, drivers.modem" in answer.out
    assert "rename initialise to initialize" in answer.out


@pytest.mark.usefixtures("fleet")
def test_a_lifecycle_that_fits_is_in_order(ask: Ask) -> None:
    graph("fleet_for_check:Phone", "start")
    answer = ask("check", "--lifecycles", "site.toml")
    assert (answer.code, answer.out) == (0, FITS)


@pytest.mark.parametrize(
    ("lifecycle", "sentence"),
    [
        ("nowhere_at_all:Modem", "there is no module 'nowhere_at_all'"),
        ("fleet_for_check:Mode", "fleet_for_check has no Mode; did you mean 'Modem'?"),
        ("json:JSONDecoder", "is not a subclass of tierdeps.Lifecycle"),
        ("json:loads", "is not a class but a function"),
    ],
)
@pytest.mark.usefixtures("fleet")
def test_a_name_that_leads_nowhere_is_reported_with_its_driver(ask: Ask, lifecycle: str, sentence: str) -> None:
    graph(lifecycle)
    assert ask("check", "site.toml").code == 0
    answer = ask("check", "--lifecycles", "--format", "json", "site.toml")
    assert answer.code == 1
    (finding,) = json.loads(answer.out)["findings"]
    assert (finding["code"], finding["drivers"]) == ("TD304", ["modem"])
    assert sentence in finding["message"]


def test_a_missing_colon_is_found_without_an_import(site: Site, ask: Ask) -> None:
    code = """
    @hookimpl
    def tierdeps_drivers():
        return [Driver("modem", lifecycle="fleet.life.Modem")]
    """
    site.install("acme-modem", code)
    for command in (("check",), ("order",), ("start", "--once"), ("lock",)):
        answer = ask(*command, "--only", "acme-modem")
        assert answer.code == 1
        assert "did you mean 'fleet.life:Modem'?" in answer.out + answer.err


def test_nothing_is_started_where_a_class_does_not_fit(site: Site, ask: Ask) -> None:
    code = """
    from tierdeps import Lifecycle

    class Fine(Lifecycle):
        def start(self, context):
            open("started", "w").close()

    class Modem(Lifecycle):
        def strat(self, context): ...

    @hookimpl
    def tierdeps_drivers():
        return [Driver("fine", lifecycle=Fine), Driver("modem", lifecycle=Modem)]
    """
    site.install("acme-modem", code)
    answer = ask("start", "--once", "--only", "acme-modem")
    assert answer.code == 1
    assert "Modem.strat is never called" in answer.err
    assert not Path("started").exists()
    assert ask("check", "--only", "acme-modem").code == 1
    assert ask("check", "--only", "acme-modem", "--ignore", "TD304").code == 0
    for lowered in ('ignore = ["TD304"]', 'severity = { TD304 = "warning" }', 'severity = { TD304 = "off" }'):
        Path("tierdeps.toml").write_text(lowered)
        assert ask("start", "--once", "--only", "acme-modem").code == 0
        assert Path("started").exists()


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("lifecycle", "phase", "reason"),
    [
        ("fleet_for_check:Modem", "initialize", "Modem.initialise is never called"),
        ("fleet_for_check:Vague", "start", "start returned False"),
    ],
)
def test_one_that_is_named_fails_its_driver_when_it_starts(ask: Ask, lifecycle: str, phase: str, reason: str) -> None:
    graph(lifecycle, phase)
    answer = ask("start", "--once", "site.toml")
    assert answer.code == 4
    assert reason in answer.out + answer.err
    assert "Traceback" not in answer.err


def test_an_instance_in_place_of_a_class_is_reported_without_an_address(site: Site, ask: Ask) -> None:
    code = """
    from tierdeps import Lifecycle

    class Modem(Lifecycle):
        pass

    @hookimpl
    def tierdeps_drivers():
        return [Driver("modem", lifecycle=Modem())]
    """
    site.install("acme-modem", code)
    answer = ask("plugins", "--only", "acme-modem")
    assert 'expected a class or "package.module:Class", got <acme_modem.Modem object>' in answer.out


def test_it_can_be_explained(ask: Ask) -> None:
    answer = ask("explain", "TD304")
    assert answer.code == 0
    assert answer.out.startswith("TD304 unfit-lifecycle (error)\n")
    assert "check --lifecycles" in answer.out
