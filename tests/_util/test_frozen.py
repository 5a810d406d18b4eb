"""Frozen values."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from typing import Any

import pytest

import tierdeps
from tierdeps import Driver, requires
from tierdeps._util.frozen import Value, field, replace
from tierdeps.model import Origin


class Pair(Value):
    """Two things."""

    one: Missing  # type: ignore[name-defined]  # noqa: F821  as what is only imported for type checkers
    other: list[int] = field(default_factory=list)


def kinds(base: type[Any] = Value) -> set[type[Any]]:
    return {base}.union(*map(kinds, base.__subclasses__()))


def test_a_value_is_never_changed_but_replaced_by_another_one() -> None:
    pair = Pair(1)
    with pytest.raises(AttributeError):
        pair.other = [2]  # type: ignore[misc]
    assert (replace(pair, other=[2]), pair) == (Pair(1, [2]), Pair(1, []))


def test_has_a_signature_although_its_annotations_are_not_imported() -> None:
    assert str(inspect.signature(Pair)) == "(one: 'Missing', other: 'list[int]' = <factory>)"


def test_every_value_of_the_package_has_a_signature() -> None:
    for module in pkgutil.walk_packages(tierdeps.__path__, "tierdeps."):
        if "template" not in module.name and not module.name.endswith("__main__"):
            import_module(module.name)
    found = {kind for kind in kinds() if kind.__module__.startswith("tierdeps")}
    assert len(found) > 90
    for kind in found:
        assert tuple(inspect.signature(kind).parameters) == kind.__struct_fields__


def test_who_declares_something_makes_no_difference_to_what_it_says() -> None:
    one, other = (requires("secret").__class__("requires", "secret", origin=Origin(name)) for name in ("a.py", "b.py"))  # type: ignore[arg-type]
    assert one == other
    assert hash(one) == hash(other)
    assert Driver("storage", dependencies=(one,)) == Driver("storage", dependencies=(other,), origin=Origin("c.py"))
    assert one != Driver("storage")
    assert one != requires("qemu")
