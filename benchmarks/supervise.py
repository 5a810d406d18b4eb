"""What it costs to run so many idle processes, beside other supervisors in the same run.

``python -m benchmarks.supervise [PROCESSES...]`` starts that many processes (1,000) under each, leaves them alone for a
minute (``--idle SECONDS``), stops them, and exits with 1 when tierdeps is above a limit. ``--rounds N`` repeats starts
and stops, of which medians are shown (3); ``--only NAME`` measures one side. Of tierdeps it also measures how long the
orphan guard takes after a SIGKILL. ``.ci/supervisors build/peers`` unpacks peers that are not installed.
``--save FILE`` writes the results.

A start is over when all processes run; tierdeps then still waits until they have stayed up, see ``settle``.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from math import inf
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.arguments import pause, whole_number
from benchmarks.observe import Ends, Observed, Usage, descendants, marked, memory, usage
from benchmarks.results import Bar, Chart, save
from benchmarks.supervisors import OURS, PEERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.supervisors import Supervisor

#: The variable that marks all processes of a trial.
MARK = "TIERDEPS_BENCHMARK"
#: What a start finds as an installer leaves it: bytecode is read, and kept where it is missing.
NOT_PASSED_ON = {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
#: How long a start or a stop may take, in seconds.
PATIENCE_S = 180
#: The pause before the idle time, in seconds: what follows a start is no idleness.
CALM_S = 3
#: What counts as no processor time while idle, in seconds: one tick of the clock that top and ps show.
TICK_S = 0.01
#: The limits: of the best peer, or in seconds for 1,000 processes, or in bytes.
START, IDLE, OF_DINIT = 1.3, 1.0, 2.0
STOP_S, GUARD_S, MEMORY = 0.5, 2.0, 40 << 20


class Sample(NamedTuple):
    """What one side took for one start and stop: moments in seconds, from the start or from the signal."""

    up: float
    ready: float
    start_cpu: float
    down: float
    code: int
    idle: Usage
    memory: int


class FailedError(Exception):
    """A supervisor did not do what it is measured at."""


class Trial:
    """One start of a supervisor; what it started is killed in the end, whatever happens."""

    def __init__(self, supervisor: Supervisor, program: str, count: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="supervise-")
        folder = Path(self._folder.name)
        # A number of seconds that no other process sleeps for: the processes are found by it.
        token = f"{86400 + os.getpid() / 1e7 + time.monotonic_ns() % 10**9 / 1e9:.9f}"
        self._observed = Observed(token)
        self._mark = f"{MARK}={token}"
        self._count = count
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._notify.bind(str(folder / "notify"))
        environment = {
            **{name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON},
            **dict(supervisor.environment),
            "PATH": f"{Path(program).parent}:{os.environ['PATH']}",
            "XDG_STATE_HOME": str(folder),
            "NOTIFY_SOCKET": str(folder / "notify"),
            MARK: token,
        }
        command = supervisor.configure(program, folder, ("/bin/sleep", token), count)
        self._output = folder / "output"
        self.began = time.monotonic()
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                start_new_session=True,
            )

    def up(self) -> float:
        """Wait until all processes run; return how long that took."""
        moment = self._observed.wait(self._count, self.began + PATIENCE_S, self.process.poll)
        if moment == inf:
            said = self._output.read_text(errors="replace").splitlines()[-1:] or [""]
            raise FailedError(f"{len(self._observed.pids())} of {self._count} processes run: {said[0]}")
        return moment - self.began

    def ready(self) -> float:
        """Wait until the supervisor reports by the notify socket that all are ready; return how long that took."""
        self._notify.settimeout(PATIENCE_S)
        try:
            while "READY=1" not in self._notify.recv(4096).decode().splitlines():
                pass
        except TimeoutError:
            raise FailedError(f"it did not report within {PATIENCE_S} s that all are ready") from None
        return time.monotonic() - self.began

    def own(self) -> set[int]:
        """Return the ids of the supervisor's own processes."""
        return (descendants(self.process.pid) | marked(self._mark)) - self._observed.pids()

    def stop(self, number: int, *, guarded: bool = False) -> float:
        """Send the supervisor a signal, and wait for the end of all; return how long that took."""
        own = self.own()
        ends = Ends({*self._observed.pids(), *own} - {self.process.pid})
        began = time.monotonic()
        self.process.send_signal(number)
        if guarded:
            self.process.wait()
        try:
            moment = ends.wait(began + PATIENCE_S)
        finally:
            ends.kill()
            ends.close()
        if not guarded:
            self.process.wait(PATIENCE_S)
            moment = max(moment, time.monotonic() if self.process.returncode else moment)
        return moment - began

    def close(self) -> None:
        """Kill what is left."""
        for _ in range(2):  # what is started meanwhile is killed the second time
            left = Ends((self.own() if self.process.poll() is None else marked(self._mark)) | self._observed.pids())
            left.kill()
            left.wait(time.monotonic() + CALM_S)
            left.close()
        self.process.wait(PATIENCE_S)
        self._notify.close()
        self._folder.cleanup()


