"""Names that both sides of a fleet use."""

from __future__ import annotations

import logging

#: The host of drivers that name none.
DEFAULT_HOST = "localhost"
#: The environment variable by which an embedded worker gets its certificate and key, as JSON.
PEM_VARIABLE = "TIERDEPS_WORKER_PEM"


def quiet_dask() -> None:
    """Keep Dask from logging, after it was imported: that connections come and go is reported in other ways here."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
