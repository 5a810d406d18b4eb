"""An instance that is as a test sets it, and the app that shows it."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING

from textual.events import Key

from tierdeps.errors import RunError
from tierdeps.ui.app import InstanceApp
from tierdeps.ui.source import Done, DriverRow, LogPart, LogText, RunView

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tierdeps.ui.source import Action

#: How long anything may take, in seconds: on a busy machine, far longer than it does.
TIMEOUT_S = 60.0


def row(driver: str, state: str = "ready", note: str = "", tier: str = "core") -> DriverRow:
    return DriverRow(driver, tier, state, "good" if state == "ready" else "changed", 1e9, note)


def run(*drivers: DriverRow, number: int = 1, alive: bool = True, title: str = "shop.toml") -> RunView:
    headline = "is up, process 7" if alive else "completed after 3 s"
    return RunView(number, title, 7, alive, headline, f"{len(drivers)} drivers", drivers)


class FakeSource:
    """Shows what a test sets, and records what is performed."""

    def __init__(self, *drivers: DriverRow) -> None:
        self.now = run(*(drivers or (row("db"), row("web", tier="net"))))
        self.logs: dict[str, list[str]] = {"db": ["db says one", "db says two"], "web": ["web says hello"]}
        self.chart: Sequence[str] = ("shop.toml came up after 3 s", "# db |===|")
        self.problem = ""
        self.refusal = ""
        self.performed: list[tuple[str, str]] = []
        self.let_go: Callable[[], object] = lambda: None
        self._read: tuple[str, int] = "", 0

    def run(self) -> RunView:
        if self.problem:
            raise RunError(self.problem)
        return self.now

    def log(self, driver: str) -> LogPart:
        known, count = self._read
        start = count if driver == known else 0
        lines = self.logs.get(driver, [])
        self._read = driver, len(lines)
        texts = tuple(LogText(1e9, "stdout", text) for text in lines[start:])
        return LogPart(driver, whole=driver != known, lines=texts)

    def timeline(self, width: int) -> Sequence[str]:
        return self.chart

    def perform(self, action: Action, driver: str, *, dry_run: bool = False) -> Done:
        if self.refusal:
            return Done(ok=False, lines=(self.refusal,))
        if dry_run:
            return Done(ok=True, lines=(f"would {action} {driver}",))
        self.performed.append((action, driver))
        self.let_go()
        return Done(ok=True, lines=("1 driver done",))


class Screen:
    """The app at work, and what its screen has."""

    def __init__(self, source: FakeSource, app: InstanceApp) -> None:
        self.source = source
        self.app = app

    @property
    def lines(self) -> list[str]:
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def line_with(self, part: str) -> str:
        return next(line for line in self.lines if part in line)

    def press(self, *keys: str) -> None:
        """Send keys without waiting for what they do: a Pilot waits after each until the whole process is idle."""
        for key in keys:
            self.app.post_message(Key(key, key if len(key) == 1 else None))

    async def search(self, text: str) -> None:
        """Search for a text in the log."""
        self.press("slash")
        await self.shows("text to search for")
        self.press(*text, "enter")

    async def ends(self) -> None:
        """Wait until the app ends."""
        until = monotonic() + TIMEOUT_S
        while self.app.is_running:
            assert monotonic() < until, "it never ended"
            await asyncio.sleep(0.01)

    async def shows(self, *parts: str, but_not: str = "\0") -> None:
        """Wait until the screen has texts, and no longer has another one."""
        until = monotonic() + TIMEOUT_S
        while not all(part in self.text for part in parts) or but_not in self.text:
            assert monotonic() < until, f"{parts} never came:\n{self.text}"
            await asyncio.sleep(0.01)


def show(scenario: Callable[[Screen], Awaitable[None]], source: FakeSource | None = None, *, rows: int = 24) -> None:
    """Run a scenario with the app on a screen of 80 columns."""
    chosen = source or FakeSource()

    async def played() -> None:
        app = InstanceApp(chosen, interval_s=0.05)
        async with app.run_test(size=(80, rows)):
            screen = Screen(chosen, app)
            await screen.shows(chosen.now.headline)
            await scenario(screen)

    asyncio.run(played())
