"""How a dependent is coupled to its target: what may be declared, and what it makes of a dependency and a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tierdeps import Coupling, Dependency, DependencyGraph, Driver, Kind, OnFailed, OnLoss, OnRestart, requires, wants
from tierdeps.errors import DeclarationError
from tierdeps.model.coupling import UNCOUPLED

if TYPE_CHECKING:
    from collections.abc import Callable

#: The digest of a -> b as it has been since before couplings.
DIGEST = "sha256:52134c05b768c0a7bdc9ee7d84b405411e8e437d82f2171e6db8bab425871889"


def declare(verb: Callable[..., Dependency], **terms: str) -> Dependency:
    """Declare a dependency with whatever terms."""
    return verb("b", **terms)


def plan_digest(dependency: Dependency) -> str:
    return DependencyGraph([Driver("a", dependencies=(dependency,)), Driver("b")]).collapse().digest


def test_without_terms_a_dependency_is_uncoupled() -> None:
    assert requires("b").coupling is UNCOUPLED
    assert wants("b").coupling is UNCOUPLED
    assert UNCOUPLED.terms == {}


def test_the_terms_of_a_coupling_are_those_that_are_stated() -> None:
    item = requires("b", failed="pass", on_restart="restart", on_loss="keep")
    assert item.coupling == Coupling(OnRestart.RESTART, OnLoss.KEEP, OnFailed.PASS)
    assert item.coupling.terms == {"failed": "pass", "on_restart": "restart", "on_loss": "keep"}
    assert wants("b", on_loss="stop").coupling.terms == {"on_loss": "stop"}


def test_to_state_the_default_is_to_state_nothing() -> None:
    assert requires("b", failed="block") == requires("b")
    assert requires("b", failed="block").coupling is UNCOUPLED


@pytest.mark.parametrize("terms", [{"failed": "pass"}, {"on_restart": "keep"}, {"on_loss": "keep"}])
def test_dependencies_that_differ_in_a_coupling_are_not_equal(terms: dict[str, Any]) -> None:
    assert requires("b", **terms) != requires("b")
    assert requires("b", **terms) == requires("b", **terms)
    assert requires("b", **terms).sort_key != requires("b").sort_key


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: declare(requires, failed="maybe"),
            "failed of requires('b'): expected \"block\" or \"pass\", got 'maybe'",
        ),
        (lambda: declare(wants, on_loss="kill"), "on_loss of wants('b'): expected \"stop\" or \"keep\", got 'kill'"),
        (lambda: declare(wants, on_restart=""), "on_restart of wants('b'): expected \"restart\" or \"keep\", got ''"),
        (
            lambda: Dependency(Kind.AFTER, "b", coupling=Coupling(on_loss=OnLoss.STOP)),
            "on_loss of after('b'): expected nothing: only requires and wants have it, got 'stop'",
        ),
        (
            lambda: Dependency(Kind.WANTS, "b", coupling=Coupling(failed=OnFailed.PASS)),
            "failed of wants('b'): expected nothing: only requires has it, got 'pass'",
        ),
    ],
)
def test_what_cannot_be_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        make()
    assert str(caught.value) == message


def test_a_coupling_that_states_nothing_is_none_whichever_object_it_is() -> None:
    plain = Dependency(Kind.AFTER, "b", coupling=Coupling())
    assert plain == Dependency(Kind.AFTER, "b")
    assert plan_digest(Dependency(Kind.REQUIRES, "b", coupling=Coupling())) == plan_digest(requires("b"))


@pytest.mark.parametrize("terms", [{"failed": "pass"}, {"on_restart": "keep"}, {"on_loss": "keep"}])
def test_a_coupling_is_in_the_plan_and_its_digest(terms: dict[str, Any]) -> None:
    coupled = requires("b", **terms)
    plan = DependencyGraph([Driver("a", dependencies=(coupled,)), Driver("b")]).collapse()
    (wait,) = plan.drivers["a"].waits[0]
    assert wait.coupling == coupled.coupling
    assert wait.needs_success is ("failed" not in terms)
    assert plan.digest != plan_digest(requires("b"))


def test_without_couplings_the_digest_is_what_it_was() -> None:
    assert plan_digest(requires("b")) == DIGEST
