"""Signals at many moments of commands: each ends with its own exit code or 130, and never with a traceback."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S, wait_for
from tierdeps import cli

if TYPE_CHECKING:
    from tests.cli.hosts import Host

#: How many moments are tried, from the first at which signals are heard to the end.
MOMENTS = 12
#: Commands, and the codes with which they end by themselves.
COMMANDS = {
    "--help": {0},
    "--version": {0},
    "check large.json": {0, 1},
    "order large.toml": {0},
    "graph large.yaml": {0},
    "lock large.toml --output some.lock": {0},
    "simulate graph.toml --restarts 1": {0},
    "start graph.toml --once": {0},
    "start graph.toml --dry-run": {0},
    "status --list": {0},
    "stop nothing.toml": {4},
}
NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def hears(pid: int, number: signal.Signals = signal.SIGHUP) -> bool:
    """Return whether a process has its handlers, as the kernel sees it.

    Python itself has one for SIGINT only. That for SIGHUP counts, for pytest has one for SIGTERM where it measures
    coverage, and for a moment a child has those of its parent.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    mask = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")), "0")
    return bool(int(mask, 16) >> (number - 1) & 1)


def interrupted(host: Host, words: list[str], number: signal.Signals, seconds: float) -> tuple[int, str]:
    """Send a signal to a command so long after it hears it; return its exit code, and what it said aside."""
    process = host.begin(*words)
    wait_for(lambda: hears(process.pid) or process.poll() is not None, "handlers")
    sleep(seconds)
    process.send_signal(number)
    _, err = process.communicate(timeout=TIMEOUT_S)
    return process.returncode, err


@pytest.mark.parametrize("words", COMMANDS)
def test_a_signal_at_any_moment_ends_a_command_quietly(words: str, host: Host) -> None:
    host.graph({"web": ("db",), "db": ()})
    drivers = {f"d{number}": {"requires": [f"d{number - 1}"] if number else []} for number in range(1500)}
    text = "".join(f"[drivers.{name}]\nrequires = {table['requires']}\n" for name, table in drivers.items())
    (host.folder / "large.toml").write_text(text)
    (host.folder / "large.json").write_text(str({"drivers": drivers}).replace("'", '"'))
    (host.folder / "large.yaml").write_text(str({"drivers": drivers}))
    began = monotonic()
    assert host.ask(*words.split()).code in COMMANDS[words]
    took = monotonic() - began
    for moment in range(MOMENTS):
        number = NUMBERS[moment % len(NUMBERS)]
        code, err = interrupted(host, words.split(), number, took * moment / MOMENTS)
        # By its default action SIGINT and SIGTERM act only where no handler stands: in the interpreter's last moments.
        assert code in {*COMMANDS[words], 130, -number}, (moment, number, err)
        assert "Traceback" not in err, (moment, number)
        assert "this is a bug" not in err
        assert "Exception ignored" not in err
    assert host.running() == {}
    assert not list(host.folder.glob(".*lock*")), "nothing half written stays"


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("words", ["check -", "order -", "start -", "lock -"])
def test_a_signal_while_a_graph_is_read_ends_the_command(words: str, number: signal.Signals, host: Host) -> None:
    process = host.begin(*words.split())
    wait_for(lambda: hears(process.pid), "handlers")
    sleep(0.3)  # until it reads, on an idle machine; whatever it does, it is to end
    process.send_signal(number)
    _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130, err
    assert err.strip() == ""


def test_an_interrupt_inside_code_given_as_text_keeps_the_exit_code(tmp_path: Path) -> None:
    """``python -m`` would end by SIGINT, whatever signal it was and whatever exit code was given."""
    (tmp_path / "texted.py").write_text(
        "import os, signal, sys\n"
        "from tierdeps._util import interrupts\n"
        "interrupts.install()\n"
        "interrupts.raise_on_signals()\n"
        "try:\n"
        "    eval('os.kill(os.getpid(), signal.SIGHUP) or [number for number in range(10)]')\n"
        "except KeyboardInterrupt:\n"
        "    interrupts.exit_on_signals()\n"
        "    sys.exit(interrupts.INTERRUPTED)\n"
    )
    assert subprocess.run([sys.executable, "-m", "texted"], cwd=tmp_path, check=False).returncode == 130


def test_ignored_signals_stay_ignored(host: Host) -> None:
    host.graph({"a": ()})
    script = "trap '' HUP; exec \"$0\" -m tierdeps check -"
    process = subprocess.Popen(
        ["/bin/sh", "-c", script, sys.executable],
        cwd=host.folder,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: hears(process.pid, signal.SIGTERM), "handlers")
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate("[drivers.a]\n", timeout=TIMEOUT_S)
    assert process.returncode == 0, err


@pytest.mark.parametrize(("context", "code"), [(KeyboardInterrupt(), 130), (ValueError(), 70), (None, 70)])
def test_what_an_interrupt_broke_is_an_interrupt_and_no_bug(
    monkeypatch: pytest.MonkeyPatch, context: BaseException | None, code: int
) -> None:
    """As it does where it comes while Python releases a lock of its own."""
    error = RuntimeError("release unlocked lock")
    error.__context__ = context

    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cli.main, "main", broken)
    with pytest.raises(SystemExit) as ended:
        cli.run_cli(["plugins"])
    assert ended.value.code == code
