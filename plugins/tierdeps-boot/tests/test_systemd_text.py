"""Unit files, words, names and specifiers are read as systemd reads them."""

from __future__ import annotations

import pytest

from tierdeps_boot.systemd.names import escape, for_path, mounts_for, normalized, split, unescape_path
from tierdeps_boot.systemd.specifiers import UnknownSpecifierError, expand
from tierdeps_boot.systemd.unit_file import LineTooLongError, parse
from tierdeps_boot.systemd.words import boolean, split_words


def entries(text: str | bytes) -> list[tuple[str, str, str, int]]:
    data = text.encode() if isinstance(text, str) else text
    return [(item.section, item.key, item.value, item.line) for item in parse(data, "a.service").entries]


def ignored(data: bytes) -> list[tuple[int, str]]:
    return [(item.line, item.why) for item in parse(data, "a.service").ignored]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[Unit]\nAfter=a.service", [("Unit", "After", "a.service", 2)]),
        ("[Unit]\n  After = a.service \t\n", [("Unit", "After", "a.service", 2)]),
        ("\ufeff[Unit]\nAfter=a.service", [("Unit", "After", "a.service", 2)]),
        ("[Unit]\r\n\r\nAfter=a.service\r\n", [("Unit", "After", "a.service", 3)]),
        ("# x\n; After=no\n[Unit]\n #After=no\nAfter=a # b", [("Unit", "After", "a # b", 5)]),
        ("[Unit]\nAfter=a \\\n  b\\\n\tc\nBefore=d", [("Unit", "After", "a  b c", 2), ("Unit", "Before", "d", 5)]),
        ("[Unit]\nAfter=a \\\n# why\n; not\nb", [("Unit", "After", "a  b", 2)]),
        ("[Unit]\nAfter=a\\\\\nBefore=b", [("Unit", "After", "a\\\\", 2), ("Unit", "Before", "b", 3)]),
        ("[Unit]\nAfter=a\\", [("Unit", "After", "a", 2)]),
        ("[Unit]\nAfter=\n", [("Unit", "After", "", 2)]),
        ("[Unit]\nafter=a\n[unit]\nAfter=b", [("Unit", "after", "a", 2), ("unit", "After", "b", 4)]),
        ("[Unit]\nAfter=a=b", [("Unit", "After", "a=b", 2)]),
    ],
)
def test_entries_have_the_line_that_they_begin_on(text: str, expected: list[tuple[str, str, str, int]]) -> None:
    assert entries(text) == expected


@pytest.mark.parametrize(
    ("data", "line", "why"),
    [
        (b"[Unit]\nAfter a.service\n", 2, "'After a.service' has no '='"),
        (b"After=a.service\n[Unit]\n", 1, "'After'= stands before the first section"),
        (b"[Unit\nAfter=a\n", 1, "'[Unit' is no section: its bracket is not closed"),
        (b"[Unit]\nAfter=\xff\n", 2, "it is not UTF-8"),
    ],
)
def test_a_line_that_systemd_ignores_is_named(data: bytes, line: int, why: str) -> None:
    assert ignored(data)[0] == (line, why)


def test_the_lines_beside_one_that_is_not_text_count() -> None:
    assert entries(b"[Unit]\nAfter=a\nWants=\xff\xfe\nBefore=b") == [
        ("Unit", "After", "a", 2),
        ("Unit", "Before", "b", 4),
    ]


def test_a_file_with_a_line_that_systemd_does_not_read_is_refused() -> None:
    with pytest.raises(LineTooLongError, match=r"a\.service:2: the line has \d+ characters"):
        parse(b"[Unit]\nAfter=" + b"a" * (1 << 20), "a.service")
    with pytest.raises(LineTooLongError):
        parse(b"[Unit]\nAfter=" + b"a \\\n" * (1 << 19), "a.service")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a  b\tc", ["a", "b", "c"]),
        ("\"a b\" 'c d'e", ["a b", "c de"]),
        ('dev-disk-by\\x2did.device "x"', ["dev-disk-by\\x2did.device", "x"]),
        ('""', [""]),
        ('"a', None),
        ("a b'", None),
        ("", []),
    ],
)
def test_words_are_split_with_their_quotes(value: str, words: list[str] | None) -> None:
    assert split_words(value) == words


@pytest.mark.parametrize(
    ("value", "expected"), [("yes", True), ("On", True), ("0", False), ("n", False), ("maybe", None), ("", None)]
)
def test_yes_and_no(value: str, expected: bool | None) -> None:
    assert boolean(value) is expected


@pytest.mark.parametrize("name", ["a", "a.unit", ".service", "a b.service", "@x.service", "a" * 256 + ".service"])
def test_what_no_unit_can_be_named(name: str) -> None:
    assert split(name) is None


def test_the_parts_of_a_name() -> None:
    found = split("getty@tty1.service")
    assert found is not None
    assert (found.prefix, found.instance, found.type, found.template) == ("getty", "tty1", "service", "getty@.service")
    template = split("getty@.service")
    assert template is not None
    assert template.is_template


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "-.mount"),
        ("/var/lib", "var-lib.mount"),
        ("/var/foo-bar", "var-foo\\x2dbar.mount"),
        ("/.hidden/x", "\\x2ehidden-x.mount"),
        ("/ä", "\\xc3\\xa4.mount"),
    ],
)
def test_paths_have_units(path: str, name: str) -> None:
    assert for_path(path, "mount") == name
    assert unescape_path(name.removesuffix(".mount")) == path


def test_all_mounts_above_a_path() -> None:
    assert mounts_for("/var/lib/x") == ("-.mount", "var.mount", "var-lib.mount", "var-lib-x.mount")
    assert mounts_for("/") == ("-.mount",)


@pytest.mark.parametrize(
    ("path", "expected"), [("//a/./b/", "/a/b"), ("/", "/"), ("a/b", None), ("/a/../b", None), ("~", None)]
)
def test_paths_are_absolute_and_short(path: str, expected: str | None) -> None:
    assert normalized(path) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%i", "dev-sda\\x2d1"),
        ("%I", "dev/sda-1"),
        ("%f", "/dev/sda-1"),
        ("%n", "foo-bar@dev-sda\\x2d1.service"),
        ("%N", "foo-bar@dev-sda\\x2d1"),
        ("%p", "foo-bar"),
        ("%P", "foo/bar"),
        ("%j", "bar"),
        ("%t/x", "/run/x"),
        ("%%i", "%i"),
        ("100%", "100%"),
    ],
)
def test_specifiers_are_expanded(text: str, expected: str) -> None:
    name = split("foo-bar@dev-sda\\x2d1.service")
    assert name is not None
    assert expand(text, name) == expected


@pytest.mark.parametrize(("text", "why"), [("%H", "depends on the host"), ("%Q", "is no specifier")])
def test_a_specifier_without_a_known_value_is_refused(text: str, why: str) -> None:
    name = split("a.service")
    assert name is not None
    with pytest.raises(UnknownSpecifierError, match=why):
        expand(text, name)


def test_escaping_keeps_what_needs_none() -> None:
    assert escape("a:b_c.d") == "a:b_c.d"
    assert escape("a-b/c d") == "a\\x2db-c\\x20d"
