"""Names that a package imports on first use are where its table says they are."""

from __future__ import annotations

from importlib import import_module

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
