"""Loggers whose handlers cannot fail the code that logs, and the driver that prints."""

from __future__ import annotations

import logging
from contextlib import suppress
from contextvars import ContextVar

from tierdeps._util.masks import masked

#: The driver whose method runs; empty outside of one.
CURRENT_DRIVER: ContextVar[str] = ContextVar("tierdeps_driver", default="")


class SafeLogger(logging.Logger):
    """Catches exceptions of handlers, and reports them through ``logging.lastResort`` instead of to the caller."""

    def callHandlers(self, record: logging.LogRecord) -> None:  # noqa: N802  a method of logging
        """Pass a record to the handlers, without what ``hide`` has been called for."""
        try:
            _mask(record)
            super().callHandlers(record)
        except Exception as error:  # noqa: BLE001  a handler of a library
            if logging.lastResort is not None:
                where = f"{record.pathname}:{record.lineno}"
                text = f"{record.name}: a message could not be logged ({where}): {type(error).__name__}"
                logging.lastResort.emit(logging.makeLogRecord({"msg": text, "levelno": logging.ERROR}))


def _mask(record: logging.LogRecord) -> None:
    """Replace secret values in a record; where its arguments do not fit its text, handlers show neither."""
    with suppress(Exception):
        text = record.getMessage()
        if (shown := masked(text)) != text:
            record.msg, record.args = shown, None


def logger_of(name: str) -> logging.Logger:
    """Return the logger of a name as a SafeLogger; a logger of a custom class stays as it is."""
    logger = logging.getLogger(name)
    if type(logger) is logging.Logger:
        logger.__class__ = SafeLogger
    return logger
