"""XML is read with its lines, and what could reach out of it is refused."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tierdeps_libvirt._markup import DEEPEST, Element, MalformedError, RefusedError, parse

DISK = b"""<!-- made by hand -->
<domain type='kvm'
        id=' 3 '>
  <devices>
    <disk/>
    <disk type='file'><source file='a'/></disk>
  </devices>
  <name> web </name>
</domain>
"""


def test_elements_know_their_lines_attributes_and_texts() -> None:
    root = parse(DISK)
    assert (root.name, root.line, root.get("type"), root.get("id"), root.get("none")) == ("domain", 2, "kvm", "3", "")
    assert [disk.line for disk in root.all("devices/disk")] == [5, 6]
    assert (root.said("name"), root.said("uuid"), root.first("devices/none")) == ("web", "", None)
    assert [element.name for element in root.below()] == ["devices", "disk", "disk", "source", "name"]


def test_a_namespace_is_part_of_the_name_whatever_its_prefix() -> None:
    root = parse(b"<a xmlns:x='urn:y'><x:b c='1' x:d='2'/><z:b xmlns:z='urn:y'/></a>")
    assert [element.name for element in root.children] == ["{urn:y}b", "{urn:y}b"]
    assert root.children[0].attributes == {"c": "1", "{urn:y}d": "2"}


@pytest.mark.parametrize(
    "text",
    [
        b"<!DOCTYPE a><a/>",
        b"<!DOCTYPE a SYSTEM 'http://example.com/a.dtd'><a/>",
        b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        b"<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;'>]><a>&c;</a>",
        b"<!DOCTYPE a [<!ENTITY % b SYSTEM 'file:///etc/passwd'> %b;]><a/>",
    ],
)
def test_document_types_and_entities_are_refused(text: bytes) -> None:
    with pytest.raises(RefusedError, match="declares a document type or an entity"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (b"", "line 1: no element found"),
        (b"<a>\n</b>", "line 2: mismatched tag"),
        (b"<a>&b;</a>", "line 1: undefined entity"),
        (b"<a>\xff</a>", "line 1: not well-formed"),
        (b"<?xml version='1.0' encoding='no-such'?><a/>", "unknown encoding"),
        (b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1), "line 1: nested deeper than 256"),
    ],
)
def test_what_is_no_xml_is_reported_with_its_line(text: bytes, where: str) -> None:
    with pytest.raises(MalformedError, match=where):
        parse(text)


def test_as_deep_as_libvirt_reads_is_read() -> None:
    assert parse(b"<a>" * DEEPEST + b"</a>" * DEEPEST).name == "a"


@given(st.binary(max_size=60).map(lambda junk: b"<a>" + junk + b"</a>"))
@example(b"<?xml version='1.0' encoding='utf-16'?><a/>")
@example(b"<?xml version='1.0' encoding='utf-7'?><a/>")
@example(b"<?xml version='1.0' encoding='shift_jis'?><a/>")
@example(b"\xfe\xff\x00<\x00a")
def test_any_bytes_are_an_element_or_an_error_of_ours(data: bytes) -> None:
    found: object
    try:
        found = parse(data)
    except (MalformedError, RefusedError) as error:
        found = error
    assert isinstance(found, Element) or str(found).isprintable()
