"""The contracts of import-linter omit no package and no import."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: The contracts that name the plugins' packages, and where.
NAMED = [
    ("importlinter", "root_packages"),
    ("importlinter:contract:circles", "ancestors"),
    ("importlinter:contract:plugins", "source_modules"),
    ("importlinter:contract:no-plugin", "forbidden_modules"),
]


def contracts() -> ConfigParser:
    parser = ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def packages_of_plugins() -> set[str]:
    return {file.parent.name for file in ROOT.glob("plugins/*/*/__init__.py") if file.parent.name != "tests"}


def test_there_are_plugins_in_the_repository() -> None:
    assert "tierdeps_libvirt" in packages_of_plugins()


@pytest.mark.parametrize(("section", "option"), NAMED)
def test_every_plugin_s_package_is_named_in_each_contract(section: str, option: str) -> None:
    assert packages_of_plugins() <= set(contracts()[section][option].split())


def test_imports_for_type_checkers_count() -> None:
    assert "exclude_type_checking_imports" not in contracts()["importlinter"]


def test_no_import_is_excused() -> None:
    parser = contracts()
    assert [name for name in parser.sections() if "ignore_imports" in parser[name]] == []
