"""TD304: a lifecycle that does not fit its driver's phases."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.rules.looking import RULES, by, found
from tierdeps import Context, DependencyGraph, Driver, Lifecycle, after, requires, wants
from tierdeps.rules import RuleContext

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps.model import Finding


class Modem(Lifecycle):
    """Its phase is misspelt."""

    async def initialise(self, context: Context) -> None: ...


class Placid(Lifecycle):
    """It has nothing but what others look up."""

    number = 1


class Phone(Lifecycle):
    """Its drivers have different phases."""

    async def initialize(self, context: Context) -> None: ...
    async def answer_calls(self, context: Context) -> None: ...


class CordlessPhone(Phone):
    """It inherits its phases."""


class NeedsHost(Lifecycle):
    """It cannot be made."""

    def __init__(self, host: str) -> None: ...
    async def start(self, context: Context) -> None: ...


def driver(name: str, lifecycle: Any, *dependencies: Any, phases: tuple[str, ...] = ("start",)) -> Driver:
    return Driver(name, None, phases, dependencies, lifecycle=lifecycle, origin=by(name))


def imported(*drivers: Driver) -> list[Finding]:
    return list(RULES["TD304"].check(RuleContext(DependencyGraph(drivers), import_lifecycles=True)))


def test_the_finding_names_the_driver_its_phases_and_the_method() -> None:
    (finding,) = found("TD304", driver("modem", Modem, phases=("initialize",)))
    assert finding.message == (
        "the lifecycle of modem does not fit: Modem.initialise is never called, and the phase initialize has no"
        " method; did you mean initialize?"
    )
    assert finding.drivers == ("modem",)
    assert finding.subject == ("tests.rules.test_unfit_lifecycle:Modem", "initialise")
    declared, defined = finding.evidence
    assert (declared.text, declared.origin) == ("modem has the phase initialize", by("modem"))
    line = Modem.initialise.__code__.co_firstlineno
    assert (defined.text, str(defined.origin)) == (
        "initialise is defined",
        f"tests/rules/test_unfit_lifecycle.py:{line}",
    )
    assert finding.fixes[0].summary == "rename initialise to initialize"


def test_drivers_of_one_class_share_a_finding() -> None:
    modems = [driver(f"modem{number:02}", Modem, phases=("initialize",)) for number in range(30)]
    (finding,) = found("TD304", *modems)
    assert finding.message.startswith("the lifecycle of modem00 and 29 more does not fit")
    assert len(finding.drivers) == 30
    assert len(finding.evidence) == 11


def test_drivers_of_one_class_with_other_phases_have_their_own() -> None:
    assert len(found("TD304", driver("a", Modem, phases=("initialize",)), driver("b", Modem, phases=("start",)))) == 2
    assert len(found("TD304", driver("a", Placid), driver("b", Placid, phases=("initialize",)))) == 2


def test_a_disabled_driver_is_not_looked_at() -> None:
    assert found("TD304", driver("modem", Modem, phases=("initialize",)), disabled=["modem"]) == []


def test_a_driver_without_a_lifecycle_is_fine() -> None:
    assert found("TD304", driver("modem", None), driver("other", Lifecycle)) == []


def test_a_method_that_is_a_phase_of_another_driver_of_the_class_is_fine() -> None:
    short, long = ("initialize",), ("initialize", "answer-calls")
    assert found("TD304", driver("a", Phone, phases=short), driver("b", Phone, phases=long)) == []
    assert found("TD304", driver("a", Phone, phases=short), driver("b", CordlessPhone, phases=long)) == []
    assert len(found("TD304", driver("a", Phone, phases=short), driver("b", Lifecycle, phases=long))) == 1


def test_a_class_that_does_nothing_is_fine_where_others_look_it_up() -> None:
    placid = driver("placid", Placid)
    assert len(found("TD304", placid)) == 1
    assert len(found("TD304", placid, driver("a", Lifecycle, after("placid")))) == 1
    assert found("TD304", placid, driver("a", Lifecycle, requires("placid"))) == []
    assert found("TD304", placid, driver("a", Lifecycle, wants("placid", when="f"))) == []


def test_a_class_that_does_nothing_is_fine_where_others_look_up_what_it_provides() -> None:
    placid = Driver("placid", provides=("number",), lifecycle=Placid)
    assert found("TD304", placid, driver("a", Lifecycle, requires("number"))) == []


def test_looking_up_the_driver_itself_does_not_count() -> None:
    assert len(found("TD304", driver("placid", Placid, wants("placid")))) == 1


@pytest.mark.parametrize("lifecycle", [dict, int, type])
def test_a_class_that_is_no_lifecycle(lifecycle: type) -> None:
    (finding,) = found("TD304", driver("a", lifecycle))
    assert finding.message == f"the lifecycle of a, {lifecycle.__name__}, is not a subclass of tierdeps.Lifecycle"
    assert finding.evidence[0].origin == by("a")


def test_a_class_that_cannot_be_made() -> None:
    (finding,) = found("TD304", driver("a", NeedsHost))
    assert finding.message.endswith(
        "NeedsHost, cannot be instantiated without arguments: its constructor requires host"
    )


def test_a_name_is_not_imported_unless_asked_to() -> None:
    assert found("TD304", driver("a", "nowhere_at_all:Modem"), driver("b", f"{__name__}:Modem")) == []


def test_a_name_of_another_form_is_found_all_the_same() -> None:
    (finding,) = found("TD304", driver("a", "fleet.life.Modem"))
    assert finding.message == (
        "the lifecycle of a, 'fleet.life.Modem', is not \"package.module:Class\"; did you mean 'fleet.life:Modem'?"
    )
    assert finding.fixes[0].summary == 'write "fleet.life:Modem"'


def test_a_name_is_imported_when_asked_to() -> None:
    findings = imported(driver("a", "nowhere_at_all:Modem"), driver("b", f"{__name__}:Modem", phases=("initialize",)))
    assert [finding.drivers for finding in findings] == [("a",), ("b",)]
    assert "there is no module 'nowhere_at_all'" in findings[0].message
    assert "did you mean initialize?" in findings[1].message


def test_a_name_and_its_class_are_one_class() -> None:
    short, long = ("initialize",), ("initialize", "answer-calls")
    assert imported(driver("a", f"{__name__}:Phone", phases=short), driver("b", Phone, phases=long)) == []


def test_what_an_import_prints_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "loud_on_import.py").write_text("print('hello')\n")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        (finding,) = imported(driver("a", "loud_on_import:Modem"))
    finally:
        del sys.modules["loud_on_import"]
    assert "loud_on_import has no Modem" in finding.message
    assert capsys.readouterr() == ("", "hello\n")
