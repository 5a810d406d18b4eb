"""The cgroup of a run, with files and folders in place of the kernel's."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tierdeps.processes import cgroup
from tierdeps.processes.cgroup import own_folder
from tierdeps.processes.orphan_guard_state import GuardState, cgroup_line
from tierdeps.processes.run import ProcessRun

V2 = "31 23 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n"
HYBRID = "30 23 0:26 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n" + V2.replace("cgroup rw", "cgroup/unified rw")
PART = "31 23 0:27 /docker/1 /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n"
SPACED = V2.replace("/sys/fs/cgroup rw", r"/a\040b rw")


@pytest.mark.parametrize(
    ("cgroups", "mounts", "folder"),
    [
        ("0::/\n", V2, "/sys/fs/cgroup"),
        ("0::/user.slice/a b\n", V2, "/sys/fs/cgroup/user.slice/a b"),
        ("8:pids:/x\n0::/y\n", HYBRID, "/sys/fs/cgroup/unified/y"),
        ("0::/docker/1\n", PART, "/sys/fs/cgroup"),
        ("0::/docker/1/x\n", PART, "/sys/fs/cgroup/x"),
        ("0::/docker/12\n", PART, None),
        ("0::/X\n", V2, "/sys/fs/cgroup/X"),
        ("0::/X/y\n", PART.replace("/docker/1", "/X"), "/sys/fs/cgroup/y"),
        ("0::/../x\n", PART, None),
        ("0::/x\n", SPACED, "/a b/x"),
        ("8:pids:/x\n", HYBRID, None),
        ("0::/\n", HYBRID.splitlines(keepends=True)[0], None),
        ("", "", None),
    ],
)
def test_the_own_cgroup_is_found_in_proc(cgroups: str, mounts: str, folder: str | None) -> None:
    assert own_folder(cgroups, mounts) == folder


def fake(path: Path, *pids: int, kill: bool) -> Path:
    path.mkdir(parents=True)
    (path / "cgroup.procs").write_text("".join(f"{pid}\n" for pid in pids))
    if kill:
        (path / "cgroup.kill").write_text("")
    return path


def test_all_is_killed_at_once_where_the_kernel_can(tmp_path: Path) -> None:
    folder = fake(tmp_path / "tierdeps-0", kill=True)
    cgroup.kill(str(folder))
    assert (folder / "cgroup.kill").read_text() == "1"


def test_before_that_kernel_each_one_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(["/bin/sleep", "1000"]) as above, subprocess.Popen(["/bin/sleep", "1000"]) as below:
        fake(tmp_path / "tierdeps-0", above.pid, kill=False)
        fake(tmp_path / "tierdeps-0" / "a", below.pid, kill=False)
        assert sorted(cgroup.all_pids(str(tmp_path / "tierdeps-0"))) == sorted([above.pid, below.pid])
        cgroup.kill(str(tmp_path / "tierdeps-0"))
        assert (above.wait(), below.wait()) == (-signal.SIGKILL, -signal.SIGKILL)


def test_a_missing_cgroup_counts_as_removed_and_empty(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    cgroup.kill(gone)
    assert cgroup.remove(gone)
    assert cgroup.end(gone)
    assert cgroup.all_pids(gone) == []


def test_one_with_others_below_it_is_not_removed_as_empty(tmp_path: Path) -> None:
    folder, below = tmp_path / "a", tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert not cgroup.remove_empty(str(folder))
    assert below.is_dir()
    assert cgroup.remove_empty(str(below))
    assert cgroup.remove_empty(str(folder))
    assert not folder.exists()


def test_what_is_not_empty_is_not_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroup, "EMPTY_S", 0.05)
    folder = str(fake(tmp_path / "tierdeps-0", kill=True))
    assert not cgroup.remove(folder)
    assert not cgroup.end(folder)


def test_a_process_that_cannot_enter_stays_in_its_cgroup(tmp_path: Path) -> None:
    (tmp_path / "procs").write_text("")
    descriptor = os.open(tmp_path / "procs", os.O_RDONLY)
    cgroup.enter(descriptor)
    os.close(descriptor)


def test_a_record_that_names_another_folder_is_not_trusted(tmp_path: Path) -> None:
    name = "tierdeps-0123456789abcdef"
    fake(tmp_path / name, kill=True)
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / name).symlink_to("/sys/fs/cgroup")
    for path in ("/", "/sys/fs/cgroup", str(tmp_path / name), str(tmp_path / "link" / name), f"/none/{name}", "", "x"):
        assert not cgroup.is_ours(path)


def test_a_planted_record_ends_nothing(tmp_path: Path) -> None:
    folder = fake(tmp_path / "tierdeps-0123456789abcdef", os.getpid(), kill=True)

    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()

    async def main() -> None:
        first = ProcessRun("shop")
        assert first.records is not None
        first.records.write_cgroups([(boot, str(folder)), ("rubbish", ""), (boot, "\udcff"), ("", "/")])
        second = ProcessRun("shop")
        second.close()

    asyncio.run(main())
    assert (folder / "cgroup.kill").read_text() == ""


def test_the_guard_receives_the_cgroup() -> None:
    state = GuardState()
    state.apply(cgroup_line("/a b/tierdeps-0").encode(), [])
    assert state.cgroup is not None
    assert state.cgroup.path == "/a b/tierdeps-0"
