"""One round: a few disturbed runs of one graph, and the checks afterwards."""

from __future__ import annotations

from random import Random
from time import monotonic, sleep
from typing import TYPE_CHECKING

from tests.hostile.chaos.acts import AMID, ENDS, act, terminate
from tests.hostile.chaos.commands import TIMEOUT_S
from tests.hostile.chaos.processes import guards, marked, recorded
from tests.hostile.chaos.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hostile.chaos.commands import Command

#: The longest pause before the next disturbance, in seconds.
PAUSE = 1.5
#: The message of a stop whose time was too short on a busy machine: it fails, and the guard ends what is left.
HANDED_OVER = "the guard keeps trying"
#: The interval of checks, in seconds.
LOOK = 0.05
#: The exit codes that are allowed here: those of success and of failures at run time.
CODES = {"start": frozenset({0, 4, 130})}
OTHERS = frozenset({0, 2, 4})


class Round:
    """One round; its ``faults`` are sentences."""

    def __init__(self, seed: int, folder: Path, processes: int) -> None:
        random = Random(seed)  # noqa: S311  no secret
        self._stage = Stage(random, folder, processes)
        self.faults: list[str] = []

    @property
    def history(self) -> list[str]:
        """What was done, in a line each."""
        return self._stage.history

    def play(self) -> list[str]:
        """Run it to its end; return the faults."""
        try:
            for _ in range(self._stage.random.randint(1, 3)):
                self._episode()
                if self.faults:
                    return self.faults
            self._last()
        finally:
            self._stage.close()
        return self.faults

    def _episode(self) -> None:
        """Start one run, and disturb it until it ends."""
        stage = self._stage
        options = stage.random.choice([(), (), ("--detach",), ("--format", "json"), ("--stop-timeout", "2")])
        stage.command("start", "graph.json", *options)
        for _ in range(stage.random.randint(0, 4)):
            act(stage, AMID, PAUSE)
        act(stage, ENDS, PAUSE)
        if stage.random.randrange(2):
            act(stage, ENDS, PAUSE / 3)
        self._await_end()

    def _await_end(self) -> None:
        """Wait for each command and each run, which are signalled if nothing else ends them; none may hang."""
        stage = self._stage
        stage.history.append("the end")
        if stage.random.randrange(2):
            stage.unlock_journal()
        for command in stage.commands:
            if command.words[0] != "start":
                self._end(command)
        terminate(stage)  # a start that came later, or was not found by who was to stop it
        self._within(lambda: not stage.instances, lambda: f"the starts {stage.instances} do not end")
        for command in stage.commands:
            self._end(command)
        stage.unlock_journal()

    def _end(self, command: Command) -> None:
        if command.ends():
            self.faults += command.faults(CODES.get(command.words[0], OTHERS))
        else:
            self.faults.append(f"{' '.join(command.words)}: hangs")
        if command in self._stage.commands and not command.runs:
            self._stage.commands.remove(command)
            command.close()

    def _last(self) -> None:
        """Start a last time, without crashing processes: that cleans up, succeeds, and leaves nothing."""
        stage = self._stage
        (stage.folder / "calm").touch()
        last = stage.command("start", "--once", "graph.json", kinds="file file")
        self._end(last)
        if last.process.returncode == 0:
            self.faults += [f"orphaned after a stop that succeeded: {one}" for one in stage.processes]
        elif HANDED_OVER not in last.said or "all drivers are ready" not in last.said:
            self.faults.append(f"the last start failed: {last.said[-2000:]}")
        runs = {one.run for one in recorded(stage.folder)}
        self._within(lambda: not stage.processes, lambda: f"lost: {', '.join(map(str, stage.processes))}")
        self._within(lambda: not marked(stage.mark), lambda: f"orphaned: {marked(stage.mark)}")
        self._within(lambda: not any(map(guards, runs)), lambda: "a guard does not end")
        twice = stage.folder / "twice"
        self.faults += twice.read_text().splitlines() if twice.exists() else []
        for log in (stage.folder / "state").rglob("*.log"):
            if "Traceback (most recent" in log.read_text(errors="replace"):
                self.faults.append(f"a traceback in {log}")

    def _within(self, holds: object, fault: object) -> None:
        assert callable(holds)
        assert callable(fault)
        until = monotonic() + TIMEOUT_S
        while not holds():
            if monotonic() > until:
                self.faults.append(fault())
                return
            sleep(LOOK)
