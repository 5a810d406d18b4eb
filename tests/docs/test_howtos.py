"""What the how-to guides show for other programs is what those programs take."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.docs.conftest import ROOT, Desk
from tests.docs.examples import examples

if TYPE_CHECKING:
    from pathlib import Path

HOWTO = ROOT / "docs" / "howto"


def shown(page: str, file: str) -> str:
    return next(each.text for each in examples((HOWTO / page).read_text()) if each.file == file)


def printed_unit() -> str:
    """Return the unit that the page shows as the output of service-unit."""
    console = next(each.text for each in examples((HOWTO / "systemd.rst").read_text()) if "[Unit]" in each.text)
    return console.partition("shop.toml\n")[2]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_knows_every_setting_of_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "shop.service"
    unit.write_text(printed_unit().replace("/opt/shop/bin/tierdeps", "/bin/true"))
    program = shutil.which("systemd-analyze") or ""
    done = subprocess.run([program, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert str(unit) not in done.stderr
    assert "shop.service" not in done.stderr


def test_the_unit_starts_what_the_page_has_tried(desk: Desk) -> None:
    (desk.folder / "shop.toml").write_text(shown("systemd.rst", "shop.toml"))
    command = re.search(r"^ExecStart=/opt/shop/bin/(.*)$", printed_unit(), re.MULTILINE)
    assert command is not None
    assert desk.run(f"{command[1].replace('/etc/shop/', '')} --once -q > /dev/null 2>&1; echo $?") == "0"


def test_the_commands_of_the_container_can_be_run(desk: Desk) -> None:
    (desk.folder / "app.toml").write_text(shown("docker.rst", "app.toml"))
    lists = re.findall(r"CMD (\[.*\])$", shown("docker.rst", "Dockerfile"), re.MULTILINE)
    health, start = (" ".join(json.loads(words)) for words in lists)
    assert desk.run(f"{start} --detach > /dev/null 2>&1; echo $?") == "0"
    assert desk.run(f"{health} > /dev/null 2>&1; echo $?") == "0"
    assert desk.run("tierdeps stop app.toml > /dev/null 2>&1; echo $?") == "0"
    assert desk.run(f"{health} > /dev/null 2>&1; echo $?") == "0"


def test_the_container_s_health_is_bad_once_a_process_is_lost(desk: Desk) -> None:
    (desk.folder / "app.toml").write_text(
        '[drivers.app]\ncommand = ["sh", "-c", "echo ready; sleep 0.1; exit 3"]\nready = "log:^ready"\nsettle = 1\n'
    )
    assert (
        desk.run("tierdeps start app.toml > /dev/null 2>&1; tierdeps status --quiet > /dev/null 2>&1; echo $?") == "4"
    )
