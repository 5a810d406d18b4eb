"""``check --watch`` and ``start --watch``: what changes is checked again, or reloaded."""

from __future__ import annotations

import asyncio
import signal
import threading
from typing import IO, TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S
from tierdeps.cli._file_changes import WatchedFiles
from tierdeps.cli.run.file_watch import change_text, watching
from tierdeps.errors import InputError

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.cli.conftest import Ask
    from tests.cli.hosts import Host

pytest.importorskip("watchfiles")


def replace(file: Path, text: str) -> None:
    """Replace a file by another one, as editors do."""
    beside = file.with_suffix(".new")
    beside.write_text(text)
    beside.replace(file)


def read_until(stream: IO[str] | None, text: str) -> None:
    """Read a stream up to a line that contains a text."""
    assert stream is not None
    assert any(text in line for line in stream), f"{text!r} never came"


def interrupt(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=TIMEOUT_S)
    return process.returncode


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_check_is_made_again_after_a_change_until_a_signal_ends_it(host: Host, number: signal.Signals) -> None:
    graph = host.folder / "graph.toml"
    graph.write_text("[drivers.a]\n")
    process = host.begin("check", "--watch", "graph.toml", "--format", "concise")
    read_until(process.stderr, "waiting for changes")
    replace(graph, '[drivers.a]\nrequires = ["b"]\n')
    read_until(process.stdout, "TD103")
    read_until(process.stderr, "waiting for changes")
    process.send_signal(number)
    process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130


def test_a_start_reloads_what_changed_and_keeps_the_rest(host: Host) -> None:
    host.graph({"a": ()})
    process = host.begin("start", "--watch", "graph.toml")
    read_until(process.stdout, "all drivers are ready")
    before = host.running()["a"]
    host.graph({"a": (), "b": ("a",)})
    read_until(process.stdout, "b ready")
    assert host.running()["a"] == before
    (host.folder / "graph.toml").write_text("[drivers.a\n")
    read_until(process.stderr, "nothing was changed")
    assert set(host.running()) == {"a", "b"}
    assert interrupt(process) == 0


def test_a_start_watches_the_paths_that_are_named(host: Host) -> None:
    host.graph({"a": ()})
    (host.folder / "conf").mkdir()
    process = host.begin("start", "--watch-path", "conf", "graph.toml")
    read_until(process.stdout, "all drivers are ready")
    (host.folder / "conf" / "x").write_text("1")
    read_until(process.stderr, "conf/x has changed")
    read_until(process.stderr, "no driver depends on what changed")
    assert interrupt(process) == 0


def test_a_changed_env_file_restarts_its_driver_also_one_that_appears_later(host: Host) -> None:
    (host.folder / "a.env").write_text("V=old\n")
    (host.folder / "w.toml").write_text(
        """[drivers.a]
command = ["sh", "-c", "echo V=$V,$W; exec sleep 1000"]
env_file = ["a.env", "-conf/later.env"]
ready = "log:^V="
"""
    )
    process = host.begin("start", "--watch", "w.toml")
    read_until(process.stdout, "all drivers are ready")
    replace(host.folder / "a.env", "V=new\n")
    read_until(process.stderr, "a.env has changed")
    read_until(process.stderr, "will start a")
    read_until(process.stderr, "started 1 of 1")
    (host.folder / "conf").mkdir()
    (host.folder / "conf" / "later.env").write_text("W=1\n")
    read_until(process.stderr, "will start a")
    read_until(process.stderr, "started 1 of 1")
    assert interrupt(process) == 0
    assert "V=new,1" in host.ask("logs", "a").out


def test_settings_that_appear_later_count(host: Host) -> None:
    host.graph({"a": ()})
    process = host.begin("start", "--watch", "graph.toml")
    read_until(process.stdout, "all drivers are ready")
    (host.folder / "tierdeps.toml").write_text("[drivers.a]\nx = 1\n")
    read_until(process.stderr, "tierdeps.toml has changed")
    read_until(process.stderr, "will reload a")
    read_until(process.stderr, "started 1 of 1")
    assert interrupt(process) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("check", "--watch", "nowhere.toml"), "nowhere.toml: cannot be watched: there is no such file or folder"),
        (("start", "--watch-path", "nowhere", "graph.toml"), "nowhere: cannot be watched"),
        (("start", "--watch", "--once", "graph.toml"), "--watch and --once cannot be combined"),
        (("start", "--watch", "--leave-running", "graph.toml"), "--watch and --leave-running cannot be combined"),
    ],
)
def test_what_cannot_be_watched_is_refused(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "graph.toml").write_text("[drivers.a]\n")
    found = ask(*arguments)
    assert found.code == 2
    assert message in found.err


