"""Code hosts are pointed to files as the repository has them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integrations.conftest import Workshop

CODE = """\
from tierdeps import Driver, hookimpl, requires

@hookimpl
def tierdeps_drivers(settings):
    return [Driver("mine", dependencies=(requires("nobody"),))]
"""


def check(workshop: Workshop, site: Path) -> str:
    site.mkdir(parents=True)
    shop = replace(workshop, site=site)
    shop.plugin("mine", CODE)
    return shop.run("tierdeps", "check", "--format", "github", "--only", "mine").stdout


def test_a_plugin_in_the_repository_is_annotated_where_it_lies(workshop: Workshop) -> None:
    assert check(workshop, workshop.folder / "plugins" / "src").startswith("::error file=plugins/src/mine.py,line=5,")


def test_a_plugin_elsewhere_is_told_by_its_module(workshop: Workshop, tmp_path: Path) -> None:
    assert check(workshop, tmp_path / "elsewhere").startswith("::error file=mine.py,line=5,")


def test_what_is_installed_below_the_repository_is_no_part_of_it(workshop: Workshop) -> None:
    site = workshop.folder / ".venv" / "lib" / "site-packages"
    assert check(workshop, site).startswith("::error file=mine.py,line=5,")
