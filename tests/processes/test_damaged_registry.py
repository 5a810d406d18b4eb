"""Records of processes are input: invalid ones are omitted and quarantined, valid ones are used."""

# ruff: noqa: S311  damage is no secret
from __future__ import annotations

import asyncio
import json
import os
from random import Random
from typing import TYPE_CHECKING

import pytest

from tierdeps._util.process_id import boot_id
from tierdeps.processes.proc import read_process
from tierdeps.processes.registry import ProcessRecord, ProcessRegistry, forget_records, open_folder, read_records

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CASES = int(os.environ.get("TIERDEPS_DAMAGES", "200"))


def own(driver: str = "db") -> ProcessRecord:
    """Make the record of this process."""
    seen = read_process(os.getpid())
    assert seen is not None
    return ProcessRecord(driver, seen.pid, seen.started, True, boot_id())


def line(*fields: object) -> str:
    return json.dumps(fields) + "\n"


def write(text: str | bytes) -> Path:
    """Write the file of an instance as text; return it."""
    with open_folder("shop") as folder:
        path = folder.path / "records"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def opened() -> set[str]:
    """Open the records as a run does, and return the drivers of which something runs."""

    async def main() -> Iterable[str]:
        return set(ProcessRegistry("shop")._current)

    return set(asyncio.run(main()))


@pytest.mark.parametrize(
    "damaged",
    [
        "{}\n",
        "[\n",
        "\x00\n",
        "[" * 100_000 + "\n",
        line(["db"], 1, 1, True, "b"),
        line("db", "1/../self", 1, True, "b"),
        line("db", 0, 1, True, "b"),
        line("db", -1, 1, True, "b"),
        line("db", 1 << 40, 1, True, "b"),
        line("db", 1.5, 1, True, "b"),
        line("db", 1, None, True, "b"),
        line("db", 1, 1, "yes", "b"),
        line("db", 1, 1, True, None),
        line("db", 1, 1, True, "b", "SIGNONE"),
        line("db", 1),
        "é\n",
    ],
)
def test_a_line_that_is_no_record_is_set_aside_and_the_others_are_used(
    damaged: str, caplog: pytest.LogCaptureFixture
) -> None:
    text = line(*own("a")) + damaged + line(*own("b"))
    path = write(text)
    assert opened() == {"a", "b"}
    assert path.with_name("records.damaged-1").read_text() == text
    (said,) = caplog.messages
    assert caplog.records[0].name == "tierdeps.processes"
    assert said.startswith(f"the records of processes {path} are damaged (")
    assert any(word in said for word in ("xpected", "not ", "codec"))
    assert said.endswith("; they were set aside as records.damaged-1")
    caplog.clear()
    assert opened() == {"a", "b"}
    assert caplog.messages == []


def test_a_last_line_that_is_cut_off_is_none(caplog: pytest.LogCaptureFixture) -> None:
    """As a killed process leaves it."""
    path = write(line(*own("a")) + line(*own("b"))[:-9])
    assert opened() == {"a"}
    assert not path.with_name("records.damaged-1").exists()
    assert caplog.messages == []


def test_what_is_forgotten_leaves_what_was_damaged_aside() -> None:
    text = line(*own("a")) + "[]\n" + line(*own("b"))
    path = write(text)
    with open_folder("shop") as folder:
        assert [record.driver for record in read_records(folder)] == ["a", "b"]
        assert path.read_text() == text
        forget_records(folder, ["a"])
        assert [record.driver for record in read_records(folder)] == ["b"]
    assert path.with_name("records.damaged-1").read_text() == text


@pytest.mark.usefixtures("caplog")
def test_whatever_bits_are_flipped_they_are_read() -> None:
    random = Random(7)
    sound = "".join(line(*own(driver)) for driver in ("a", "b\udcff", "c" * 50)).encode()
    for _ in range(CASES):
        data = bytearray(sound)
        for _ in range(random.choice((1, 1, 4))):
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        write(bytes(data[: random.randrange(len(data))] if random.random() < 0.2 else data))
        with open_folder("shop") as folder:
            assert all(record.pid > 0 for record in read_records(folder))
        opened()
