"""A run that goes on while its processes crash, hang and are killed, and its drivers are restarted, stopped, reloaded.

``python -m benchmarks.soak`` samples the instance, and exits 1 if something grows that must not, if a process is left
in the end, or if a command fails in a way that no state of the drivers explains. ``--save FILE`` writes the samples.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import tierdeps
from benchmarks.arguments import duration, whole_number
from benchmarks.soak_commands import COMMANDS, EXPECTED_CODES, Commands
from benchmarks.soak_graph import SoakGraph
from benchmarks.soak_report import print_report, print_types
from benchmarks.soak_samples import MARK, Sampler, marked
from tierdeps import Value
from tierdeps.processes.proc import is_alive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.soak_samples import Sample

#: The mean pause between two disturbances from outside, as a multiple of that between two processes that end.
PAUSE = 1.3
#: How long the run may take to stop, and its guard after it, in seconds.
STOP_TIMEOUT_S, LEFT_TIMEOUT_S = 180, 10
#: How long the first sample may take, besides the interval, in seconds.
FIRST_SAMPLE_S = 60
#: So few samples show no growth.
MIN_SAMPLES = 4
#: The run was stopped while it was still starting something.
STOPPED_EARLY = 130
#: The signals that processes of drivers get.
SIGNALS = ("SIGKILL", "SIGSTOP", "SIGTERM")
KILL_COMMAND = "kill a command"
DISTURBANCES = (KILL_COMMAND, *SIGNALS, *COMMANDS)


def send_signal(pid: int, started: int, number: int) -> bool:
    """Send a signal to a process, and never to another one that has got its id since; return whether it was there."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        if not is_alive(pid, started):
            return False
        signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)
    return True


class Given(Value):
    """What a soak is like: how many processes, one of which ends so often, in seconds, and is sampled so often."""

    processes: int = 50
    seed: int = 1
    every: float = 3.0
    interval: float = 10.0


