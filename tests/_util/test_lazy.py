"""Names that a package imports on first use are where its table says they are."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

PACKAGES = ("tierdeps", "tierdeps.compact", "tierdeps.graph", "tierdeps.journal", "tierdeps.model")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_can_be_imported(package: str) -> None:
    module = import_module(package)
    assert [name for name in module.__all__ if getattr(module, name, None) is None] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_lazy_name_is_listed_by_dir(package: str) -> None:
    module = import_module(package)
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("package", PACKAGES)
def test_an_unknown_name_is_an_attribute_error(package: str) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        _ = import_module(package).no_such_name


def names_for_type_checkers(package: str) -> set[tuple[str, str]]:
    """Return the module and name of each import that exports a name of the package's own modules."""
    tree = ast.parse(Path(import_module(package).__file__ or "").read_text())
    return {
        (node.module or "", alias.name)
        for block in tree.body
        if isinstance(block, ast.If)
        for node in ast.walk(block)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }


@pytest.mark.parametrize("package", ["tierdeps", "tierdeps.graph", "tierdeps.journal", "tierdeps.model"])
def test_type_checkers_see_the_same_names(package: str) -> None:
    for_type_checkers = names_for_type_checkers(package)
    assert sorted(name for _, name in for_type_checkers) == import_module(package).__all__
    for module, name in for_type_checkers:
        assert getattr(import_module(package), name) is getattr(import_module(module), name)


def test_a_star_import_gives_all_of_them() -> None:
    names: dict[str, object] = {}
    exec("from tierdeps import *", names)  # noqa: S102  a function cannot have one
    assert set(import_module("tierdeps").__all__) <= set(names)
