"""Trees of systemd's units in which one file was damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.hostile.inputs import ODD_TEXT, broken, encoded
from tests.hostile.target import Target, demand_sentence
from tierdeps.errors import InputError
from tierdeps.importers import Source
from tierdeps.model import Declarations, Finding

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "etc/systemd/system"
#: A tree that has one of each; what an input becomes is one of its files.
FILES = {
    "a.service": b'[Unit]\nAfter=b.service t@%i.service\nRequires="b.service"\n[Service]\nSlice=s.slice\n',
    "b.service": b"[Unit]\nBefore=a.service \\\n  c.target\nRequiresMountsFor=/srv/%n\n[Service]\nBusName=x.y\n",
    "c.target": b"[Unit]\nWants=a.service x.mount\nConflicts=d.timer\n",
    "t@.service": b"[Unit]\nBindsTo=dev-%i.device\nAfter=%p-%I.service\n[Service]\nWorkingDirectory=%f\n",
    "srv.mount": b"[Mount]\nWhere=/srv\nWhat=UUID=1\nOptions=nofail,usrquota\n",
    "d.timer": b"[Timer]\nOnCalendar=daily\nUnit=a.service\nPersistent=1\n",
    "a.service.d/x.conf": b"[Unit]\nAfter=\nUpholds=c.target\n",
}
NAMES = tuple(FILES)
KEYS = ("After", "Requires", "Wants", "RequiresMountsFor", "Slice", "What", "Where", "Options", "Sockets", "Unit")
PARTS = (
    *("a.service", "t@.service", "t@a@b.service", "%", "%i%i", "%H", "%%", '"', "'", "\\", "\\x2d", "\\\n", "\0", "\r"),
    *("..", "/../..", "//", "-.mount", "dev-x.device", ".service", "@.service", "[Unit]", "[Unit", "=", "a" * 300),
    *("\\" * 5000, '"' * 5001, "a.service " * 3000, "/a" * 3000, "a-" * 120 + ".slice", "[" * 5000),
)


def lines() -> st.SearchStrategy[str]:
    """Return entries of known keys with values that have meaning, and other lines."""
    values = st.lists(st.sampled_from(PARTS) | ODD_TEXT, max_size=4).map(" ".join)
    entry = st.tuples(st.sampled_from(KEYS), values).map("=".join)
    return st.lists(entry | st.sampled_from(PARTS) | ODD_TEXT, max_size=8).map(
        lambda found: "[Unit]\n" + "\n".join(found)
    )


def inputs() -> st.SearchStrategy[bytes]:
    """Return what one file of the tree becomes, behind the byte that says which."""
    numbers = st.integers(0, len(NAMES) - 1).map(lambda number: bytes((number,)))
    kinds = encoded(lines()) | broken(FILES.values()) | st.binary(max_size=40)
    return st.tuples(numbers, kinds).map(b"".join)


def read(data: bytes, folder: Path) -> None:
    from tierdeps_boot.systemd import IMPORTER

    root = folder / "tree"
    for name, text in FILES.items():
        path = root / FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    (root / FOLDER / NAMES[data[0] % len(NAMES) if data else 0]).write_bytes(data[1:])
    source = Source("tree", root)
    assert IMPORTER.recognises(source)
    try:
        found = IMPORTER.read(source)
    except InputError as error:
        demand_sentence(error)
        return
    assert isinstance(found, Declarations)
    for finding in found.findings:
        assert isinstance(finding, Finding)
        demand_sentence(InputError("", finding.message))
        assert all(origin.file for origin in finding.origins)


def valid() -> tuple[bytes, ...]:
    """Return the files as they are, behind the byte that says which."""
    return tuple(bytes((number,)) + text for number, text in enumerate(FILES.values()))


TOKENS = tuple(part for part in (*PARTS, *KEYS) if len(part) < 60)
TARGETS = (Target("systemd-units", inputs(), read, 100, TOKENS, valid()),)
