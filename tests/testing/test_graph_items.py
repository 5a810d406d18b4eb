"""With --tierdeps-check the graph of the installed drivers is tested, rule by rule."""

from __future__ import annotations

import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.pytester import Pytester, RunResult

pytest_plugins = ["pytester"]

CLOCK = """
    from tierdeps import Driver, Tier, hookimpl, requires, wants

    @hookimpl
    def tierdeps_drivers():
        return [
            Driver("clock", dependencies=(requires("alarm", reason="it rings"),)),
            Driver("alarm", dependencies=({verb}("clock"),)),
        ]
"""


def install(site: Path, code: str) -> None:
    """Install a distribution of one plugin."""
    (site / "acme.py").write_text(dedent(code))
    info = site / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tierdeps]\nacme = acme\n")


def run(pytester: Pytester, monkeypatch: pytest.MonkeyPatch, *arguments: str, only: str = "acme") -> RunResult:
    """Run pytest in its folder, where the distributions are installed."""
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    monkeypatch.setenv("TIERDEPS_ONLY", only)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return pytester.runpytest_subprocess("-p", "tierdeps.testing", *arguments)


@pytest.fixture(name="healthy")
def _healthy(pytester: Pytester) -> Pytester:
    install(
        pytester.path,
        CLOCK.format(verb="conflicts").replace("wants", "conflicts").replace('("clock"),)', '("sundial"),)'),
    )
    return pytester


@pytest.fixture(name="cyclic")
def _cyclic(pytester: Pytester) -> Pytester:
    install(pytester.path, CLOCK.format(verb="wants"))
    return pytester


def test_nothing_is_added_unless_asked_for(healthy: Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(healthy, monkeypatch).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_each_rule_is_a_test(healthy: Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    healthy.makepyfile(test_of_theirs="def test_theirs(): pass")
    result = run(healthy, monkeypatch, "--tierdeps-check", "-v")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*test_theirs PASSED*", "*TD101*cycle* PASSED*", "*TD103*missing* PASSED*"])


def test_a_cycle_fails_its_test_and_no_other(cyclic: Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(cyclic, monkeypatch, "--tierdeps-check")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(
        ["*2 drivers need each other in a cycle: alarm -> clock -> alarm*", "*because it rings*", "*acme.py:*"]
    )
    assert "_items.py" not in result.stdout.str()


def test_settings_apply(cyclic: Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    (cyclic.path / "tierdeps.toml").write_text('[severity]\nTD101 = "warning"\n')
    assert run(cyclic, monkeypatch, "--tierdeps-check").ret == pytest.ExitCode.OK


def test_the_baseline_excuses(cyclic: Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(cyclic.path))
    monkeypatch.setenv("TIERDEPS_ONLY", "acme")
    cyclic.run(sys.executable, "-m", "tierdeps", "check", "--update-baseline", "--reason", "it will be fixed")
    assert run(cyclic, monkeypatch, "--tierdeps-check").ret == pytest.ExitCode.OK


def test_a_graph_without_drivers_has_not_passed(pytester: Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    install(pytester.path, "")
    result = run(pytester, monkeypatch, "--tierdeps-check")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["no installed plugin declares a driver*"])


def test_a_wrong_setting_fails_one_test_with_one_sentence(healthy: Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    (healthy.path / "tierdeps.toml").write_text("disble = []\n")
    result = run(healthy, monkeypatch, "--tierdeps-check")
    assert result.parseoutcomes() == {"failed": 1}
    result.stdout.fnmatch_lines(["*unknown setting; did you mean 'disable'*"])