def sample(supervisor: Supervisor, program: str, count: int, idle: float) -> Sample:
    """Start and stop the processes once; leave them alone for ``idle`` seconds."""
    trial = Trial(supervisor, program, count)
    try:
        up = trial.up()
        ready = trial.ready() if supervisor in OURS else up
        own = trial.own()
        start_cpu = usage(own).seconds
        used = Usage(0, 0)
        if idle:
            time.sleep(CALM_S)
            before = usage(own)
            time.sleep(idle)
            after = usage(own)
            used = Usage(after.seconds - before.seconds, after.wakeups - before.wakeups)
        size = memory(own)
        down = trial.stop(supervisor.signal)
        return Sample(up, ready, start_cpu, down, trial.process.returncode, used, size)
    finally:
        trial.close()


def guard_seconds(program: str, count: int) -> float:
    """Return how long the processes outlive a SIGKILL of tierdeps."""
    trial = Trial(OURS[0], program, count)
    try:
        trial.up()
        trial.ready()
        return trial.stop(signal.SIGKILL, guarded=True)
    finally:
        trial.close()


def medians(samples: Sequence[Sample]) -> Sample:
    """Return the median of each moment; the idle time is that of the first one."""
    up, ready = median(one.up for one in samples), median(one.ready for one in samples)
    start_cpu, down = median(one.start_cpu for one in samples), median(one.down for one in samples)
    code = max(one.code for one in samples)
    return Sample(up, ready, start_cpu, down, code, samples[0].idle, samples[0].memory)


class Row(NamedTuple):
    """What was measured of one side with so many processes."""

    name: str
    processes: int
    sample: Sample

    def line(self) -> str:
        """Return its line of the table."""
        one = self.sample
        ready = f"{one.ready:8.2f}" if one.ready != one.up else f"{'':8}"
        return (
            f"{self.name:24} {self.processes:6} {one.up:8.2f} {ready} {one.start_cpu:9.2f}"
            f" {one.idle.seconds * 1000:9.0f} {one.idle.wakeups:9} {one.memory / (1 << 20):9.1f} {one.down:8.2f}"
        )


HEADER = (
    f"{'':24} {'':6} {'up':>8} {'ready':>8} {'processor':>9} {'idle':>9} {'wakeups':>9} {'memory':>9} {'down':>8}\n"
    f"{'':24} {'':6} {'s':>8} {'s':>8} {'s':>9} {'ms':>9} {'':>9} {'MiB':>9} {'s':>8}"
)


def available(names: Sequence[str]) -> Iterator[tuple[Supervisor, str]]:
    """Yield the sides to measure with the paths of their programs; print which are not there."""
    for one in (*OURS, *PEERS):
        if names and one.name not in names:
            continue
        path = one.path()
        if path is None:
            print(f"{one.name:24} not measured: {one.program} is neither installed nor in build/peers")
        else:
            yield one, path


def measured(sides: Sequence[tuple[Supervisor, str]], count: int, rounds: int, idle: float) -> Iterator[Row]:
    """Measure all sides in turns; print a line of each. A side that fails in one round is not measured."""
    samples: dict[str, list[Sample]] = {}
    failed: set[str] = set()
    for number in range(rounds):
        for one, program in sides:
            if count > one.most or one.name in failed:
                continue
            try:
                taken = sample(one, program, count, 0 if number else idle)
            except FailedError as error:
                print(f"{one.name:24} {count:6} not measured: {error}", flush=True)
                failed.add(one.name)
                samples.pop(one.name, None)
                continue
            samples.setdefault(one.name, []).append(taken)
    for name, values in samples.items():
        row = Row(name, count, medians(values))
        print(row.line(), flush=True)
        yield row


