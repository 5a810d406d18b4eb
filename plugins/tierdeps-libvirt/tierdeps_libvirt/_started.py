"""What the lifecycles share that start a daemon: its commands, and the wait until it answers."""

from __future__ import annotations

from contextlib import closing
from math import inf
from time import monotonic, sleep
from typing import TYPE_CHECKING, ClassVar

from tierdeps import RunError
from tierdeps_libvirt import _settings
from tierdeps_libvirt._base import ConnectedLifecycle
from tierdeps_libvirt._connection import NotServed, Unreachable
from tierdeps_libvirt._library import plainly, version_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tierdeps import Context
    from tierdeps_libvirt._library import Connection
    from tierdeps_libvirt._spawn import Daemon

#: The interval of checks, and the end of the phase's time that is reserved for reporting, in seconds.
POLL_S, RESERVE_S = 0.1, 1.0


class StartedLifecycle(ConnectedLifecycle):
    """Reaches a daemon.

    ``start`` in the settings lists commands that start it where it does not answer, and ``wait`` says for how many
    seconds it is waited for without. What runs then goes on running.
    """

    #: What to do where nothing says how it is started.
    advice: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__()
        self._daemons: list[Daemon] = []

    def adopt(self, context: Context) -> bool:
        """Return whether it answers."""
        try:
            with closing(self.open(context)) as connection:
                self._tell(connection, context)
        except (NotServed, Unreachable):
            return False
        return True

    def bring_up(self, context: Context) -> None:
        """Start the daemon if the settings say so, and connect once it answers."""
        commands = _settings.commands(context.settings, "start")
        patience = _settings.seconds(context.settings, "wait", inf if commands else 0.0)
        for command in commands:
            context.logger.info("starting %s", " ".join(command))
        self._daemons = self.spawn(commands, str(context.settings.get("log", "")))
        self._tell(self._await(context, min(patience, context.remaining - RESERVE_S)), context)

    def spawn(self, commands: Sequence[tuple[str, ...]], log: str) -> list[Daemon]:
        """Start processes."""
        from tierdeps_libvirt._spawn import spawn

        return spawn(commands, log)

    def _await(self, context: Context, seconds: float) -> Connection:
        """Connect as soon as it answers."""
        end = monotonic() + seconds
        while True:
            try:
                return self.connect(context)
            except RunError as error:
                failures = [daemon.failure for daemon in self._daemons if daemon.failure]
                dead = bool(self._daemons and self._daemons[-1].failure)
                if dead or context.cancelled or monotonic() >= end:
                    raise RunError("; ".join([str(error), *failures, *self._advice(context)])) from error
            sleep(POLL_S)

    def _advice(self, context: Context) -> Iterator[str]:
        if self._daemons:
            yield f"the setting log in [drivers.{context.driver}] names a file for what the commands in start say"
        elif self.advice:
            yield self.advice

    def _tell(self, connection: Connection, context: Context) -> None:
        with plainly(self.library()):
            version = version_text(connection.getLibVersion())
            context.logger.info("libvirt %s answers at %s", version, connection.getURI())