class Soak:
    """One run, in a folder of its own."""

    def __init__(self, folder: Path, given: Given) -> None:
        self._folder = folder
        self._given = given
        self._lot = random.Random(given.seed)  # noqa: S311
        self.graph = SoakGraph(folder, given.processes, given.every * given.processes, given.seed)
        self._mark = f"{os.getpid()}-{time.time_ns()}"
        environment = os.environ | {
            MARK: self._mark,
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_RUNTIME_DIR": str(folder),
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        self.commands = Commands(folder, environment)
        own = folder / "samples"
        hook = ("benchmarks.soak_instance", str(own), str(given.interval))
        self.instance: subprocess.Popen[bytes] = self.commands.spawn(
            "instance", *hook, "start", "-q", str(self.graph.path), "--on-failure", "isolate"
        )
        self.sampler = Sampler(self.instance.pid, self._mark, folder / "state", own)
        self.samples: list[Sample] = []
        self.done: Counter[str] = Counter()
        self.problems: list[str] = []

    def run(self, count: int) -> None:
        """Disturb it until there are so many samples, or it ends."""
        samples = self.samples
        first = list(DISTURBANCES)  # so that each has been done once when the warm-up is over
        sampled_at = disturbed_at = time.monotonic() + self._given.interval
        give_up_at = sampled_at + FIRST_SAMPLE_S
        while len(samples) < count and self.instance.poll() is None:
            now = time.monotonic()
            if not samples and now > give_up_at:
                self.problems.append(f"the run took no sample within {FIRST_SAMPLE_S} s")
                break
            if samples and now >= disturbed_at:
                disturbed_at = now + self._lot.expovariate(1 / (self._given.every * PAUSE))
                self._disturb(first.pop() if first else self._lot.choice(DISTURBANCES))
            if now >= sampled_at:
                sampled_at += self._given.interval
                sample = self.sampler.take()
                samples += [sample] if sample else []
                _report(samples)
            self.commands.collect()
            time.sleep(max(0.0, min(disturbed_at, sampled_at, now + 0.5) - time.monotonic()))

    def _disturb(self, what: str) -> None:
        """Send a signal to a process of a driver, or give a command."""
        name = self._lot.choice(self.graph.names)
        if what == KILL_COMMAND:
            self.commands.kill_one(self._lot)
        elif what in SIGNALS:
            self._signal(name, getattr(signal, what))
        elif self.commands.is_busy:
            return
        else:
            if what == "reload":
                self.graph.write()
            self.commands.give(what, name)
        self.done[what] += 1

    def _signal(self, name: str, number: int) -> None:
        """Send it to one of the driver's processes."""
        processes = sorted((one.stat.pid, one.stat.started) for one in marked(self._mark) if one.driver == name)
        if processes and not send_signal(*self._lot.choice(processes), number):
            self.done["too late"] += 1

    def stop(self) -> int:
        """Stop the run; return how many processes are left."""
        if self.instance.poll() is not None:
            self.problems.append(f"the run ended by itself with exit code {self.instance.returncode}")
        else:
            self.instance.send_signal(signal.SIGTERM)
        try:
            self.instance.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.problems.append(f"the run did not stop within {STOP_TIMEOUT_S} s")
            self.instance.kill()
            self.instance.wait()
        if self.instance.returncode not in (*EXPECTED_CODES, STOPPED_EARLY):
            self.problems.append(f"the run ended with exit code {self.instance.returncode}")
        self.commands.finish()
        self.problems += self.commands.problems
        text = (self._folder / "instance.out").read_text(errors="replace")
        if "Traceback" in text:
            self.problems.append(f"the run: {text[text.index('Traceback') :][:3000]}")
        return self._left()

    def _left(self) -> int:
        """Count the processes that are left once the guard had the time to end, and end them."""
        until = time.monotonic() + LEFT_TIMEOUT_S
        while time.monotonic() < until:
            if not self.sampler.left():
                return 0
            time.sleep(0.1)
        left = self.sampler.left()
        for pid, started in left:
            self.problems.append(f"process {pid} is left")
            if is_alive(pid, started):
                os.kill(pid, signal.SIGKILL)
        return len(left)


def _report(samples: Sequence[Sample]) -> None:
    if samples and len(samples) % 6 == 0:
        words = ("rss_kib", "descriptors", "threads", "timers", "tasks", "objects", "wal_kib", "logs_kib")
        text = ", ".join(f"{word} {samples[-1][word]:,.0f}" for word in (*words, "processes"))
        print(f"{len(samples)} samples: {text}", file=sys.stderr, flush=True)


def main(minutes: float, given: Given, save: Path | None = None) -> int:
    """Print the report."""
    print(f"{minutes:g} minutes, {given}; tierdeps of {Path(tierdeps.__file__).parent}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    soak = Soak(folder, given)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        soak.run(round(minutes * 60 / given.interval))
    except KeyboardInterrupt:
        soak.problems.append(f"it was interrupted after {len(soak.samples)} samples")
    finally:
        left = soak.stop()
    samples = soak.samples
    starts = sum(file.stat().st_size for file in folder.glob("*.starts"))
    print(f"{starts} starts of processes; done from outside: {dict(soak.done)}, {dict(soak.commands.ended)}")
    if save:
        save.write_text(json.dumps({"samples": samples, "types": soak.sampler.types}))
    good = len(samples) > 1 and print_report(samples, given.processes + 1)
    if samples:
        print_types(soak.sampler.types)
    print(f"{left} processes left; exit code of the run {soak.instance.returncode}")
    for problem in (*soak.sampler.notes, *soak.problems):
        print("PROBLEM", problem)
    if good and not soak.problems:
        shutil.rmtree(folder)
        return 0
    print(f"its files are in {folder}")
    return 1


def options_of(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=duration, default=60, metavar="N")
    parser.add_argument("--processes", type=whole_number, default=50, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--every", type=duration, default=3, metavar="S", help="mean seconds until a process ends")
    parser.add_argument("--interval", type=duration, default=10, metavar="S", help="seconds between two samples")
    parser.add_argument("--save", type=Path, metavar="FILE", help="JSON file for the samples")
    options = parser.parse_args(arguments)
    if options.minutes * 60 < MIN_SAMPLES * options.interval:
        parser.error(f"--minutes has to be as long as {MIN_SAMPLES} times --interval at least")
    if options.save and not options.save.absolute().parent.is_dir():
        parser.error(f"argument --save: there is no folder {options.save.parent}")
    return options


if __name__ == "__main__":
    parsed = options_of()
    sys.exit(main(parsed.minutes, Given(parsed.processes, parsed.seed, parsed.every, parsed.interval), parsed.save))
