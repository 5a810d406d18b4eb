"""What the live tests stand on: what is done in a world stays there, and ends with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.live.host import refusal
from tests.live.host.tierdeps import ROOT
from tests.live.host.world import World, WorldError, until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.live

MARK = "tierdeps-live-left-behind"
SLEEPER = f"(exec -a {MARK} sleep 1000) > /dev/null 2>&1 &"
MAKER = f"""
from tests.live.host.world import World
with World() as world:
    world.run("bash", "-c", {SLEEPER!r})
    print(world.scratch, flush=True)
    input()
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    reason = refusal()
    if reason is not None:
        pytest.skip(reason)
    with World() as made:
        yield made


def sleepers() -> list[Path]:
    return [file for file in Path("/proc").glob("[0-9]*/cmdline") if MARK.encode() in _read(file).split(b"\0")[0]]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # it is gone since it was listed
        return b""


def test_changes_no_file_of_the_machine(world: World) -> None:
    before = {place: Path(place).read_bytes() for place in ("/etc/passwd", "/etc/group")}
    world.run("bash", "-c", "useradd tierdeps-nobody && touch /etc/libvirt/mine /run/mine /var/lib/mine")
    assert {place: Path(place).read_bytes() for place in before} == before
    assert not [place for place in ("/etc/libvirt/mine", "/run/mine", "/var/lib/mine") if Path(place).exists()]
    assert world.path("/etc/libvirt/mine").exists()


def test_makes_no_bridge_of_the_machine(world: World) -> None:
    world.run("ip", "link", "add", "tdtest0", "type", "bridge")
    assert world.path("/sys/class/net/tdtest0").exists()
    assert not Path("/sys/class/net/tdtest0").exists()


def test_says_why_a_command_failed(world: World) -> None:
    with pytest.raises(WorldError, match=r"ls /nowhere ended with 2: .*No such file"):
        world.run("ls", "/nowhere")


def test_ends_a_command_that_takes_too_long(world: World) -> None:
    assert world.run("sleep", "1000", within=0.2, check=False).returncode == 124


@pytest.mark.usefixtures("world")  # for its refusal
@pytest.mark.parametrize("ended", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_leaves_nothing_when_its_maker_is_ended(ended: signal.Signals) -> None:
    maker = subprocess.Popen(
        [sys.executable, "-c", MAKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )
    with maker:
        assert maker.stdout is not None
        scratch = Path(maker.stdout.readline().strip())
        until(sleepers, "the sleeper is there")
        assert scratch.is_dir()
        os.killpg(maker.pid, ended)
    until(lambda: not sleepers() and not scratch.exists(), "all is gone")
