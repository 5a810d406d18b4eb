"""What the server shows and does: an interface, so that the server knows neither the command line nor a process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.serve.live import LiveState
    from tierdeps.words.documents import Json


class Restarted(Value):
    """What came of a restart: whether the driver is ready again, and the lines that the instance reported."""

    ok: bool
    lines: tuple[str, ...]


class Source(Protocol):
    """One graph and its instance. Each method blocks, and is called in a thread; each raises TierdepsError."""

    def page(self) -> dict[str, Json]:
        """Return the data of the page."""
        ...

    def state(self) -> LiveState:
        """Return the state of the instance."""
        ...

    def start(self) -> dict[str, Json] | None:
        """Return the data of the page of the last start; None if there was none."""
        ...

    def log(self, driver: str) -> Sequence[str]:
        """Return the last lines that a driver has written."""
        ...

    def restart(self, driver: str) -> Restarted:
        """Restart a driver of the running instance."""
        ...
