"""The detection of the kind of a graph file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tierdeps.importers import Source
from tierdeps.importers.graphfile.detect import has_kind, kind_of_content


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.toml", "toml"),
        ("a.json", "json"),
        ("a.jsonl", "jsonl"),
        ("a.ndjson", "jsonl"),
        ("a.yaml", "yaml"),
        ("deep/er/A.YML", "yaml"),
    ],
)
def test_a_file_is_known_by_its_name_whatever_is_in_it(name: str, kind: str) -> None:
    source = Source(name, Path(name), b"{}")
    assert [other for other in ("toml", "json", "jsonl", "yaml") if has_kind(other, source)] == [kind]


def test_a_file_by_another_name_is_nobodys() -> None:
    assert not any(
        has_kind(kind, Source("a.conf", Path("a.conf"), b"{}")) for kind in ("toml", "json", "jsonl", "yaml")
    )


def test_a_folder_is_none_of_them() -> None:
    assert not has_kind("toml", Source("a.toml", Path("a.toml"), None))


def test_what_a_shell_substitutes_is_known_by_its_content() -> None:
    assert has_kind("json", Source("/dev/fd/63", Path("/dev/fd/63"), b"{}"))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "toml"),
        (b"# drivers: none\n[drivers.a]\n", "toml"),
        (b'"pool.auth" = true', "toml"),
        (b"when = 12:30", "toml"),
        (b"\xef\xbb\xbf[drivers.a]", "toml"),
        (b'{"drivers": {}}', "json"),
        (b'\n {\n  "drivers": {\n  }\n}\n', "json"),
        (b'\xef\xbb\xbf{"drivers": {}}', "json"),
        (b'{"name": "a"}', "jsonl"),
        (b'{"tiers": {"order": []}}\n\n{"name": "a"}\n', "jsonl"),
        (b'{"requires": ["%s"], "name": "a"}\n{"name": "b"}' % (b"x" * 100_000), "jsonl"),
        (b"---\na: 1\n", "yaml"),
        (b"%YAML 1.2\n---\n", "yaml"),
        (b"# who\n\ndrivers:\n  a:\n", "yaml"),
        (b'"drivers": {}\n', "yaml"),
        (b"pool.auth: true", "yaml"),
    ],
    ids=lambda value: value[:30] if isinstance(value, bytes) else None,
)
def test_what_has_no_name_is_known_by_its_first_bytes(data: bytes, kind: str) -> None:
    assert kind_of_content(data) == kind
