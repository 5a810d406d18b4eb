"""Moments on the command line: a time, or how long ago."""

from __future__ import annotations

import re
from datetime import datetime
from time import time
from typing import Any

import click

#: The seconds of a day, an hour, a minute and a second.
_UNITS = (86400, 3600, 60, 1)
_AGO = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?")


class Moment(click.ParamType):  # type: ignore[type-arg]  # of which click 8.2 has none
    """A time such as ``2026-11-30 09:00`` in local time, or how long ago, such as ``90s`` or ``1h30m``."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the moment in seconds since 1970."""
        text = str(value).strip()
        if text and (found := _AGO.fullmatch(text)):
            return time() - sum(int(count or 0) * size for count, size in zip(found.groups(), _UNITS, strict=True))
        try:
            return datetime.fromisoformat(text).astimezone().timestamp()
        except (ValueError, OverflowError, OSError):
            self.fail(
                f"expected a time such as 2026-11-30T09:00, or how long ago, such as 90s, got {text!r}", param, ctx
            )


MOMENT = Moment()
