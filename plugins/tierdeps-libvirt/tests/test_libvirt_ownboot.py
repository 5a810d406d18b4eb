"""Having tierdeps start the guests at boot, and undoing that."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tierdeps import RunError
from tierdeps_libvirt.__main__ import main
from tierdeps_libvirt._ownboot import DAEMONS, MARKER, OwnBoot, boot_problem

if TYPE_CHECKING:
    from pathlib import Path

UNITS = "etc/systemd/system"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "etc/libvirt").mkdir(parents=True)
    return tmp_path


def everything(root: Path) -> set[str]:
    return {str(file.relative_to(root)) for file in root.rglob("*") if not file.is_dir() or file.is_symlink()}


def test_it_writes_a_unit_a_drop_in_for_each_daemon_and_a_marker(root: Path) -> None:
    written = {str(file.relative_to(root)) for file in OwnBoot(root).install()}
    assert written == everything(root)
    assert written == {
        f"etc/libvirt/{MARKER}",
        f"{UNITS}/tierdeps-libvirt.service",
        f"{UNITS}/tierdeps-libvirt-repair.service",
        f"{UNITS}/multi-user.target.wants/tierdeps-libvirt.service",
        *(f"{UNITS}/{name}.service.d/tierdeps-own-boot.conf" for name in DAEMONS),
    }
    assert (root / UNITS / "multi-user.target.wants/tierdeps-libvirt.service").read_text().startswith("# Written by")


def test_a_daemon_learns_only_of_its_own_hypervisors(root: Path) -> None:
    list(OwnBoot(root).install())
    one = (root / UNITS / "virtlxcd.service.d/tierdeps-own-boot.conf").read_text()
    assert one.splitlines()[-3:] == [
        "ExecStartPre=-+/bin/mkdir -p /run/libvirt/lxc",
        "ExecStartPre=-+/bin/touch /run/libvirt/lxc/autostarted",
        "ExecStartPost=-+/bin/systemctl --no-block start tierdeps-libvirt-repair.service",
    ]
    whole = (root / UNITS / "libvirtd.service.d/tierdeps-own-boot.conf").read_text()
    assert all(f"/run/libvirt/{name}/autostarted" in whole for name in ("qemu", "lxc", "libxl"))
    assert "storage" not in whole


def test_a_second_time_there_is_nothing_to_write(root: Path) -> None:
    list(OwnBoot(root).install())
    assert list(OwnBoot(root).install()) == []
    assert OwnBoot(root).missing() == []


def test_undone_there_is_nothing_left(root: Path) -> None:
    list(OwnBoot(root).install())
    (root / UNITS / "virtqemud.service.d/mine.conf").write_text("[Service]\n")
    assert list(OwnBoot(root).undo()) != []
    assert everything(root) == {f"{UNITS}/virtqemud.service.d/mine.conf"}
    assert not (root / UNITS / "libvirtd.service.d").exists()
    assert list(OwnBoot(root).undo()) == []


@pytest.mark.parametrize(
    "file",
    [
        f"{UNITS}/virtqemud.service.d/tierdeps-own-boot.conf",
        f"{UNITS}/multi-user.target.wants/tierdeps-libvirt.service",
        f"{UNITS}/tierdeps-libvirt.service",
    ],
)
def test_what_is_gone_is_missing(root: Path, file: str) -> None:
    list(OwnBoot(root).install())
    (root / file).unlink()
    assert root / file in OwnBoot(root).missing()


def test_the_command_of_the_unit_may_be_changed(root: Path) -> None:
    list(OwnBoot(root).install())
    unit = root / UNITS / "tierdeps-libvirt.service"
    unit.write_text(unit.read_text().replace("/etc/libvirt\n", "/etc/libvirt --jobs 4\n"))
    assert OwnBoot(root).missing() == []


def test_this_boot_s_daemons_learn_it_before_they_start(root: Path) -> None:
    made = {str(file.relative_to(root)) for file in OwnBoot(root).hold()}
    assert made == {f"run/libvirt/{name}/autostarted" for name in ("qemu", "lxc", "libxl")}
    assert list(OwnBoot(root).hold()) == []


def test_a_host_without_libvirt_is_left_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no libvirt on this host"):
        list(OwnBoot(tmp_path).install())
    assert everything(tmp_path) == set()


def test_what_a_boot_does_is_known_of_a_copy_too() -> None:
    assert boot_problem(owned=False, here=False) == "libvirt's daemon starts them first, in no particular order"
    assert boot_problem(owned=True, here=False) == ""


def test_the_command_does_it_says_so_and_undoes_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--root", str(root))
    assert main(["own-boot", "--status", *where]) == 0
    assert "libvirt's daemons start the guests" in capsys.readouterr().out
    assert main(["own-boot", "--now", *where]) == 0
    said = capsys.readouterr().out
    assert "start --leave-running /etc/libvirt" in said.splitlines()[-1]
    assert f"made {root}/run/libvirt/qemu/autostarted" in said
    assert main(["own-boot", "--status", *where]) == 0
    assert capsys.readouterr().out == "tierdeps starts the guests\n"
    assert main(["own-boot", "--undo", *where]) == 0
    assert f"removed {root}/etc/libvirt/{MARKER}" in capsys.readouterr().out
    assert main(["own-boot", "--status", *where]) == 0


def test_what_is_not_as_it_was_written_is_an_error_of_the_status(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["own-boot", "--root", str(root)])
    (root / UNITS / "libvirtd.service.d/tierdeps-own-boot.conf").unlink()
    assert main(["own-boot", "--status", "--root", str(root)]) == 4
    assert "libvirtd.service.d/tierdeps-own-boot.conf is not as it was written" in capsys.readouterr().err


def test_other_graphs_are_started_by_the_unit(root: Path) -> None:
    assert main(["own-boot", "--root", str(root), "/etc/libvirt", "more things.toml"]) == 0
    unit = (root / UNITS / "tierdeps-libvirt.service").read_text()
    assert "start --leave-running /etc/libvirt 'more things.toml'\n" in unit


def test_the_unit_starts_so_many_at_a_time_as_own_boot_was_given(root: Path) -> None:
    unit = root / UNITS / "tierdeps-libvirt.service"
    assert main(["own-boot", "--root", str(root), "--jobs", "2"]) == 0
    assert "start --leave-running --jobs 2 /etc/libvirt\n" in unit.read_text()
    assert main(["own-boot", "--root", str(root)]) == 0
    assert "start --leave-running /etc/libvirt\n" in unit.read_text()


def test_the_unit_has_the_settings_that_own_boot_was_given_whatever_folder_it_runs_in(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    assert main(["own-boot", "--root", str(root), "--config", "my settings.toml"]) == 0
    unit = (root / UNITS / "tierdeps-libvirt.service").read_text()
    assert f"start --leave-running --config '{root}/my settings.toml' /etc/libvirt\n" in unit


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "two", ""])
def test_a_number_of_jobs_that_means_nothing_is_refused(
    root: Path, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["own-boot", "--root", str(root), f"--jobs={number}"])
    assert ended.value.code == 2
    assert "expected a whole number from 1" in capsys.readouterr().err
    assert not (root / UNITS / "tierdeps-libvirt.service").exists()


def test_without_a_command_it_says_what_there_is() -> None:
    done = subprocess.run([sys.executable, "-m", "tierdeps_libvirt"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "usage: tierdeps-libvirt" in done.stderr


def test_a_folder_that_is_closed_is_reported(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "etc/systemd").write_text("")
    assert main(["own-boot", "--root", str(root)]) == 4
    assert "etc/systemd" in capsys.readouterr().err
