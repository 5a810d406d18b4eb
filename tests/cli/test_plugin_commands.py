"""Commands that other distributions bring."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tierdeps.cli._plugin_commands import command_entry_points, load_command
from tierdeps.errors import PluginError, UnknownNameError

if TYPE_CHECKING:
    from tests.manager.conftest import Site

COMMAND = """
import click

@click.command()
def wave():
    "Wave."
"""


def install(site: Site, distribution: str, code: str = COMMAND, reference: str = "") -> None:
    module = distribution.replace("-", "_")
    site.install(distribution, code, reference=reference or f"{module}:wave", group="tierdeps.commands")


def test_names_commands_without_importing_them(site: Site) -> None:
    install(site, "acme-wave")
    assert command_entry_points(site.path) == {"wave": "acme-wave"}
    assert "acme_wave" not in sys.modules


def test_imports_a_command_when_it_is_wanted(site: Site) -> None:
    install(site, "acme-wave")
    assert load_command("wave", site.path).help == "Wave."


def test_names_all_who_bring_one_command_and_picks_none(site: Site) -> None:
    install(site, "acme-wave")
    install(site, "other-wave")
    assert command_entry_points(site.path) == {"wave": "acme-wave and other-wave"}
    with pytest.raises(
        PluginError, match=r"'wave' is provided by acme-wave 1\.0 and other-wave 1\.0; uninstall"
    ) as caught:
        load_command("wave", site.path)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("import nonesuch", "of acme-wave 1.0 cannot be imported: ModuleNotFoundError: No module named 'nonesuch'"),
        ("raise SystemExit(0)", "of acme-wave 1.0 cannot be imported: SystemExit: 0"),
        ("wave = 1", "of acme-wave 1.0 is acme_wave:wave, which is not a click command"),
    ],
)
def test_says_why_a_command_cannot_be_had(site: Site, code: str, problem: str) -> None:
    install(site, "acme-wave", code)
    with pytest.raises(PluginError) as caught:
        load_command("wave", site.path)
    assert str(caught.value) == f"the command 'wave' {problem}"


def test_says_which_commands_there_are(site: Site) -> None:
    install(site, "acme-wave")
    with pytest.raises(UnknownNameError, match="no command is named 'wafe'; did you mean 'wave'"):
        load_command("wafe", site.path)
