"""What systemd says of its units itself is read as a graph, with the lines that say it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from boot_units import dependencies, verbs

from tierdeps import Declarations, InputError, Source
from tierdeps_boot.systemd import IMPORTER

DUMP = """\
-> By units:
\t-> Unit a.service:
\t\tDescription: The A
\t\tUnit Load State: loaded
\t\tFragment Path: /lib/systemd/system/a.service
\t\tRequires: b.service (origin-file)
\t\tAfter: b.service (origin-file)
\t\tAfter: gone.service (origin-file)
\t\tRequires: gone.service (origin-file)
\t-> Unit b.service:
\t\tDescription: The B
\t\tUnit Load State: loaded
\t\tRequiredBy: a.service (destination-file)
\t\tBefore: a.service (destination-file)
\t-> Unit gone.service:
\t\tUnit Load State: masked
-> By jobs:
\t-> Job 1:
\t\tAction: a.service -> start
"""
SHOWN = """\
Id=a.service
Requires=b.service
After=b.service sysinit.target
Description=The A
LoadState=loaded

Id=b.service
LoadState=loaded

Id=c.service
LoadState=not-found
"""


def read(text: str, name: str = "dump.txt") -> Declarations:
    return IMPORTER.read(Source(name, Path(name), text.encode()))


@pytest.mark.parametrize(
    "text",
    [DUMP, DUMP.replace("\t->", "\t→"), SHOWN, dedent(DUMP.replace("-> By units:\n", "").split("-> By jobs")[0])],
)
def test_units_that_are_loaded_are_drivers(text: str) -> None:
    assert IMPORTER.recognises(Source("dump.txt", Path("dump.txt"), text.encode()))
    found = read(text)
    assert [driver.name for driver in found.drivers] == ["a.service", "b.service"]
    assert found.drivers[0].description == "The A"
    assert verbs(found, "a.service")["b.service"] == ["requires"]


def test_a_dependency_has_its_line_in_the_dump() -> None:
    (item,) = dependencies(read(DUMP), "a.service")["b.service"]
    assert (item.origin.file, item.origin.line) == ("dump.txt", 7)


def test_a_masked_unit_is_said_to_be_masked() -> None:
    (item,) = dependencies(read(DUMP), "a.service")["gone.service"]
    assert item.reason == "it is masked by dump.txt"


@pytest.mark.parametrize("name", ["a.toml", "a.json", "a.yaml"])
def test_a_graph_file_is_no_dump(name: str) -> None:
    assert not IMPORTER.recognises(Source(name, Path(name), DUMP.encode()))


@pytest.mark.parametrize("data", [b"", b"Id=x", b"-> Unit", b"\xff\xfe", b"[Unit]\nAfter=a.service\n"])
def test_other_files_are_none(data: bytes) -> None:
    assert not IMPORTER.recognises(Source("x", Path("x"), data))


def test_a_dump_without_a_unit_is_refused() -> None:
    with pytest.raises(InputError, match="expected units, as systemd --test"):
        read("-> Unit a.service:\n\tUnit Load State: not-found\n")
