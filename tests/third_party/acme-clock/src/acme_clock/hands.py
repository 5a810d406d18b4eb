"""The life cycles; to import them is to say that drivers are run."""

from __future__ import annotations

from tierdeps import Context, Lifecycle

print("acme_clock.hands is imported")  # noqa: T201  so that it can be seen


class Bus(Lifecycle):
    """A bus: there is nothing to do for it."""


class Clock(Lifecycle):
    """A clock in two phases."""

    def wind(self, context: Context) -> None:
        """Wind it up."""

    def tick(self, context: Context) -> None:
        """Set it going."""
