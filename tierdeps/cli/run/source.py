"""What ``serve`` shows: the graph as its files have it now, and its instance as the journal has it."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from tierdeps._util.state_dir import reason_of
from tierdeps.cli.run.single_drivers import perform_quietly
from tierdeps.control.messages import Perform
from tierdeps.driver_logs.folders import run_folder
from tierdeps.driver_logs.run_log import RunLog
from tierdeps.errors import RunError, TierdepsError, UnknownNameError
from tierdeps.graph.errors import GraphError
from tierdeps.journal import Journal, instance_of
from tierdeps.page import live_document, run_document
from tierdeps.serve.live import last_run, read_state
from tierdeps.serve.source import Restarted

if TYPE_CHECKING:
    from tierdeps.cli._graph_request import GraphRequest
    from tierdeps.cli._session import Session
    from tierdeps.serve.live import LiveState
    from tierdeps.words.documents import Json

#: How many lines of a log are shown, and how many characters of each.
MAX_LINES, MAX_LINE = 500, 2000


class GraphSource:
    """The GRAPHs of a command and the instance that was started from them."""

    def __init__(self, session: Session, graph_request: GraphRequest) -> None:
        self._session = session
        self._request = graph_request
        self._instance = instance_of(graph_request.graphs)
        self._lock = Lock()
        self._page: dict[str, Json] = {}

    def page(self) -> dict[str, Json]:
        """Return the data of the page, of the graph as it is now; of the last readable one if it cannot be read."""
        with self._lock:
            try:
                self._page = self._read()
            except TierdepsError as error:
                if not self._page:
                    raise
                self._session.error([f"error: {error}"])
            return self._page

    def _read(self) -> dict[str, Json]:
        """Read the graph. Raises TierdepsError."""
        whole = self._session.graph_with_all_facts(self._request)
        here = self._session.graph(self._request)
        try:
            plan = here.collapse()
        except GraphError:
            plan = None
        report = self._session.run_rules(whole).report()
        return live_document(whole, report, self._instance.title, here.facts, plan)

    def state(self) -> LiveState:
        """Return the state of the instance."""
        return read_state(self._instance)

    def start(self) -> dict[str, Json] | None:
        """Return the data of the page of the last start."""
        from tierdeps.analysis.timeline import timeline_of

        with Journal.open(readonly=True) as journal:
            run = last_run(journal, self._instance)
            return None if run is None else run_document(timeline_of(run))

    def log(self, driver: str) -> tuple[str, ...]:
        """Return the last lines that a driver printed or logged in the last run."""
        with Journal.open(readonly=True) as journal:
            run = last_run(journal, self._instance)
            if run is None:
                return ()
            info, known = run.info, frozenset(run.plan_summary.drivers)
        try:
            with RunLog(run_folder(info.instance, info.began_at, info.pid), known, (driver,)) as log:
                if driver not in known | log.drivers():
                    raise UnknownNameError("driver", driver, known)
                return tuple(line.raw_text[:MAX_LINE] for line in log.lines(MAX_LINES))
        except OSError as error:
            raise RunError(f"the logs of {info.title} cannot be read: {reason_of(error)}") from None

    def restart(self, driver: str) -> Restarted:
        """Restart a driver of the running instance, as ``tierdeps restart`` does."""
        with Journal.open(readonly=True) as journal:
            run = last_run(journal, self._instance)
        if run is None or not run.alive:
            raise RunError(f"{self._instance.title} is not running; tierdeps start starts it")
        ok, lines = perform_quietly(run, Perform("restart", (driver,)))
        return Restarted(ok=ok, lines=lines)
