"""The text of a systemd unit that starts a graph: what it runs, and the sandbox that its drivers allow."""

from __future__ import annotations

import pytest

from tierdeps import DependencyGraph, Driver, Lifecycle
from tierdeps.model import Process
from tierdeps.service_unit import CAPABILITIES, ServiceUnit, command


class Code(Lifecycle):
    """A lifecycle of a plugin."""


def process(name: str, *words: str, user: str | None = None, cwd: str | None = None) -> Driver:
    return Driver(name, process=Process(words or ("sleep", "1"), user=user, cwd=cwd))


def unit(*drivers: Driver, user: str | None = None, own_manager: bool = False) -> list[str]:
    plan = DependencyGraph(drivers).collapse()
    words = ("/opt/t", "start", "/srv/a b.toml"), ("/opt/t", "reload", "/srv/a b.toml")
    return list(ServiceUnit("shop", "a b.toml", plan, *words, "/srv", "tierdeps", user, own_manager).lines())


def value(lines: list[str], name: str) -> str | None:
    """Return the value of a directive; None where it is not in the unit."""
    return next((line.partition("=")[2] for line in lines if line.startswith(f"{name}=")), None)


def test_a_unit_runs_start_and_reload_and_is_ready_when_tierdeps_says_so() -> None:
    lines = unit(process("a"))
    assert value(lines, "Type") == "notify"
    assert value(lines, "ExecStart") == '/opt/t start "/srv/a b.toml"'
    assert value(lines, "ExecReload") == '/opt/t reload "/srv/a b.toml"'
    assert value(lines, "WorkingDirectory") == "/srv"
    assert value(lines, "KillMode") == "mixed"
    assert value(lines, "WantedBy") == "multi-user.target"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("a", "b-c_d=1"), "a b-c_d=1"),
        (("a b",), '"a b"'),
        (("100%", "$HOME"), '"100%%" "$$HOME"'),
        (('"', "\\", "'"), '"\\"" "\\\\" "\'"'),
        (("", "\n", "é"), '"" "\\x0a" "é"'),
        (("\udcff",), '"\\xff"'),
        (("a;b", ";"), '"a;b" ";"'),
    ],
)
def test_a_command_is_quoted_as_systemd_reads_it(words: tuple[str, ...], text: str) -> None:
    assert command(words) == text


def test_processes_of_users_have_the_capabilities_to_become_them_and_no_others() -> None:
    lines = unit(process("a", user="www-data"), process("b", user="postgres"), Driver("milestone"))
    assert value(lines, "CapabilityBoundingSet") == CAPABILITIES
    assert value(lines, "ProtectSystem") == "full"
    assert value(lines, "NoNewPrivileges") == "yes"
    assert value(lines, "ProtectHome") is None, "the state of a service of root is in its home folder"


@pytest.mark.parametrize("user", [None, "root", "0"])
def test_processes_of_root_keep_the_file_system_and_their_capabilities(user: str | None) -> None:
    lines = unit(process("a", user="www-data"), process("b", user=user))
    assert value(lines, "ProtectSystem") is None
    assert value(lines, "CapabilityBoundingSet") is None
    assert any("# b: runs as root" in line for line in lines)
    assert value(lines, "ProtectKernelModules") == "yes"


def test_a_service_with_an_account_has_no_capabilities_and_folders_of_its_own() -> None:
    lines = unit(process("a"), user="shop")
    assert value(lines, "User") == "shop"
    assert value(lines, "CapabilityBoundingSet") == ""
    assert value(lines, "StateDirectory") == value(lines, "RuntimeDirectory") == "shop"
    assert value(lines, "Environment") == "XDG_STATE_HOME=/var/lib/shop XDG_RUNTIME_DIR=/run/shop"
    assert value(lines, "ProtectHome") == "read-only"


@pytest.mark.parametrize("driver", [process("a", cwd="/home/shop"), process("a", "tool", "--data=/root/x")])
def test_homes_stay_writable_where_a_driver_names_one(driver: Driver) -> None:
    assert value(unit(driver, user="shop"), "ProtectHome") is None


def test_a_program_that_gains_rights_may_do_so() -> None:
    lines = unit(process("a", "/usr/bin/sudo", "-n", "true"), user="shop")
    assert value(lines, "NoNewPrivileges") is None
    assert value(lines, "CapabilityBoundingSet") is None
    assert any("# a: runs a program that gains rights" in line for line in lines)


def test_the_code_of_plugins_is_hardly_confined_and_what_it_started_outlives_a_stop() -> None:
    lines = unit(*(Driver(f"plugin{number}", lifecycle=Code) for number in range(7)), process("a"))
    assert value(lines, "KillMode") == "process"
    assert value(lines, "NoNewPrivileges") is None
    assert value(lines, "LockPersonality") == "yes"
    assert any("plugin4 and 2 more: run the code of plugins" in line for line in lines)


def test_the_manager_of_a_user_gets_what_needs_no_rights() -> None:
    lines = unit(process("a"), own_manager=True)
    assert value(lines, "NoNewPrivileges") == "yes"
    assert value(lines, "ProtectClock") is None
    assert value(lines, "WantedBy") == "default.target"
    assert value(lines, "After") is None


def test_names_and_paths_cannot_add_lines() -> None:
    plan = DependencyGraph([process("evil\nExecStartPre=/bin/false")]).collapse()
    lines = list(ServiceUnit("s", "t\nUser=x", plan, ("a\nb",), ("c",), "/srv\n[Install]", "w\nUser=y").lines())
    assert all(line.isprintable() for line in lines)
