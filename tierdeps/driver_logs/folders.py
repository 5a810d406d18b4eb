"""Where logs are: ``runs/INSTANCE/RUN/DRIVER.NUMBER.log`` in the state folder; later files have higher numbers."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from tierdeps._util.state_dir import PrivateFolder, state_dir

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: The folder of the logs of all runs, in the state folder.
RUNS = "runs"
#: The folder with the output of processes that are left running, and the suffixes of its files by stream.
PROCESSES = "processes"
SUFFIXES = {"stdout": "log", "stderr": "err"}
#: The files of a driver with a longer quoted name are named by a digest.
MAX_STEM_LENGTH = 200
_RUN = re.compile(r"[0-9a-f]{16}/\d{8}T\d{6}\.\d{6}Z-\d+")
_FILE = re.compile(r"(?P<stem>.+)\.(?P<number>\d{1,15})\.log")


def run_folder(instance: str, began_at: float, pid: int) -> str:
    """Return the name of the folder for a run of an instance; the names of later runs sort behind earlier ones."""
    start = datetime.fromtimestamp(began_at, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return f"{digest(instance)}/{start}-{pid}"


def digest(instance: str) -> str:
    """Return the name of the folder for the runs of an instance."""
    return sha256(instance.encode(errors="surrogateescape")).hexdigest()[:16]


def open_run_folder(name: str, *, make: bool = False) -> PrivateFolder:
    """Open the folder of a run. Raises NotOursError or OSError, FileNotFoundError if it has no logs."""
    if not _RUN.fullmatch(name):
        raise FileNotFoundError(f"{name!r} is not the name of a folder with logs")
    return PrivateFolder.open(state_dir(), RUNS, *name.split("/"), make=make)


def file_stem(driver: str) -> str:
    """Return what the names of a driver's files start with."""
    name = quote(driver, safe="", errors="surrogatepass")
    return name if len(name) <= MAX_STEM_LENGTH else sha256(name.encode()).hexdigest()


def file_name(stem: str, number: int) -> str:
    """Return the name of a file."""
    return f"{stem}.{number}.log"


def files_in(folder: PrivateFolder) -> dict[str, list[int]]:
    """Return the numbers of the files in a folder, by stem, in ascending order."""
    found: dict[str, list[int]] = {}
    for name in os.listdir(folder.path):  # noqa: PTH208
        if match := _FILE.fullmatch(name):
            found.setdefault(match["stem"], []).append(int(match["number"]))
    return {stem: sorted(numbers) for stem, numbers in found.items()}


def drivers_of(stems: Iterable[str], names: Iterable[str]) -> Mapping[str, str]:
    """Return the drivers of stems: those of ``names``, and any others as far as their stems say."""
    known = {file_stem(name): name for name in names}
    return {stem: known.get(stem) or unquote(stem, errors="surrogatepass") for stem in stems}
