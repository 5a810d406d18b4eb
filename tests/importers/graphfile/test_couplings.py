"""The keys of a dependency that say what its target's fate does to the driver, in every kind of graph file."""

from __future__ import annotations

import pytest

from tests.importers.graphfile.read import KINDS, read, read_drivers
from tierdeps import Coupling, InputError, OnFailed, OnLoss, OnRestart


@pytest.mark.parametrize("kind", KINDS)
def test_requires_and_wants_have_couplings(kind: str) -> None:
    entries: list[object] = ["b", {"on": "c", "failed": "pass", "on_restart": "restart", "on_loss": "keep"}]
    table = {"requires": entries, "wants": [{"on": "d", "on_loss": "stop"}]}
    (driver,) = read_drivers({"a": table}, kind).drivers
    assert [item.coupling for item in driver.dependencies] == [
        Coupling(),
        Coupling(OnRestart.RESTART, OnLoss.KEEP, OnFailed.PASS),
        Coupling(on_loss=OnLoss.STOP),
    ]


@pytest.mark.parametrize("verb", ["after", "before", "conflicts"])
@pytest.mark.parametrize(("key", "value"), [("on_restart", "keep"), ("on_loss", "stop")])
def test_other_verbs_have_none(verb: str, key: str, value: str) -> None:
    with pytest.raises(InputError) as refused:
        read(f"[drivers.a]\n{verb} = ['b', {{ on = 'c', {key} = '{value}' }}]")
    assert str(refused.value) == (
        f"site.toml: line 2, drivers.a.{verb}[1].{key}: expected nothing: only requires and wants have it, got the"
        f" string '{value}'"
    )


@pytest.mark.parametrize("verb", ["wants", "after", "before", "conflicts"])
@pytest.mark.parametrize("value", ["pass", "block"])
def test_only_a_requirement_can_pass_a_failure(verb: str, value: str) -> None:
    with pytest.raises(InputError) as refused:
        read(f"[drivers.a]\n{verb} = [{{ on = 'c', failed = '{value}' }}]")
    assert str(refused.value) == (
        f"site.toml: line 2, drivers.a.{verb}[0].failed: expected this key in requires alone, got the string '{value}'"
    )


@pytest.mark.parametrize(
    ("key", "words"), [("failed", "block or pass"), ("on_restart", "restart or keep"), ("on_loss", "stop or keep")]
)
def test_each_is_one_of_two_words(key: str, words: str) -> None:
    expected = " or ".join(f'"{word}"' for word in words.split(" or "))
    with pytest.raises(InputError) as refused:
        read(f"[drivers.a]\nrequires = [{{ on = 'c', {key} = 'never' }}]")
    assert str(refused.value) == (
        f"site.toml: line 2, drivers.a.requires[0].{key}: expected {expected}, got the string 'never'"
    )
