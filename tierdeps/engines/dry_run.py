"""The engine that does nothing: its runs show what would be started, in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.engines import Engine
from tierdeps.hooks import hookimpl

if TYPE_CHECKING:
    from tierdeps.engines import Done, Handle
    from tierdeps.lifecycle import Context, Lifecycle
    from tierdeps.model import PlannedDriver


class _DryWorker:
    """Imports nothing and calls nothing."""

    def import_class(self, driver: PlannedDriver, done: Done) -> Handle | None:  # noqa: ARG002
        done(None, None)
        return None

    def instantiate(self, driver: PlannedDriver) -> Lifecycle | None:  # noqa: ARG002
        return None

    def invoke(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:  # noqa: ARG002
        done(None, None)
        return None

    def close(self) -> None: ...


ENGINE = Engine("dry-run", "prints what would be done, and does nothing", _DryWorker, dry=True)


@hookimpl
def tierdeps_engines() -> tuple[Engine, ...]:
    """Register it."""
    return (ENGINE,)
