"""Files and folders of ours: nothing else is followed, changed, replaced or believed."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.obstacles import IN_PLACE_OF_A_FILE, IN_PLACE_OF_A_FOLDER, OTHER_USER, Obstacle, each, give_away
from tierdeps._util.state_dir import NoHomeError, NotOursError, PrivateFolder, reason_of, runtime_dir, state_dir

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[[Path], None]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_folders_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with PrivateFolder.open(tmp_path / "more" / "base", "a", "b") as folder:
            assert folder.path == tmp_path / "more" / "base" / "a" / "b"
            os.close(folder.open_file("file", os.O_WRONLY | os.O_CREAT))
            folder.make_file("other")
    finally:
        os.umask(before)
    inner = folder.path
    assert [mode(path) for path in (inner.parent.parent, inner.parent, inner)] == [0o700] * 3
    assert [mode(inner / name) for name in ("file", "other")] == [0o600] * 2


def test_what_is_ours_and_open_to_others_is_closed(tmp_path: Path) -> None:
    inner = tmp_path / "base" / "inner"
    inner.mkdir(parents=True)
    for path in (inner.parent, inner):
        path.chmod(0o755)
    for name in ("written", "closed", "read"):
        (inner / name).write_text(name)
        (inner / name).chmod(0o664)
    with PrivateFolder.open(tmp_path / "base", "inner") as folder:
        os.close(folder.open_file("written", os.O_WRONLY | os.O_APPEND))
        assert folder.check("closed", close=True)
        os.close(folder.open_file("read", os.O_RDONLY))
    assert {path.name: mode(path) for path in tmp_path.rglob("*")} == {
        "base": 0o700,
        "inner": 0o700,
        "written": 0o600,
        "closed": 0o600,
        "read": 0o664,
    }


def test_to_look_nothing_is_made_or_changed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        PrivateFolder.open(tmp_path / "base", make=False)
    assert not list(tmp_path.iterdir())
    (tmp_path / "base").mkdir()
    (tmp_path / "base").chmod(0o755)
    with PrivateFolder.open(tmp_path / "base", make=False) as folder:
        assert folder.check("file") is None
        with pytest.raises(FileNotFoundError):
            folder.open_file("file", os.O_RDONLY)
        folder.remove("file")
    assert mode(tmp_path / "base") == 0o755


def test_a_folder_that_was_chosen_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base").chmod(0o755)
    (tmp_path / "link").symlink_to(tmp_path / "base")
    with PrivateFolder.chosen(tmp_path / "link") as folder:
        folder.make_file("file")
    assert (mode(tmp_path / "base"), mode(tmp_path / "base" / "file")) == (0o755, 0o600)


@pytest.mark.parametrize("names", [(), ("inner",), ("inner", "more")])
@pytest.mark.parametrize("make_folders", [True, False])
@each(IN_PLACE_OF_A_FOLDER)
def test_what_is_no_folder_of_ours_is_refused(
    tmp_path: Path, kind: str, make: Make, names: tuple[str, ...], make_folders: bool
) -> None:
    obstacle = Obstacle(Path(tmp_path, "x", "base", *names), kind, make)
    with pytest.raises(NotOursError) as refused:
        PrivateFolder.open(tmp_path / "x" / "base", *names, make=make_folders)
    assert str(refused.value).startswith(f"{obstacle.path} {obstacle.words}")
    assert "; move it away" in reason_of(refused.value)
    assert obstacle.is_untouched()


@pytest.mark.parametrize(
    "act",
    [
        lambda folder: folder.open_file("file", os.O_RDONLY),
        lambda folder: folder.open_file("file", os.O_WRONLY | os.O_CREAT | os.O_APPEND),
        lambda folder: folder.open_file("file", os.O_WRONLY | os.O_TRUNC),
        lambda folder: folder.check("file"),
        lambda folder: folder.check("file", close=True),
        lambda folder: folder.remove("file"),
        lambda folder: folder.rename("file", "other"),
        lambda folder: folder.rename("good", "file"),
    ],
    ids=["read", "write", "truncate", "check", "close", "remove", "rename", "replace"],
)
@each(IN_PLACE_OF_A_FILE)
def test_what_is_no_file_of_ours_is_refused(
    tmp_path: Path, kind: str, make: Make, act: Callable[[PrivateFolder], object]
) -> None:
    with PrivateFolder.open(tmp_path / "base") as folder:
        folder.make_file("good")
        obstacle = Obstacle(tmp_path / "base" / "file", kind, make)
        with pytest.raises(NotOursError) as refused:
            act(folder)
        assert str(refused.value).startswith(f"{obstacle.path} {obstacle.words}")
        folder.make_file("file")
        assert obstacle.is_untouched()
        assert (tmp_path / "base" / "good").exists()


def test_a_folder_within_another_users_is_refused(tmp_path: Path) -> None:
    """Whoever owns that could put another one in its place at any moment."""
    home = tmp_path / "home"
    (home / "base").mkdir(parents=True)
    give_away(home)
    with pytest.raises(NotOursError, match=rf"^{home} belongs to the user with the id {OTHER_USER}, and this is"):
        PrivateFolder.open(home / "base")
    home.chmod(0o1777)  # as /tmp, whoever it seems to belong to in a container
    PrivateFolder.open(home / "base").close()


def test_what_is_done_in_a_folder_is_done_there_whatever_takes_its_name(tmp_path: Path) -> None:
    with PrivateFolder.open(tmp_path / "base") as folder:
        folder.path.rename(tmp_path / "moved")
        (tmp_path / "base").symlink_to(tmp_path)
        os.close(folder.open_file("file", os.O_WRONLY | os.O_CREAT))
    assert (tmp_path / "moved" / "file").exists()


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for names in ((), ("a",), ("a", "b")):
        with PrivateFolder.open(tmp_path / "base", *names) as folder:
            folder.make_file("file")
            folder.check("file", close=True)
            folder.remove("file")
    (tmp_path / "base" / "link").symlink_to(tmp_path)
    with pytest.raises(NotOursError):
        PrivateFolder.open(tmp_path / "base", "link")
    with pytest.raises(FileNotFoundError):
        PrivateFolder.open(tmp_path / "base", "none", make=False)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize("given", ["", "relative/state"])
def test_a_state_folder_that_is_no_absolute_path_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", given)
    assert state_dir() == tmp_path / ".local/state/tierdeps"
    monkeypatch.setenv("XDG_STATE_HOME", "/var/state")
    assert state_dir() == Path("/var/state/tierdeps")


@pytest.mark.parametrize("given", ["", "relative", "/nowhere/at/all"])
def test_a_runtime_folder_that_is_not_there_is_not_used(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", given)
    assert runtime_dir() is None


def test_the_runtime_folder_is_used_where_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert runtime_dir() == tmp_path / "tierdeps"


@pytest.mark.parametrize(
    ("state", "runtime", "path", "advice"),
    [
        ("/s", "/r", "/s/tierdeps/run", "or set XDG_STATE_HOME to a folder of your own"),
        ("/s", "/r", "/s", "or set XDG_STATE_HOME to a folder of your own"),
        ("/s", "/r", "/r/tierdeps", "or set XDG_RUNTIME_DIR to a folder of your own"),
        ("/s", "/r", "/r", "or set XDG_RUNTIME_DIR to a folder of your own"),
        ("/r/s", "/r", "/r/s/tierdeps", "or set XDG_STATE_HOME to a folder of your own"),
        ("/s", "/s/r", "/s/r/tierdeps", "or set XDG_RUNTIME_DIR to a folder of your own"),
        ("/x", "/x", "/x/tierdeps", "or set XDG_RUNTIME_DIR and XDG_STATE_HOME to a folder of your own"),
        ("", "", "/home/me/.local/state/tierdeps", "or set XDG_STATE_HOME to a folder of your own"),
        ("/s", "/r", "/home/me/.local/state/tierdeps", ""),
        ("/s", "", "/srunning/tierdeps", ""),
    ],
)
def test_the_variable_that_leads_to_what_is_not_ours_is_named(
    monkeypatch: pytest.MonkeyPatch, state: str, runtime: str, path: str, advice: str
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_STATE_HOME", state)
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    wanted = f"{path} is a device; move it away{advice and ', '}{advice}"
    assert str(NotOursError(Path(path), "is a device")) == wanted


def test_without_a_home_a_foreign_path_is_only_to_be_moved_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    assert str(NotOursError(Path("/x"), "is a device")).endswith("; move it away")


def test_without_a_home_the_error_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(NoHomeError, match=r"HOME is not set, and no user has the id .* set HOME, or XDG_STATE_HOME to"):
        state_dir()
