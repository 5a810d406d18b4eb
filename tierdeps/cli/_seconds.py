"""Options that are a number of seconds."""

from __future__ import annotations

from typing import Any

import click

from tierdeps._util.seconds import is_seconds, range_text


class _Seconds(click.ParamType):  # type: ignore[type-arg]  # of which click 8.2 has none
    """A number of seconds that every timer can count; click's own range lets ``nan`` pass."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; what is none fails with the numbers that are accepted."""
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not is_seconds(number):
            self.fail(f"expected {range_text()}, got {value}", param, ctx)
        return number


SECONDS = _Seconds()
