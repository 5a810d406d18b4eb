"""Whatever bytes a unit file has, it is read, or refused with its name and a sentence."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from boot_units import ADMIN, BARE, findings, read, write
from hypothesis import given, settings
from hypothesis import strategies as st

from tierdeps import Declarations, DependencyGraph, InputError

FEW = settings(deadline=None, max_examples=60)

NAMES = ["a.service", "b.service", "c.target", "t@.service", "x.mount", "s.socket", "d.timer"]
_WORD = st.sampled_from(
    ["a.service", "b.service", "c.target", "t@1.service", "t@.service", "%i", "%n", "%H", "%", '"', "'", "\\", "\\x2d",
     "/srv/x", "..", "-.mount", "dev-x.device", ",", "=", "[", "]", "#", ";", "\\\n", "\n", "yes", "\0", "\r", "ä", "@"]
)  # fmt: skip
_KEY = st.sampled_from(
    ["After", "Before", "Requires", "Wants", "BindsTo", "PartOf", "Conflicts", "RequiresMountsFor", "Where", "What",
     "Options", "Slice", "Sockets", "Unit", "Service", "ListenStream", "DefaultDependencies", "WorkingDirectory"]
)  # fmt: skip
_LINE = st.one_of(
    st.builds(lambda key, words: f"{key}={' '.join(words)}", _KEY, st.lists(_WORD, max_size=4)),
    st.sampled_from(["[Unit]", "[Service]", "[Socket]", "[Mount]", "[Timer]", "[Unit", "# x", ""]),
    st.text(max_size=20),
)
_TEXT = st.lists(_LINE, max_size=8).map(lambda lines: "\n".join(lines).encode("utf-8", "replace"))


def sane(files: dict[str, bytes]) -> None:
    """Read files as units: all of it is a graph with findings that have places, or a sentence."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        write(root, {"z.service": BARE})
        for name, data in files.items():
            (root / ADMIN / name).write_bytes(data)
        found = read_or_refused(root)
        if found is None:
            return
        for finding in findings(found):
            assert "\n" not in finding.message
            assert all(origin.file for origin in finding.origins)
        assert len({driver.name for driver in found.drivers}) == len(found.drivers)
        DependencyGraph.of(found).cycles()


def read_or_refused(root: Path) -> Declarations | None:
    """Return what is read; None if it is refused, with one sentence."""
    try:
        return read(root)
    except InputError as error:
        lines = str(error).splitlines()
    assert len(lines) == 1
    return None


@FEW
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    sane({"a.service": data})


@FEW
@given(st.dictionaries(st.sampled_from(NAMES), _TEXT, min_size=1, max_size=4))
def test_any_entries(files: dict[str, bytes]) -> None:
    sane(files)
