"""Errors keep their data and make their own sentences."""

from __future__ import annotations

import pytest

from tierdeps.errors import (
    DeadlineExceeded,
    DeclarationError,
    InputError,
    LifecycleError,
    PluginError,
    RunError,
    TierdepsError,
    UndeclaredDependency,
    UnknownNameError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DeclarationError("x", "a name", 3), 2),
        (InputError("graph.toml", "is no TOML"), 2),
        (UnknownNameError("driver", "x", ()), 2),
        (PluginError("1 plugin failed to load"), 3),
        (RunError("it failed"), 4),
        (LifecycleError("a", "m:C", "cannot be imported"), 4),
        (DeadlineExceeded("a:start", 90), 4),
        (UndeclaredDependency("a", "start", "b"), 4),
    ],
)
def test_every_error_is_ours_and_has_its_exit_code(error: TierdepsError, code: int) -> None:
    assert isinstance(error, TierdepsError)
    assert error.exit_code == code


def test_a_wrong_declaration_says_what_was_expected() -> None:
    error = DeclarationError("phases of driver 'a'", "a tuple of names", "start")
    assert str(error) == "phases of driver 'a': expected a tuple of names, got 'start'"
    assert (error.what, error.expected, error.got) == ("phases of driver 'a'", "a tuple of names", "start")
    assert isinstance(error, ValueError)


def test_wrong_input_names_the_file_and_the_place_where_there_is_one() -> None:
    assert str(InputError("graph.toml", "expected a list", "drivers.a")) == "graph.toml: drivers.a: expected a list"
    assert str(InputError("graph.toml", "expected a list")) == "graph.toml: expected a list"


def test_an_unknown_name_gets_the_nearest_one() -> None:
    assert str(UnknownNameError("driver", "storrage", ["storage", "qemu"])) == (
        "no driver is named 'storrage'; did you mean 'storage'?"
    )


def test_an_unknown_name_gets_a_short_list_where_nothing_is_near() -> None:
    error = UnknownNameError("format", "zzz", ["text", "json"])
    assert str(error) == "no format is named 'zzz'; available: json, text"
    assert error.known == ("json", "text")
    assert str(UnknownNameError("driver", "zzz", (f"d{n}" for n in range(21)))) == "no driver is named 'zzz'"
    assert str(UnknownNameError("driver", "zzz", ())) == "no driver is named 'zzz'"


def test_a_lifecycle_error_names_driver_and_reference() -> None:
    error = LifecycleError("a", "m:C", "cannot be imported")
    assert str(error) == "the lifecycle of 'a', 'm:C', cannot be imported"


def test_a_missed_deadline_says_what_it_was() -> None:
    assert str(DeadlineExceeded("a:start", 90)) == "a:start did not end within 90 s"
    assert str(DeadlineExceeded("a:start", 0.25)) == "a:start did not end within 0.25 s"


def test_an_undeclared_dependency_names_the_edge_to_add() -> None:
    assert str(UndeclaredDependency("storage", "autostart", "secret")) == (
        "undeclared dependency: storage:autostart looked up 'secret';"
        " add requires('secret', phase='autostart') to the driver 'storage'"
    )
    why = UndeclaredDependency("storage", "autostart", "secret", "pool.auth does not hold")
    assert "looked up 'secret' (pool.auth does not hold); add" in str(why)