def problems(rows: Sequence[Row], guard: float) -> Iterator[str]:
    """Yield the limits that are exceeded with so many processes."""
    ours = rows[0].sample
    peers = [row.sample for row in rows if row.name not in {one.name for one in OURS}]
    scale = max(1.0, rows[0].processes / 1000)
    if ours.code:
        yield f"exit code {ours.code}"
    if peers and ours.up > START * (best := min(peer.up for peer in peers)):
        yield f"the start takes {ours.up / best:.2f} of the best peer, at most {START:g}"
    if peers and ours.idle.seconds > IDLE * (least := min(peer.idle.seconds for peer in peers)) + TICK_S:
        yield f"idle, it takes {(ours.idle.seconds - least) * 1000:.1f} ms more than the best peer"
    for row in rows:
        if row.name == "dinit" and ours.up > OF_DINIT * row.sample.up:
            yield f"the start takes {ours.up / row.sample.up:.2f} of dinit, at most {OF_DINIT:g}"
    if ours.down > STOP_S * scale:
        yield f"the stop takes {ours.down:.2f} s, at most {STOP_S * scale:g} s"
    if guard > GUARD_S * scale:
        yield f"the guard takes {guard:.2f} s, at most {GUARD_S * scale:g} s"
    if ours.memory > MEMORY * scale:
        yield f"it takes {ours.memory / (1 << 20):.1f} MiB, at most {MEMORY * scale / (1 << 20):g} MiB"


def raise_limit() -> None:
    """Allow this process a pidfd of each process that it waits for."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def charts(rows: Sequence[Row]) -> Iterator[Chart]:
    """Yield the charts of one number of processes."""
    processes = f"{rows[0].processes:,} processes"

    def chart(title: str, unit: str, values: Sequence[float]) -> Chart:
        bars = (Bar(row.name, value) for row, value in zip(rows, values, strict=True))
        return Chart(f"{processes}: {title}", unit, tuple(bars))

    yield chart("until they run", "seconds", [row.sample.up for row in rows])
    yield chart("until they have ended", "seconds", [row.sample.down for row in rows])
    yield chart("memory of the supervisor", "MiB", [row.sample.memory / (1 << 20) for row in rows])


def lacks_ours(sides: Sequence[tuple[Supervisor, str]], rows: Sequence[Row]) -> bool:
    """Return whether tierdeps was to be measured and failed."""
    return not {one.name for one, _ in sides if one in OURS} <= {row.name for row in rows}


def judged(rows: Sequence[Row]) -> bool:
    """Measure the guard, and print which limits are exceeded; return whether there are any."""
    count = rows[0].processes
    try:
        guard = guard_seconds(sys.executable, count)
    except FailedError as error:
        print(f"{'the guard':24} {count:6} not measured: {error}", flush=True)
        return True
    print(f"{'the guard':24} {count:6} {'':56} {guard:8.2f}", flush=True)
    found = list(problems(rows, guard))
    for problem in found:
        print(f"{'':24} {count:6} EXCEEDED: {problem}", flush=True)
    return bool(found)


def options_of(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.supervise", description=__doc__.splitlines()[0])
    parser.add_argument(
        "counts", nargs="*", type=whole_number, default=[1000], metavar="PROCESSES", help="how many; 1000 by default"
    )
    parser.add_argument("--idle", type=pause, default=60, metavar="SECONDS", help="how long they are left alone (60)")
    parser.add_argument("--rounds", type=whole_number, default=3, metavar="N", help="starts and stops of each side (3)")
    names = [one.name for one in (*OURS, *PEERS)]
    text = f"measure this side alone, may be repeated: {', '.join(map(repr, names))}"
    parser.add_argument("--only", action="append", default=[], choices=names, metavar="NAME", help=text)
    parser.add_argument("--save", type=Path, metavar="FILE", help="JSON file for the charts")
    options = parser.parse_args(arguments)
    if options.save and not options.save.absolute().parent.is_dir():
        parser.error(f"argument --save: there is no folder {options.save.parent}")
    return options


def main() -> int:
    """Print a table for each number of processes; return 1 if a limit is exceeded or tierdeps fails."""
    options = options_of()
    raise_limit()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what runs is stopped, as on Ctrl-C
    bad = False
    drawn: list[Chart] = []
    sides = list(available(options.only))
    print(HEADER, flush=True)
    for count in options.counts:
        rows = list(measured(sides, count, options.rounds, options.idle))
        bad |= lacks_ours(sides, rows)
        if rows and rows[0].name == OURS[0].name:
            bad |= judged(rows)
            drawn += charts(rows)
    save(options.save, "supervise", drawn)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
