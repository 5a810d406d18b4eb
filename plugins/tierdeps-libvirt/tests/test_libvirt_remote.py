"""The daemon is reached, and started where the settings say so."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from libvirt_played import FakeLibvirt, context, played

from tierdeps import RunError
from tierdeps_libvirt._settings import commands
from tierdeps_libvirt._spawn import spawn
from tierdeps_libvirt.remote import RemoteLifecycle

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tierdeps_libvirt._spawn import Daemon


def away() -> FakeLibvirt:
    libvirt = FakeLibvirt()
    libvirt.up = False
    return libvirt


def spawning(libvirt: FakeLibvirt) -> Any:
    """Make one that really starts processes."""

    def really(_: object, commands: Sequence[tuple[str, ...]], log: str) -> list[Daemon]:
        return spawn(commands, log)

    return played(RemoteLifecycle, libvirt, spawn=really)


def test_it_takes_any_connection_that_answers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    played(RemoteLifecycle, FakeLibvirt("xen:///system")).initialize(context())
    assert caplog.messages == ["libvirt 9.0.0 answers at xen:///system"]


def test_one_that_answers_is_adopted() -> None:
    libvirt = FakeLibvirt()
    assert played(RemoteLifecycle, libvirt).adopt(context())
    assert not played(RemoteLifecycle, away()).adopt(context())
    assert libvirt.connected == 0


def test_one_that_does_not_answer_is_a_failure_that_says_what_to_do() -> None:
    lifecycle = played(RemoteLifecycle, away())
    assert lifecycle.probe(context()) is None
    with pytest.raises(RunError) as caught:
        lifecycle.initialize(context())
    assert str(caught.value) == (
        "libvirt does not answer at secret:///system: no one is at secret:///system; nor at storage:///system,"
        " network:///system, qemu:///system, lxc:///system, xen:///system; start libvirtd, or name it:"
        ' start = ["libvirtd"] in [drivers.remote]; --uri names another connection'
    )


def test_it_is_started_and_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    libvirt = away()
    played(RemoteLifecycle, libvirt).initialize(context(start=["virtlogd", ["libvirtd", "--timeout", "60"]]))
    assert caplog.messages == [
        "starting virtlogd",
        "starting libvirtd --timeout 60",
        "libvirt 9.0.0 answers at secret:///system",
    ]


def test_its_process_is_in_a_session_of_its_own_and_writes_to_the_log(tmp_path: Path) -> None:
    log, libvirt = tmp_path / "log", away()
    script = "import os, sys; print(os.getsid(0) == os.getpid()); sys.exit(3)"
    with pytest.raises(RunError, match=r"; .* ended with status 3; the setting log in \[drivers.remote\] names a file"):
        spawning(libvirt).initialize(context("remote", start=[[sys.executable, "-c", script]], log=str(log)))
    assert log.read_text(encoding="ascii") == "True\n"


def test_a_killed_one_is_reported() -> None:
    script = "import os; os.kill(os.getpid(), 9)"
    with pytest.raises(RunError, match="was killed by signal 9"):
        spawning(away()).initialize(context(start=[[sys.executable, "-c", script]]))


def test_a_command_that_is_not_there_is_named() -> None:
    with pytest.raises(RunError, match=r"^/no/such/daemon: no such file or directory$"):
        spawning(away()).initialize(context(start=["/no/such/daemon"]))


def test_one_that_goes_to_the_background_is_waited_for() -> None:
    libvirt = away()
    asked = iter((False, False, True))
    opening = libvirt.open

    def later(uri: str, /) -> object:
        if uri == "secret:///system":
            libvirt.up = next(asked, True)
        return opening(uri)

    libvirt.open = later  # type: ignore[method-assign]
    spawning(libvirt).initialize(context(start=[[sys.executable, "-c", ""]]))
    assert libvirt.connected == 1


def test_it_is_waited_for_no_longer_than_the_phase_has() -> None:
    lifecycle = spawning(away())
    with pytest.raises(RunError, match=r"xen:///system; the setting log in \[drivers.remote\]"):
        lifecycle.initialize(
            context("remote", start=[[sys.executable, "-c", "import time; time.sleep(2)"]], seconds=1.3)
        )


def test_one_that_comes_by_itself_is_waited_for_where_asked() -> None:
    libvirt = away()
    asked = iter((False, True))
    opening = libvirt.open

    def later(uri: str, /) -> object:
        if uri == "secret:///system":
            libvirt.up = next(asked, True)
        return opening(uri)

    libvirt.open = later  # type: ignore[method-assign]
    played(RemoteLifecycle, libvirt).initialize(context(wait="5"))
    assert libvirt.connected == 1


@pytest.mark.parametrize("daemon", ["virtqemud", "/usr/sbin/virtlxcd"])
def test_it_starts_no_daemon_that_would_look_for_its_guests_before_the_pools_are_up(daemon: str) -> None:
    with pytest.raises(RunError, match=r"would be started before the pools .* name it in \[drivers.virt(qemu|lxc)d\]"):
        played(RemoteLifecycle, away()).probe(context("remote", start=["virtlogd", f"{daemon} --daemon"]))


@pytest.mark.parametrize("start", [3, [3], [[]], [["a", 3]], ["'"]])
def test_what_is_no_list_of_commands_is_refused(start: object) -> None:
    with pytest.raises(RunError, match="the setting start: expected a list of commands"):
        played(RemoteLifecycle, away()).initialize(context(start=start))


def test_in_text_each_line_is_a_command() -> None:
    assert commands({"start": "virtlogd\nlibvirtd -t 60\n"}, "start") == (("virtlogd",), ("libvirtd", "-t", "60"))
