"""What earlier runs of an instance left running: what is known of it, and how it is ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps._util.process_id import boot_id
from tierdeps.errors import RunError
from tierdeps.journal.orphaned import LeftProcess
from tierdeps.processes.leftovers import end, forget, left_processes
from tierdeps.processes.proc import DRIVER, INSTANCE, is_alive, read_process
from tierdeps.processes.registry import RECORDS_FILE, ProcessRecord, open_folder, output_path, read_records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.processes.conftest import Trace

#: Says when it is up, and waits.
SLEEPS = "echo; while :; do sleep 0.02; done"
DEAF = f"trap '' TERM; {SLEEPS}"


class Instance:
    """An instance with records, and processes that a run of it might have left."""

    def __init__(self, name: str) -> None:
        self.name = name
        with open_folder(name) as opened:
            self.folder = opened.path
        self._lines: list[str] = []
        self._started: list[subprocess.Popen[bytes]] = []

    def begin(self, driver: str, script: str = SLEEPS, **options: Any) -> int:
        """Start a process that has the tags of a driver, unless it gets another environment; return its number."""
        options = {"env": self.tags(driver), "start_new_session": True, **options}
        process = subprocess.Popen(["/bin/sh", "-c", script], stdout=subprocess.PIPE, **options)
        self._started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"\n"
        return process.pid

    def tags(self, driver: str) -> dict[str, str]:
        return {**os.environ, DRIVER: driver, INSTANCE: str(self.folder)}

    def record(self, driver: str, pid: int, *, left: bool = True, stop_signal: str = "SIGTERM") -> LeftProcess:
        """Record a process; return what is to be known of it, if it runs and is ours."""
        record = ProcessRecord(driver, pid, started(pid), left, boot_id(), stop_signal)
        self._lines.append(json.dumps(record) + "\n")
        (self.folder / RECORDS_FILE).write_text("".join(self._lines))
        return LeftProcess(driver, pid, record.started, stop_signal, left, alive=True, ours=True)

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self.wait(pid)

    def wait(self, pid: int) -> int:
        return next(one for one in self._started if one.pid == pid).wait(20)

    def close(self) -> None:
        for process in self._started:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


@pytest.fixture
def shop() -> Iterator[Instance]:
    instance = Instance("shop")
    yield instance
    instance.close()


def started(pid: int) -> int:
    seen = read_process(pid)
    assert seen is not None
    return seen.started


def test_without_records_nothing_is_left() -> None:
    assert left_processes("shop") == ()
    assert left_processes("shop", search=True) == ()


def test_of_each_process_it_is_known_whether_it_runs_was_ready_and_is_ours(shop: Instance) -> None:
    web = shop.record("web", shop.begin("web"), stop_signal="SIGINT")
    db = shop.record("db", shop.begin("db"), left=False)
    ended = shop.record("ended", shop.begin("ended"))
    shop.kill(ended.pid)
    foreign = shop.record("foreign", shop.begin("foreign", env=os.environ))
    other = shop.record("other", shop.begin("web"))
    assert left_processes("shop") == (
        web,
        db,
        ended._replace(alive=False, ours=False),
        foreign._replace(ours=False),
        other._replace(ours=False),
    )


def test_a_process_without_its_tags_is_ours_while_it_writes_to_its_log_file(shop: Instance) -> None:
    with output_path(shop.folder, "web").open("wb") as file:
        script = "(echo up >&2); while :; do sleep 0.02; done"  # in a subshell: its own stdout leads to the file
        with subprocess.Popen(
            ["/bin/sh", "-c", script], env=os.environ, stdout=file, stderr=subprocess.PIPE, start_new_session=True
        ) as process:
            assert process.stderr is not None
            assert process.stderr.readline() == b"up\n"
            web, db = shop.record("web", process.pid), shop.record("db", process.pid)
            found = left_processes("shop")
            process.kill()
        assert found == (web, db._replace(ours=False))


def test_records_that_cannot_be_read_are_one_sentence(shop: Instance) -> None:
    (shop.folder / RECORDS_FILE).mkdir()
    with pytest.raises(RunError, match=r"^processes that were left running cannot be looked up: "):
        left_processes("shop")


def test_a_search_finds_unrecorded_leaders(shop: Instance, trace: Trace) -> None:
    recorded = shop.record("db", shop.begin("db"), stop_signal="SIGINT")
    shop.begin("db")
    unrecorded = shop.begin(
        "wéb", "sleep 1000 > /dev/null & " + SLEEPS
    )  # its child has the tags too, and leads no session
    other = Instance("other")
    other.begin("other")
    found = LeftProcess("wéb", unrecorded, started(unrecorded), "SIGTERM", ready=False, alive=True, ours=True)
    assert left_processes("shop") == (recorded,)
    assert left_processes("shop", search=True) == (recorded, found)
    other.close()
    trace.kill()


def test_its_own_signal_ends_it_and_what_it_started_elsewhere_gets_sigterm(
    shop: Instance, trace: Trace, tmp_path: Path
) -> None:
    said = tmp_path / "said"
    elsewhere = f"setsid sh -c 'trap \"echo term >> {said}; exit\" TERM; touch {said}; {SLEEPS}' > /dev/null & "
    own = f"trap 'sleep 0.2; echo usr1 >> {said}; exit 0' USR1; "
    web = shop.record("web", shop.begin("web", elsewhere + own + SLEEPS), stop_signal="SIGUSR1")
    while not said.exists():
        time.sleep(0.01)
    assert end("shop", web, 20) == ""
    assert trace.nothing_is_left()
    assert shop.wait(web.pid) == 0
    assert said.read_text() == "usr1\nterm\n"


def test_one_that_does_not_end_is_killed_when_its_time_is_over(shop: Instance, trace: Trace) -> None:
    web = shop.record("web", shop.begin("web", DEAF))
    assert end("shop", web, 0.1) == ""
    assert shop.wait(web.pid) == -signal.SIGKILL
    assert trace.nothing_is_left()


def test_what_is_left_of_an_ended_process_is_signalled_and_then_killed(shop: Instance, trace: Trace) -> None:
    web = shop.record("web", shop.begin("web"))
    shop.kill(web.pid)
    deaf, heeds = shop.begin("web", DEAF), shop.begin("web")
    assert end("shop", web._replace(alive=False, ours=False), 20) == ""
    assert (shop.wait(deaf), shop.wait(heeds)) == (-signal.SIGKILL, -signal.SIGTERM)
    assert trace.nothing_is_left()


def test_what_is_not_ours_is_left_alone(shop: Instance) -> None:
    foreign = shop.record("web", shop.begin("web", env=os.environ))._replace(ours=False)
    assert end("shop", foreign, 20) == (
        f"process {foreign.pid} does not bear the marks of this instance, and was left alone;"
        f" if it is to end: kill {foreign.pid}"
    )
    assert is_alive(foreign.pid, foreign.started)


def test_a_later_process_of_its_number_is_left_alone(shop: Instance) -> None:
    later = shop.begin("web", env=os.environ)
    gone = LeftProcess("web", later, started(later) - 1, "SIGKILL", ready=True, alive=True, ours=True)
    assert end("shop", gone, 20) == ""
    assert is_alive(later, started(later))


def test_forgotten_processes_are_not_looked_up_again(shop: Instance) -> None:
    shop.record("web", shop.begin("web"))
    db = shop.record("db", shop.begin("db"))
    forget("shop", ["web"])
    assert left_processes("shop") == (db,)
    with open_folder("shop") as folder:
        assert [record.driver for record in read_records(folder)] == ["db"]
