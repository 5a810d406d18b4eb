"""Methods whose names are similar to that of a phase or verb without a method."""

from __future__ import annotations

import pytest

from tests.conformance.misfit_helpers import method, problems
from tierdeps import Context, Lifecycle


@pytest.mark.parametrize(
    ("wrong", "phase"),
    [
        ("initialise", "initialize"),
        ("intialize", "initialize"),
        ("Initialize", "initialize"),
        ("on_initialize", "initialize"),
        ("auto_start", "autostart"),
        ("autostart", "auto-start"),
        ("autoStart", "auto-start"),
        ("strat", "start"),
        ("stat", "start"),
        ("starts", "start"),
        ("startup", "start"),
        ("on_start", "start"),
        ("run_up", "run-up-"),
    ],
)
def test_a_misspelt_phase(wrong: str, phase: str) -> None:
    kind = type("Misspelt", (Lifecycle,), {wrong: method(), "stop": method(), "prepare": method()})
    (problem,) = problems(kind, "prepare", phase)
    meant = phase.replace("-", "_")
    assert problem == f"Misspelt.{wrong} is never called, and the phase {phase} has no method; did you mean {meant}?"


@pytest.mark.parametrize(
    ("wrong", "verb"),
    [
        ("clean_up", "cleanup"),
        ("cleanUp", "cleanup"),
        ("on_stop", "stop"),
        ("stopp", "stop"),
        ("relaod", "reload"),
        ("re_load", "reload"),
        ("on_reload", "reload"),
    ],
)
def test_a_misspelt_verb(wrong: str, verb: str) -> None:
    kind = type("Misspelt", (Lifecycle,), {wrong: method(), "start": method()})
    (problem,) = problems(kind)
    assert problem == f"Misspelt.{wrong} is never called, and it has no such method; did you mean {verb}?"


def test_a_misspelt_probe_returns_what_a_probe_returns() -> None:
    class Curious(Lifecycle):
        def start(self, context: Context) -> None: ...
        def prob(self, context: Context) -> str | None:
            return "no"

        def adpot(self, context: Context) -> bool:
            return True

    assert [text.rpartition("did you mean ")[2] for text in problems(Curious)] == ["probe?", "adopt?"]


def test_a_name_is_near_nothing_that_has_a_method() -> None:
    class Stepwise(Lifecycle):
        def start(self, context: Context) -> None:
            self.stat(context)

        def stop(self, context: Context) -> None: ...
        def stat(self, context: Context) -> None: ...

    assert problems(Stepwise) == []


def test_what_others_look_up_is_near_by_chance() -> None:
    class Chance(Lifecycle):
        def prepare(self, context: Context) -> None: ...
        def stat(self, path: str) -> None: ...
        def stats(self) -> int:
            return 1

        def adapt(self, context: Context) -> dict[str, str]:
            return {}

        def step(self, context: Context) -> int:
            return 1

        def restart(self, context: Context) -> bool:
            return True

    assert problems(Chance, "prepare", "start") == []


def test_another_spelling_of_a_phase_is_one_whatever_it_takes() -> None:
    class Bare(Lifecycle):
        def prepare(self, context: Context) -> None: ...
        def autostart(self) -> None: ...

    assert len(problems(Bare, "prepare", "auto-start")) == 1


def test_a_misspelt_phase_in_a_base_is_found_in_what_derives_from_it() -> None:
    class Base(Lifecycle):
        def initialise(self, context: Context) -> None: ...

    class Derived(Base):
        def stop(self, context: Context) -> None: ...

    assert len(problems(Derived, "initialize")) == 1


class ShortNames(Lifecycle):
    """Slips whose parameter is not called as usual, and a helper whose parameter is."""

    def initialize(self, _: Context) -> None: ...
    def autostrt(self, c) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001  named, and not annotated
    def annonce(self, _) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001  named, and not annotated
    def reset(self, c) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001  named, and not annotated


def test_a_slip_is_found_whatever_its_context_is_called() -> None:
    assert problems(ShortNames, "initialize", "autostart", "announce") == [
        "ShortNames.autostrt is never called, and the phase autostart has no method; did you mean autostart?",
        "ShortNames.annonce is never called, and the phase announce has no method; did you mean announce?",
    ]