@pytest.mark.parametrize("command", ["check", "start"])
def test_the_standard_input_cannot_be_watched(host: Host, command: str) -> None:
    found = host.ask(command, "--watch", "-", given="[drivers.a]\n")
    assert found.code == 2
    assert "the standard input cannot be watched; name a file" in found.err


def test_files_beside_and_those_of_editors_are_no_change(tmp_path: Path) -> None:
    file, folder = tmp_path / "a.toml", tmp_path / "folder"
    file.write_text("")
    (folder / "inner").mkdir(parents=True)
    watched = WatchedFiles.of([str(file), str(folder)])
    assert watched.names(str(file))
    assert watched.names(str(folder / "inner" / "x"))
    assert not watched.names(str(tmp_path / "b.toml"))
    assert not watched.names(str(tmp_path / "folder.toml"))
    assert watched.roots() == [str(tmp_path), str(folder), str(folder / "inner")]


def test_a_link_and_what_it_leads_to_are_both_watched(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    real, link = tmp_path / "data" / "a.toml", tmp_path / "a.toml"
    real.write_text("")
    link.symlink_to(real)
    watched = WatchedFiles.of([str(link)])
    assert watched.names(str(link))
    assert watched.names(str(real))
    assert set(watched.roots()) == {str(tmp_path), str(real.parent)}


def test_a_file_that_is_expected_is_waited_for_in_the_nearest_folder(tmp_path: Path) -> None:
    file = tmp_path / "one" / "two" / "file"
    watched = WatchedFiles.of([], [str(file)])
    assert watched.names(str(file))
    assert watched.roots() == [str(tmp_path)]


def test_changed_files_are_named_or_counted(tmp_path: Path) -> None:
    folder = str(tmp_path)
    assert change_text((f"{folder}/a.env",), folder) == "a.env has changed"
    assert change_text((f"{folder}/a", "/b"), folder) == "a, /b have changed"
    assert change_text(tuple(f"/{number}" for number in range(99)), folder).endswith(" more have changed")
    assert change_text((), folder) == "folders that are watched have come or gone"


def test_a_folder_with_too_many_folders_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierdeps.cli._file_changes.MAX_FOLDERS", 2)
    for name in "abc":
        (tmp_path / name).mkdir()
    with pytest.raises(InputError, match="more than 2 folders"):
        WatchedFiles.of([str(tmp_path)]).roots()


def test_changes_between_two_reads_are_not_missed_and_new_folders_are_watched(tmp_path: Path) -> None:
    async def main() -> None:
        stop = threading.Event()
        changes = WatchedFiles.of([str(tmp_path)]).changes_until(stop)
        async with asyncio.timeout(TIMEOUT_S):
            await anext(changes)
            (tmp_path / "new").mkdir()
            await anext(changes)  # the new folder is watched, from here on or from the next time on
            (tmp_path / "new" / "file").write_text("")
            await anext(changes)
        stop.set()
        assert [None async for _ in changes] == []

    asyncio.run(main())


def test_a_run_goes_on_and_says_so_where_files_cannot_be_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = WatchedFiles.of([str(tmp_path)])
    (tmp_path / "a").mkdir()
    monkeypatch.setattr("tierdeps.cli._file_changes.MAX_FOLDERS", 1)
    errors: list[str] = []

    async def main() -> None:
        async with watching(watched, lambda _: None, errors.append), asyncio.timeout(TIMEOUT_S):
            while not errors:  # noqa: ASYNC110  it comes from a thread
                await asyncio.sleep(0.01)

    asyncio.run(main())
    assert "more than 1 folders; the run goes on" in errors[0]
