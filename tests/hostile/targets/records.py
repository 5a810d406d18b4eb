"""Files that tierdeps itself writes: locks, baselines, journals and the records of processes."""

from __future__ import annotations

import atexit
import json
import logging
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.hostile.inputs import KEYS, broken, documents, encoded, json_texts, toml_texts
from tests.hostile.target import Target, demand_sentence
from tests.journal.test_damaged_files import Sound, cut, flip, make_sound, start_run, swap, wipe
from tests.journal.test_damaged_files import read as read_journal
from tests.processes.test_damaged_registry import line, opened, own, write
from tests.test_damaged_inputs import BASELINE, lock_text
from tierdeps.baseline.file import parse as parse_baseline
from tierdeps.errors import InputError
from tierdeps.lock import load as load_lock
from tierdeps.processes.registry import open_folder, read_records

if TYPE_CHECKING:
    from random import Random

BASELINE_KEYS = KEYS | st.sampled_from(["code", "identity", "reason", "owner", "valid-until", "graphs", "findings"])
LOCK_KEYS = KEYS | st.sampled_from(
    ["schema", "digest", "distributions", "fact_sources", "stage", "waits", "policy", "process", "inactive", "inferred"]
)
RECORDS = "".join(line(*own(driver)) for driver in ("a", "b\udcff", "c" * 50)).encode()


def lock(data: bytes, folder: Path) -> None:
    try:
        load_lock(str(folder / "tierdeps.lock"), data)
    except InputError as error:
        demand_sentence(error)


def baseline(data: bytes, folder: Path) -> None:
    try:
        parse_baseline(str(folder / "tierdeps.baseline.toml"), data)
    except InputError as error:
        demand_sentence(error)


@cache
def journals() -> tuple[Sound, tuple[Path, ...]]:
    """Return a valid journal with the plan of its next run, and the files of both of its states."""
    folder = Path(mkdtemp(prefix="tierdeps-hostile-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    valid = make_sound(folder)
    return valid, tuple(path for state in ("closed", "cut") for path in sorted((valid.folder / state).iterdir()))


def damaged_journals() -> st.SearchStrategy[bytes]:
    """Return files of a journal, damaged or replaced, behind the byte that says which."""

    def damage(number: int, random: Random, times: int) -> bytes:
        data = bytearray(journals()[1][number].read_bytes())
        for _ in range(times):
            if len(data) >= 1 << 13:
                random.choice((flip, flip, cut, wipe, swap))(data, random)
        return bytes((number,)) + data

    count = len(journals()[1])
    numbers = st.integers(0, count - 1)
    other = st.tuples(numbers, st.binary(max_size=200)).map(lambda found: bytes(found[:1]) + found[1])
    return st.builds(damage, numbers, st.randoms(use_true_random=True), st.integers(1, 3)) | other


def journal(data: bytes, folder: Path) -> None:
    """Read a damaged journal as all commands do, and start a run on it; the journals' tests have what is demanded."""
    valid, files = journals()
    file = files[data[0] % len(files) if data else 0]
    state = shutil.copytree(file.parent, folder / "state")
    (state / file.name).write_bytes(data[1:])
    read_journal(state / "journal.sqlite", valid.plan)
    start_run(state / "journal.sqlite", valid.plan)


def records(data: bytes, folder: Path) -> None:
    """Read the records of processes as a run does; none may name what is no process."""
    path = write(data)
    log = logging.getLogger("tierdeps.processes")
    try:
        log.disabled = True
        with open_folder("shop") as opened_folder:
            assert all(record.pid > 0 for record in read_records(opened_folder))
        opened()
    finally:
        log.disabled = False
        shutil.rmtree(path.parent, ignore_errors=True)


def record_lines() -> st.SearchStrategy[bytes]:
    """Return lines of records with values of any type in them."""
    anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(1 << 40)
    fields = st.lists(anything | st.lists(anything, max_size=2), max_size=7)
    return st.lists(fields.map(json.dumps), max_size=4).map(lambda lines: "".join(f"{one}\n" for one in lines).encode())


LOCKS = (lock_text(),)
BASELINES = (BASELINE.encode(),)
TOKENS = ("null", "NaN", "1e999", "\\ud800", "[[", "]]", '{"', '": ', "1979-05-27", '"""')
TARGETS = (
    Target("lock", documents(json_texts(LOCK_KEYS), LOCKS), lock, tokens=TOKENS, valid=LOCKS),
    Target(
        "baseline",
        documents(toml_texts(BASELINE_KEYS, ["[[findings]]"]), BASELINES),
        baseline,
        tokens=TOKENS,
        valid=BASELINES,
    ),
    Target("journal", st.deferred(damaged_journals), journal, 40, ("SQLite format 3", "runs", "initialize")),
    Target(
        "process-records",
        broken([RECORDS]) | record_lines() | encoded(json_texts(KEYS)),
        records,
        tokens=TOKENS,
        valid=(RECORDS,),
    ),
)
