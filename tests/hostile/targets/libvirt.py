"""Roots of libvirt's configuration in which one file was damaged."""

from __future__ import annotations

import shutil
from pathlib import Path

from hypothesis import strategies as st

from tests.hostile.inputs import FRAGMENTS, ODD_TEXT, broken, encoded
from tests.hostile.target import Target, demand_sentence
from tierdeps.errors import InputError
from tierdeps.importers import Source
from tierdeps.model import Declarations

ROOT = Path(__file__).parents[3] / "plugins/tierdeps-libvirt/tests/roots/healthy"
FILES = tuple(path for path in sorted(ROOT.rglob("*.xml")) if not path.is_symlink())
ELEMENTS = ("domain", "pool", "network", "secret", "filter", "disk", "source", "devices", "name", "uuid", "auth")
ATTRIBUTES = ("type", "file", "pool", "volume", "name", "network", "usage", "uuid", "xmlns", "xmlns:t", "mode")
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
PARTS = (
    *("<a>" * 3000, "<a>" * 3000 + "</a>" * 3000, "<![CDATA[", "<!--", "<?xml version='1.1'?>", "&#0;", "&#xd800;"),
    *(f"<!DOCTYPE a [<!ENTITY l0 'x'>{LAUGHS}]><a>&l11;</a>", "<!DOCTYPE a SYSTEM 'file:///etc/hostname'><a/>"),
    *("&x;", "<?xml version='1.0' encoding='utf-7'?><domain/>", "<?xml encoding='x'?>", "\0", "</domain>"),
)


def elements() -> st.SearchStrategy[str]:
    """Return elements in elements, of names that libvirt knows."""
    names = st.sampled_from(ELEMENTS)
    quoted = ODD_TEXT.map(lambda text: text.replace("<", "").replace("'", "").replace("\0", ""))
    marks = st.lists(st.tuples(st.sampled_from(ATTRIBUTES), quoted).map(lambda found: f" {found[0]}='{found[1]}'"))
    text = st.sampled_from(PARTS) | quoted | st.sampled_from(["9" * 5000, "-1", "nan", ""])

    def wrapped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        made = st.tuples(names, marks.map("".join), st.lists(inner, max_size=4).map("".join))
        return made.map(lambda found: f"<{found[0]}{found[1]}>{found[2]}</{found[0]}>")

    return wrapped(st.recursive(text, wrapped, max_leaves=8))


def inputs() -> st.SearchStrategy[bytes]:
    """Return what one file of the root becomes, behind the byte that says which."""
    numbers = st.integers(0, len(FILES) - 1).map(lambda number: bytes((number,)))
    kinds = encoded(elements()) | broken(path.read_bytes() for path in FILES) | encoded(FRAGMENTS)
    return st.tuples(numbers, kinds | encoded(st.sampled_from(PARTS)) | st.binary(max_size=40)).map(b"".join)


def read(data: bytes, folder: Path) -> None:
    from tierdeps_libvirt._objects.importer import IMPORTER

    root = shutil.copytree(ROOT, folder / "libvirt", symlinks=True)
    file = FILES[data[0] % len(FILES) if data else 0]
    (root / file.relative_to(ROOT)).write_bytes(data[1:])
    source = Source("libvirt", root)
    assert IMPORTER.recognises(source)
    try:
        assert isinstance(IMPORTER.read(source), Declarations)
    except InputError as error:
        demand_sentence(error)


def valid() -> tuple[bytes, ...]:
    """Return the files as they are, behind the byte that says which."""
    return tuple(bytes((number,)) + path.read_bytes() for number, path in enumerate(FILES))


TOKENS = (*(part for part in PARTS if len(part) < 60), "&lt;", "&#x1F600;", "<![CDATA[", "]]>", "<!ENTITY ", "xmlns:a=")
TARGETS = (Target("libvirt-root", inputs(), read, 100, TOKENS, valid()),)
