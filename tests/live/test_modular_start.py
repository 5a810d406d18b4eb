"""The drivers of modular daemons: each is started in its order, and no running guest is killed by that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.live.host import refusal
from tests.live.host.daemons import DAEMONS, Daemons
from tests.live.host.tierdeps import command

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

pytestmark = pytest.mark.live

#: The hypervisor stands first in the file: the order of a file is nobody's order.
SETTINGS = """
[defaults]
modular = true

[drivers.virtqemud]
start = ["{programs}/virtqemud --daemon"]

[drivers.virtstoraged]
start = ["{programs}/virtstoraged --daemon"]

[drivers.virtsecretd]
start = ["{programs}/virtsecretd --daemon"]
"""


@pytest.fixture(scope="module")
def made() -> Iterator[Daemons]:
    reason = refusal()
    if reason is not None:
        pytest.skip(reason)
    with Daemons.made(guests=1) as daemons:
        text = SETTINGS.format(programs=daemons.modular.programs)
        (daemons.world.scratch / "modular.toml").write_text(text)
        yield daemons


@pytest.fixture
def daemons(made: Daemons) -> Iterator[Daemons]:
    yield made
    for driver in DAEMONS:
        if made.modular.pid(driver) is None:
            made.modular.start(driver)
    made.repair()


def start(daemons: Daemons, *options: str) -> subprocess.CompletedProcess[str]:
    config = str(daemons.world.scratch / "modular.toml")
    return daemons.world.run(
        *command("start", "--leave-running", "--config", config, *options), within=120, check=False
    )


def test_daemons_and_pools_come_up_before_the_one_that_looks_for_its_guests(daemons: Daemons) -> None:
    daemons.lose()
    done = start(daemons)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(daemons.modular.running()) == set(DAEMONS)
    assert daemons.killed() == frozenset()


def test_a_pool_that_does_not_come_up_keeps_it_down_and_the_guests_alive(daemons: Daemons) -> None:
    folder = daemons.volumes.target("folder")
    daemons.lose()
    folder.rename(folder.with_name("away"))
    done = start(daemons, "--timeout", "5")
    folder.with_name("away").rename(folder)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "virtqemud is not started: it kills running guests" in done.stdout
    assert "degraded: storage: pool folder: " in done.stdout
    assert daemons.modular.pid("qemu") is None
    assert start(daemons).returncode == 0
    assert daemons.killed() == frozenset()
