"""The terminal UI: the drivers of an instance above, and the log of the chosen one or the timeline below."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import App
from textual.binding import Binding
from textual.widgets import ContentSwitcher, Footer, Input, RichLog, Static

from tierdeps._util.daemon_thread import in_thread
from tierdeps.errors import RunError, TierdepsError
from tierdeps.ui.confirm import Confirm
from tierdeps.ui.drivers import DriverTable
from tierdeps.ui.log_pane import LogPane
from tierdeps.ui.texts import paragraph, plain
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from textual.app import ComposeResult

    from tierdeps.ui.source import Action, RunView, Source

#: The interval of reading the journal and the log, in seconds.
INTERVAL_S = 0.5
#: The chart is never narrower, in columns.
MIN_CHART = 40


class InstanceApp(App[None]):
    """Shows one instance, for as long as it is not quit; the instance may end, and run again."""

    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    CSS: ClassVar[str] = """
    #headline { height: auto; padding: 0 1; text-style: bold; }
    #counts { height: 1; padding: 0 1; }
    #drivers { height: auto; min-height: 4; max-height: 50%; }
    #heading { height: 1; padding: 0 1; text-style: reverse; }
    #panes { height: 1fr; }
    #log, #timeline { height: 1fr; padding: 0 1; }
    #search { height: 1; border: none; padding: 0 1; display: none; }
    #message { height: auto; max-height: 4; padding: 0 1; }
    """
    BINDINGS: ClassVar = [
        Binding("s", "perform('start')", "Start"),
        Binding("x", "perform('stop')", "Stop"),
        Binding("r", "perform('restart')", "Restart"),
        Binding("t", "timeline", "Timeline"),
        Binding("f", "follow", "Follow"),
        Binding("slash", "search", "Search", key_display="/"),
        Binding("n", "jump(-1)", "Older"),
        Binding("N", "jump(1)", show=False),
        Binding("escape", "end_search", show=False),
        Binding("q", "quit", "Quit"),
        Binding("ctrl+c", "quit", show=False, priority=True),
    ]

    def __init__(self, source: Source, interval_s: float = INTERVAL_S) -> None:
        super().__init__()
        self._source = source
        self._interval_s = interval_s
        #: The error that has ended the app, if one has.
        self.failure: Exception | None = None
        self._seen: RunView | None = None
        self._action = ""
        self._problem = ""
        self._chart: Sequence[str] = ()
        self._wake = asyncio.Event()
        # They are kept: while a question is shown, queries would search its screen.
        self._headline = Static(id="headline")
        self._counts = Static(id="counts")
        self._drivers = DriverTable(id="drivers")
        self._heading = Static(id="heading")
        self._panes = ContentSwitcher(initial="log", id="panes")
        self._log_pane = LogPane(id="log")
        self._timeline = RichLog(id="timeline", min_width=0, auto_scroll=False)
        self._search = Input(id="search", placeholder="text to search for; Enter searches, Escape ends it")
        self._message = Static(id="message")

    def compose(self) -> ComposeResult:
        """Yield the widgets, from top to bottom."""
        yield from (self._headline, self._counts, self._drivers, self._heading)
        with self._panes:
            yield self._log_pane
            yield self._timeline
        yield from (self._search, self._message)
        yield Footer()

    def on_mount(self) -> None:
        """Start to read the state of the instance."""
        self._drivers.focus()
        self.run_worker(self._guarded(self._keep_reading()), name="read")

    async def _guarded(self, work: Coroutine[None, None, None]) -> None:
        """Do some work; an error of tierdeps itself ends the app, so that its caller can raise it."""
        try:
            await work
        except Exception as error:  # noqa: BLE001
            self.failure = error
            self.exit()

    # What is shown

    @property
    def _shows_timeline(self) -> bool:
        return self._panes.current == "timeline"

    async def _keep_reading(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self._read()
            except TierdepsError as error:
                self._problem = str(error)
                self._say(self._problem, "error")
            else:
                if self._problem:
                    self._problem = ""
                    self._say("")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._interval_s)

    async def _read(self) -> None:
        """Read and show the run, and the log of the chosen driver or the timeline. Raises TierdepsError."""
        self._show_run(await in_thread(self._source.run))
        chosen = self._drivers.chosen
        if self._shows_timeline:
            width = max(MIN_CHART, self._timeline.scrollable_content_region.width)
            self._show_timeline(await in_thread(partial(self._source.timeline, width)))
        elif chosen:
            part = await in_thread(partial(self._source.log, chosen))
            self._log_pane.show(part)
        self._show_heading()

    def _show_run(self, run: RunView) -> None:
        before, self._seen = self._seen, run
        self._headline.update(paragraph([f"{run.title} {run.headline}"]))
        more = f"; {run.more} of them are not listed" if run.more else ""
        self._counts.update(plain(f"{run.counts}{more}"))
        self._drivers.show(run)
        if before is None or (before.alive, before.number) == (run.alive, run.number):
            return
        if run.alive:
            self._say(f"{run.title} runs again, as process {run.pid}")
        else:
            self._say(f"{run.title} has ended; when it runs again, it is shown here", "changed")

    def _show_timeline(self, chart: Sequence[str]) -> None:
        if chart != self._chart:
            self._chart = chart
            self._timeline.clear()
            for line in chart:
                self._timeline.write(plain(line))

    def _show_heading(self) -> None:
        pane = self._log_pane
        if self._shows_timeline:
            text = "timeline of the last start (t: back to the log)"
        else:
            text = f"log of {self._drivers.chosen}{', following' if pane.follows else ''}"
            text += f"; {counted(pane.count, 'line')} with {pane.searched}" if pane.searched else ""
        self._heading.update(plain(text))

    def _say(self, text: str, kind: str = "") -> None:
        self._message.update(paragraph([text], kind))

    # What keys do

    def on_data_table_row_highlighted(self) -> None:
        """Read the log of another driver at once."""
        self._wake.set()

    def action_timeline(self) -> None:
        """Show the timeline, or the log again."""
        self._panes.current = "log" if self._shows_timeline else "timeline"
        self._wake.set()

    def action_follow(self) -> None:
        """Follow the log, or stop to."""
        pane = self._log_pane
        pane.follow(follows=not pane.follows)
        self._show_heading()

    def action_search(self) -> None:
        """Ask for a text to search for in the log."""
        self._panes.current = "log"
        self._search.display = True
        self._search.value = ""
        self._search.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Search for a text."""
        self._close_search()
        pane = self._log_pane
        pane.search(event.value)
        self._say("" if pane.count or not event.value else f"no line has {event.value}")
        self._show_heading()

    def action_jump(self, step: int) -> None:
        """Go to another line that has the text."""
        pane = self._log_pane
        if not pane.searched:
            self._say("/ searches for a text in the log")
        elif not pane.jump(step):
            self._say(f"no {'older' if step < 0 else 'newer'} line has it")
        self._show_heading()

    def action_end_search(self) -> None:
        """Search no more."""
        self._close_search()
        self._log_pane.search("")
        self._say("")
        self._show_heading()

    def _close_search(self) -> None:
        self._search.display = False
        self._drivers.focus()

    def action_perform(self, action: str) -> None:
        """Start, stop or restart the chosen driver."""
        run, driver = self._seen, self._drivers.chosen
        if run is None or not driver:
            return
        if not run.alive:
            self._say(f"{run.title} is not running; tierdeps start starts it", "error")
        elif self._action:
            self._say(f"{self._action} is not finished; wait for it", "changed")
        else:
            self.run_worker(self._guarded(self._perform(cast("Action", action), driver)), name="perform")

    async def _perform(self, action: Action, driver: str) -> None:
        self._action = f"{action} of {driver}"
        try:
            await self._confirm_and_perform(action, driver)
        except TierdepsError as error:
            self._say(f"{self._action}: {error}", "error")
        finally:
            self._action = ""

    async def _confirm_and_perform(self, action: Action, driver: str) -> None:
        """Perform an action; unless it is a start, ask before. Raises TierdepsError."""
        if action != "start":
            plan = await in_thread(partial(self._source.perform, action, driver, dry_run=True))
            if not plan.ok:
                raise RunError("; ".join(plan.lines) or "the instance refuses it")
            if not await self.push_screen_wait(Confirm(f"{action.capitalize()} {driver}?", plan.lines)):
                self._say(f"{self._action}: not done")
                return
        self._say(f"{self._action} ...", "changed")
        done = await in_thread(partial(self._source.perform, action, driver))
        last = done.lines[-1] if done.lines else "nothing was reported"
        self._say(
            f"{self._action}: {last}" if done.ok else f"{self._action} failed: {last}", "" if done.ok else "error"
        )
        self._wake.set()
