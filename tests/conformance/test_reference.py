"""Where a reference leads, and the one sentence for each way in which it leads nowhere."""

from __future__ import annotations

import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from tierdeps.conformance.reference import UnusableReference, check_constructor, class_of
from tierdeps.lifecycle import Lifecycle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIFE = """
from abc import ABC, abstractmethod
from dataclasses import dataclass
from tierdeps import Lifecycle

class Modem(Lifecycle):
    class Inner(Lifecycle):
        pass

class Other: ...

class Needs(Lifecycle):
    def __init__(self, host, *rest, port=1, speed): ...

class Optional(Lifecycle):
    def __init__(self, host="localhost", *rest, **more): ...

class Single(Lifecycle):
    def __new__(cls, *arguments, **options):
        return super().__new__(cls)

@dataclass
class Data(Lifecycle):
    host: str
    port: int = 1

class Abstract(Lifecycle, ABC):
    @abstractmethod
    def dial(self): ...
    @abstractmethod
    def call(self): ...

modem = Modem()
def make(): ...
LIMIT = 4

def __getattr__(name):
    if name == "broken":
        raise RuntimeError("out of order")
    raise AttributeError(name)
"""


@pytest.fixture(autouse=True)
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put a package on the path, with modules of which some cannot be imported."""
    package = tmp_path / "fleet_of_tests"
    package.mkdir()
    texts = {
        "__init__": "",
        "life": LIFE,
        "raises": "raise ValueError('no\\nluck')",
        "exits": "import sys\nsys.exit(3)",
        "quits": "raise SystemExit",
        "mistyped": "def (",
        "lacks": "import not_installed_anywhere",
        "circles": "from fleet_of_tests.circles import Nothing",
        "silent": "class E(Exception):\n    def __str__(self): raise KeyError\nraise E",
    }
    for name, text in texts.items():
        (package / f"{name}.py").write_text(dedent(text))
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [name for name in sys.modules if name.startswith("fleet_of_tests")]:
        del sys.modules[name]


def problem(reference: object) -> str:
    with pytest.raises(UnusableReference) as caught:
        check_constructor(class_of(reference))
    assert caught.value.advice
    assert "\n" not in caught.value.problem
    return caught.value.problem


@pytest.mark.parametrize("path", ["Modem", "Modem.Inner", "Optional", "Single"])
def test_a_class_is_imported_by_its_name(path: str) -> None:
    found = class_of(f"fleet_of_tests.life:{path}")
    check_constructor(found)
    assert issubclass(found, Lifecycle)


def test_a_class_leads_to_itself() -> None:
    assert class_of(Lifecycle) is Lifecycle


@pytest.mark.parametrize(
    ("reference", "meant"),
    [
        ("fleet_of_tests.life.Modem", "; did you mean 'fleet_of_tests.life:Modem'?"),
        ("Modem", ""),
        ("", ""),
        (":", ""),
        (":Modem", ""),
        ("fleet_of_tests.life:", ""),
        (".life:Modem", ""),
        ("fleet_of_tests..life:Modem", ""),
        ("fleet_of_tests.life: Modem", ""),
        ("fleet_of_tests.life:Modem.", ""),
        ("..", ""),
    ],
)
def test_another_form(reference: str, meant: str) -> None:
    assert problem(reference) == f'is not "package.module:Class"{meant}'


@pytest.mark.parametrize(
    ("reference", "sentence"),
    [
        ("nowhere_at_all:Modem", "cannot be imported: there is no module 'nowhere_at_all'"),
        ("fleet_of_tests.lief:Modem", "cannot be imported: there is no module 'fleet_of_tests.lief'"),
        ("fleet_of_tests.life.deep:Modem", "cannot be imported: there is no module 'fleet_of_tests.life.deep'"),
        ("fleet_of_tests.life:Mdem", "cannot be found: fleet_of_tests.life has no Mdem; did you mean 'Modem'?"),
        ("fleet_of_tests.life:Zzz", "cannot be found: fleet_of_tests.life has no Zzz"),
        (
            "fleet_of_tests.life:Modem.Iner",
            "cannot be found: fleet_of_tests.life.Modem has no Iner; did you mean 'Inner'?",
        ),
        ("fleet_of_tests.life:broken", "cannot be found: RuntimeError: out of order"),
        ("fleet_of_tests.life:Other", "is not a subclass of tierdeps.Lifecycle"),
        ("fleet_of_tests.life:modem", "is an instance of Modem, not a class"),
        ("fleet_of_tests.life:make", "is not a class but a function"),
        ("fleet_of_tests.life:LIMIT", "is not a class but an int"),
        (
            "fleet_of_tests.life:Needs",
            "cannot be instantiated without arguments: its constructor requires host and speed",
        ),
        ("fleet_of_tests.life:Data", "cannot be instantiated without arguments: its constructor requires host"),
        ("fleet_of_tests.life:Abstract", "cannot be instantiated: it is abstract and lacks call and dial"),
        ("fleet_of_tests.raises:Modem", "cannot be imported: ValueError: no luck"),
        (
            "fleet_of_tests.exits:Modem",
            "cannot be imported: fleet_of_tests.exits exits while it is imported (SystemExit: 3)",
        ),
        (
            "fleet_of_tests.quits:Modem",
            "cannot be imported: fleet_of_tests.quits exits while it is imported (SystemExit: 0)",
        ),
        ("fleet_of_tests.mistyped:Modem", "cannot be imported: SyntaxError: invalid syntax (mistyped.py, line 1)"),
        (
            "fleet_of_tests.lacks:Modem",
            "cannot be imported: ModuleNotFoundError: No module named 'not_installed_anywhere'",
        ),
        ("fleet_of_tests.silent:Modem", "cannot be imported: E"),
    ],
)
def test_a_name_that_leads_nowhere(reference: str, sentence: str) -> None:
    assert problem(reference) == sentence


def test_a_module_that_imports_itself() -> None:
    assert problem("fleet_of_tests.circles:Modem").startswith("cannot be imported: ImportError: cannot import name")


def test_a_class_that_is_no_lifecycle() -> None:
    assert problem(dict) == "is not a subclass of tierdeps.Lifecycle"
