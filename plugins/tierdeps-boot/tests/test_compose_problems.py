"""Entries of compose files that cannot be read: each is a finding, and nothing ends in a traceback."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from foreign import found, pieces, read, said, write
from hypothesis import given, settings

from tierdeps import Declarations, Finding, InputError, Source
from tierdeps_boot.compose import IMPORTER
from tierdeps_boot.compose.model import CONDITIONS
from tierdeps_boot.process_compose import IMPORTER as PROCESSES

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps import Importer

WRONG = [
    ("  a: 7", "2: expected a table for the service 'a', got '7'"),
    ("  a: [b]", "2: expected a table for the service 'a', got a list"),
    ("  a:\n    depends_on: 7", "3: expected a table for depends_on of 'a', got '7'"),
    ("  a: {depends_on: [[x]]}", "2: expected text for depends_on of 'a', got a list"),
    ("  a: " + "x" * 100, f"2: expected a table for the service 'a', got '{'x' * 60}...'"),
    *(
        (f"  a: {{{entry}}}", "2: expected the name of a service, got nothing")
        for entry in (
            "depends_on: {'': {}}",
            "links: ['']",
            "links: [':b']",
            "volumes_from: ['']",
            "volumes_from: [':ro']",
            "network_mode: 'service:'",
            "ipc: 'service: '",
        )
    ),
    ("  a: {depends_on: ['a:start']}", "2: expected the name of a service, got 'a:start'"),
    ("  a: {depends_on: {'a@*': {}}}", "2: expected the name of a service, got 'a@*'"),
    ("  a: {depends_on: ['']}", "2: expected the name of a service, got nothing"),
    (
        "  a: {depends_on: {b: {required: maybe}}}",
        "2: expected true or false for required of depends_on of 'a' on 'b', got 'maybe'",
    ),
    (
        "  a: {depends_on: {b: {condition: service_healty}}}",
        "2: the condition of depends_on of 'a' on 'b' cannot be 'service_healty'; did you mean 'service_healthy'?",
    ),
    (
        "  a: {depends_on: {b: {condition: up}}}",
        f"2: the condition of depends_on of 'a' on 'b' cannot be 'up'; there is {', '.join(CONDITIONS)}",
    ),
    ("  a: {}\n  a: {}", "3: expected each key once in services, got 'a' again"),
    ("  a: {links: b}", "2: expected a list for links of 'a', got 'b'"),
    ("  a: {extends: {file: x}}", "2: expected a service in extends of 'a'"),
    ("  a: {ipc: !x y}", "2: expected no tag, got '!x'"),
    ("  a: {image: !!binary aGk=}", "2: expected no tag, got '!!binary'"),
    ("  a: {<<: 7}", "2: expected a table to merge into the service 'a', got '7'"),
    ("  ? [a, b]\n  : {}\n  a: {}", "2: expected a name as a key of services, got a list"),
    ("  '': {}\n  a: {}", "2: expected the name of a service, got nothing"),
    ("  a: {ipc: '${X'}", "2: ipc of 'a': expected \"}\" after \"${\" in '${X'"),
    (
        "  a: {ipc: '${NO_SUCH_VARIABLE}'}",
        "2: ipc of 'a': the variable 'NO_SUCH_VARIABLE' has no value; set it in the environment or in .env",
    ),
    (
        "  a: {ipc: '${NO_SUCH_VARIABLE:?set it}'}",
        "2: ipc of 'a': the variable 'NO_SUCH_VARIABLE' must have a value: set it",
    ),
]


@pytest.mark.parametrize(("text", "problem"), WRONG)
def test_an_entry_that_cannot_be_read_is_a_finding_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    declarations = read(IMPORTER, write(tmp_path, {"compose.yaml": f"services:\n{text}\n"}))
    assert "a" in said(declarations)
    assert found(declarations, tmp_path) == [f"BT101 compose.yaml:{problem}"]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"services: {a: [}", "line 1: not valid YAML: did not find expected node content"),
        (b"services:\n  a: \xff", "line 2: expected text in UTF-8, got the byte 0xff"),
        (b"services:\n  a: \x07", "line 2: not valid YAML: control characters are not allowed"),
        (b"services: 7", "line 1: expected a table for services, got '7'"),
        (b"services: *x", "line 1: not valid YAML: found undefined alias"),
        (b"services: " + b"[" * 2000, "line 1: not valid YAML: exceeded maximum nesting depth"),
    ],
)
def test_a_file_of_which_nothing_can_be_read_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        IMPORTER.read(Source("-", None, data))
    assert str(refused.value) == f"-: {problem}"


@pytest.mark.parametrize("importer", [IMPORTER, PROCESSES])
def test_a_folder_without_a_file_is_refused(tmp_path: Path, importer: Importer) -> None:
    with pytest.raises(InputError, match=r"expected one of .*compose\.yaml"):
        importer.read(Source("x", tmp_path))


@pytest.mark.parametrize("importer", [IMPORTER, PROCESSES])
def test_without_its_library_it_says_how_to_install_it(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(InputError, match=r"reading YAML needs PyYAML: pip install 'tierdeps-boot\[yaml\]'"):
        importer.read(Source("x.yaml", None, b"services: {a: {}}"))


def test_merge_keys_without_end_are_refused(tmp_path: Path) -> None:
    chain = "".join(f"  x{n}: &x{n} {{<<: *x{n - 1}}}\n" for n in range(1, 3000))
    text = f"x:\n  x0: &x0 {{}}\n{chain}services: {{a: *x2999}}\n"
    declarations = read(IMPORTER, write(tmp_path, {"compose.yaml": text}))
    assert "expected no more than 100 tables merged one into the next" in found(declarations, tmp_path)[0]


def test_a_table_that_is_merged_into_itself_is_refused(tmp_path: Path) -> None:
    text = "services:\n  a: &a\n    <<: *a\n"
    declarations = read(IMPORTER, write(tmp_path, {"compose.yaml": text}))
    assert found(declarations, tmp_path) == ["BT101 compose.yaml:2: the service 'a' is merged into itself"]


def test_aliases_that_stand_for_too_much_are_refused(tmp_path: Path) -> None:
    names = ", ".join(f"n{number}" for number in range(400))
    services = "".join(f"  s{number}: {{depends_on: *all}}\n" for number in range(400))
    text = f"x: &all [{names}]\nservices:\n{services}"
    declarations = read(IMPORTER, write(tmp_path, {"compose.yaml": text}))
    assert len(found(declarations, tmp_path)) == 1
    assert "aliases for over 100000 values" in found(declarations, tmp_path)[0]


def test_findings_lead_to_the_code_and_can_be_explained(tmp_path: Path) -> None:
    declarations = read(IMPORTER, write(tmp_path, {"compose.yaml": "services:\n  a: 7\n"}))
    (finding,) = declarations.findings
    (origin,) = finding.origins  # type: ignore[attr-defined]
    assert (origin.file, origin.line) == (f"{tmp_path}/compose.yaml", 2)


PIECES = (
    "services: a depends_on - &x *x extends include profiles links healthcheck condition service_healthy ~ # ? <<: { }"
    " [ ] ' $ ${A:-b}"
)


@settings(max_examples=100)
@given(pieces(PIECES, "\n", "  ", ": ", "- ", "!reset ", "\t"))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        assert isinstance(IMPORTER.read(Source("-", None, f"services:\n  {text}".encode())), Declarations)


def test_the_message_of_a_problem_is_the_sentence_alone_and_its_place_is_the_evidence(tmp_path: Path) -> None:
    write(tmp_path, {"compose.yaml": "services:\n  a: 7\n  b: {}\n"})
    (finding,) = read(IMPORTER, tmp_path).findings
    assert isinstance(finding, Finding)
    assert finding.message == "expected a table for the service 'a', got '7'"
    assert [(origin.file, origin.line) for origin in finding.origins] == [(str(tmp_path / "compose.yaml"), 2)]


def test_the_message_of_a_file_as_a_whole_names_the_file(tmp_path: Path) -> None:
    write(tmp_path, {"compose.yaml": "services: {a: {env_file: x}}\n", ".env/x": ""})
    (finding,) = read(IMPORTER, tmp_path).findings
    assert isinstance(finding, Finding)
    assert finding.message == f"{tmp_path}/.env: expected a regular file"
