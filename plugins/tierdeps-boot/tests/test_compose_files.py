"""The files of a project: overrides, includes, extended services and variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from foreign import found, read, said, write

from tierdeps import Source
from tierdeps_boot.compose import IMPORTER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BASE = "services: {a: {depends_on: {b: {condition: service_healthy, restart: true}}, links: [b]}, b: {}, c: {}}"
OVERRIDES = [
    ("{a: {depends_on: [c]}}", ["requires b:healthy", "requires c"]),
    ("{a: {depends_on: [b]}}", ["requires b"]),
    ("{a: {depends_on: {b: {required: false}}}}", ["wants b:healthy?"]),
    ("{a: {depends_on: !override [c]}}", ["requires c", "requires b"]),
    ("{a: {depends_on: !reset null}}", ["requires b"]),
    ("{a: {depends_on: !reset {}, links: !reset []}}", []),
    ("{a: {depends_on: {b: !reset null}, links: !reset []}}", []),
    ("{a: {links: [c]}}", ["requires b:healthy", "requires c"]),
    ("{a: {network_mode: 'service:c'}}", ["requires b:healthy", "requires c"]),
    ("{a: {}}", ["requires b:healthy"]),
]


@pytest.mark.parametrize(("over", "expected"), OVERRIDES)
@pytest.mark.parametrize("how", ["compose.override.yaml", "documents"])
def test_a_later_file_overrides_the_one_before(tmp_path: Path, over: str, expected: list[str], how: str) -> None:
    files = {"compose.yaml": BASE, how: f"services: {over}"}
    if how == "documents":
        files = {"compose.yaml": f"{BASE}\n---\nservices: {over}\n"}
    declarations = read(IMPORTER, write(tmp_path, files))
    assert said(declarations)["a"] == expected
    assert declarations.findings == ()


def test_a_service_can_be_removed(tmp_path: Path) -> None:
    files = {"compose.yml": BASE, "compose.override.yml": "services: {c: !reset null}"}
    assert list(said(read(IMPORTER, write(tmp_path, files)))) == ["a", "b"]


def test_a_file_is_read_by_itself_and_an_override_with_its_base(tmp_path: Path) -> None:
    write(tmp_path, {"compose.yaml": BASE, "compose.override.yaml": "services: {d: {depends_on: [a]}}"})
    assert "d" not in said(read(IMPORTER, tmp_path / "compose.yaml"))
    assert set(said(read(IMPORTER, tmp_path / "compose.override.yaml"))) == {"a", "b", "c", "d"}


def test_the_files_may_be_named_by_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMPOSE_FILE", raising=False)
    files = {
        "compose.yaml": "services: {x: {}}",
        "one.yml": "services: {a: {}}",
        "more/two.yml": "services: {b: {depends_on: [a]}}",
        ".env": "COMPOSE_FILE=one.yml:more/two.yml",
    }
    assert said(read(IMPORTER, write(tmp_path, files))) == {"a": [], "b": ["requires a"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("include: [more/compose.yaml]", {}),
        ("include: [{path: more/compose.yaml}]", {}),
        ("include:\n- path: [more/compose.yaml, more/over.yaml]", {"y": ["requires x"]}),
        ("include: [{path: more/compose.yaml, env_file: [other.env]}]", {}),
    ],
)
def test_an_included_project_is_part_of_it(tmp_path: Path, text: str, expected: dict[str, list[str]]) -> None:
    files = {
        "compose.yaml": f"{text}\nservices: {{a: {{depends_on: [x]}}}}\n",
        "more/compose.yaml": "services: {x: {network_mode: 'service:${OF}'}, z: {}, w: {}}",
        "more/over.yaml": "services: {y: {depends_on: [x]}}",
        "more/.env": "OF=z",
        "other.env": "OF=w",
    }
    declarations = read(IMPORTER, write(tmp_path, files))
    of = "w" if "other" in text else "z"
    assert said(declarations) == {"a": ["requires x"], "x": [f"requires {of}"], "z": [], "w": [], **expected}


EXTENDS: list[tuple[dict[str, str], list[str]]] = [
    ({"compose.yaml": "services: {a: {extends: b}, b: {depends_on: [c]}, c: {}}"}, ["requires c"]),
    (
        {"compose.yaml": "services: {a: {extends: {service: b}, links: [d]}, b: {links: [c]}}"},
        ["requires c", "requires d"],
    ),
    (
        {
            "compose.yaml": "services: {a: {extends: {file: base.yaml, service: b}}}",
            "base.yaml": "services: {b: {extends: {file: more/x.yaml, service: x}}}",
            "more/x.yaml": "services: {x: {extends: y}, y: {extends: {file: z.yaml, service: z}}}",
            "more/z.yaml": "services: {z: {depends_on: [q]}}",
        },
        ["requires q"],
    ),
    ({"compose.yaml": "services: {a: {extends: b, depends_on: !reset []}, b: {depends_on: [c]}, c: {}}"}, []),
]


@pytest.mark.parametrize(("files", "expected"), EXTENDS)
def test_a_service_has_what_it_extends(tmp_path: Path, files: Mapping[str, str], expected: list[str]) -> None:
    declarations = read(IMPORTER, write(tmp_path, files))
    assert said(declarations)["a"] == expected
    assert found(declarations, tmp_path) == []


def test_a_long_chain_of_extended_services_is_followed(tmp_path: Path) -> None:
    links = "".join(f"  s{number}: {{extends: s{number + 1}}}\n" for number in range(3000))
    declarations = read(
        IMPORTER, write(tmp_path, {"compose.yaml": f"services:\n{links}  s3000: {{depends_on: [x]}}\n"})
    )
    assert said(declarations)["s0"] == ["requires x"]


OUTSIDE = "is outside the project and the current folder; run this from a folder above both"
WRONG: list[tuple[dict[str, str], str]] = [
    ({"compose.yaml": "services: {a: {extends: b}}"}, "compose.yaml:1: 'a' extends 'b', which is not in compose.yaml"),
    (
        {"compose.yaml": "services:\n  a: {extends: b}\n  b: {extends: c}\n  c: {extends: a}"},
        "compose.yaml:2: services extend each other: 'a' -> 'b' -> 'c' -> 'a'",
    ),
    (
        {"compose.yaml": "services: {a: {extends: {service: b, file: no.yaml}}}"},
        "compose.yaml:1: no.yaml: no such file",
    ),
    (
        {"compose.yaml": "services: {a: {extends: {service: b, file: /etc/hostname}}}"},
        f"compose.yaml:1: '/etc/hostname' {OUTSIDE}",
    ),
    (
        {"compose.yaml": "include: ['https://example.com/x.yaml']\nservices: {a: {}}"},
        "compose.yaml:1: 'https://example.com/x.yaml' is not on this machine, so it is not read; include a copy of it",
    ),
    ({"compose.yaml": "services: {a: {}}\ninclude: [b.yaml]"}, "compose.yaml:2: b.yaml: no such file"),
    (
        {"compose.yaml": "services: {a: {}}\ninclude:\n  - path: [b.yaml]", "b.yaml/x": ""},
        "compose.yaml:3: b.yaml: expected a regular file",
    ),
    (
        {"compose.yaml": "include: [b.yaml]\nservices: {a: {}}", "b.yaml": "include: [compose.yaml]"},
        "b.yaml:1: 'compose.yaml' includes itself",
    ),
    (
        {"compose.yaml": "include: [b.yaml]\nservices: {a: {}}", "b.yaml": "services: {a: {links: [x]}}"},
        "compose.yaml:2: the service 'a' is another one than the included one in b.yaml:1",
    ),
    (
        {"compose.yaml": "services: {a: {}}", "compose.override.yaml": "services: [}"},
        "compose.override.yaml:1: not valid YAML: did not find expected node content",
    ),
    ({"compose.yaml": "services: {a: {}}", ".env": "A=1\n=x\n"}, ".env:2: expected NAME=VALUE"),
]


@pytest.mark.parametrize(("files", "problem"), WRONG)
def test_what_cannot_be_read_is_a_finding_and_the_rest_is_read(
    tmp_path: Path, files: Mapping[str, str], problem: str
) -> None:
    declarations = read(IMPORTER, write(tmp_path, files))
    assert "a" in said(declarations)
    assert found(declarations, tmp_path) == [f"BT101 {problem}"]


def test_projects_that_include_ever_more_projects_are_refused(tmp_path: Path) -> None:
    files = {
        f"{name}{depth}.yaml": f"include: [a{depth + 1}.yaml, b{depth + 1}.yaml]"
        for depth in range(40)
        for name in "ab"
    }
    files |= {f"{name}40.yaml": "services: {x: {}}" for name in "ab"}
    declarations = read(IMPORTER, write(tmp_path, {**files, "compose.yaml": "include: [a0.yaml]\nservices: {y: {}}"}))
    assert "y" in said(declarations)
    assert "expected no more than 1000 included projects" in found(declarations, tmp_path)[0]


def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"secret.yaml": "services: {b: {}}", "p/compose.yaml": "include: [b.yaml]\nservices: {a: {}}"})
    (tmp_path / "p/b.yaml").symlink_to(tmp_path / "secret.yaml")
    declarations = read(IMPORTER, tmp_path / "p")
    assert list(said(declarations)) == ["a"]
    assert "outside the project" in found(declarations, tmp_path)[0]


def test_a_service_that_is_declared_and_included_alike_is_one(tmp_path: Path) -> None:
    files = {"compose.yaml": "include: [b.yaml]\nservices: {a: {links: [x]}}", "b.yaml": "services: {a: {links: [x]}}"}
    assert read(IMPORTER, write(tmp_path, files)).findings == ()


@pytest.mark.parametrize(
    ("name", "text", "is_it"),
    [
        ("x.yaml", "services: {a: {}}", True),
        ("x.yml", "# words\nname: p\nservices:\n  a: {}\n", True),
        ("x.yaml", "include: [b.yaml]", True),
        ("x.yaml", "drivers: {services: {}}", False),
        ("x.yaml", "drivers: {a: {}}\nservices: {}", False),
        ("x.yaml", "processes: {a: {}}", False),
        ("x.json", '{"services": {}}', False),
        ("x.toml", "services = 1", False),
        ("x.yaml", "a:\n  services: 1", False),
    ],
)
def test_it_is_recognised_by_its_services(tmp_path: Path, name: str, text: str, is_it: bool) -> None:
    path = tmp_path / name
    assert IMPORTER.recognises(Source(name, path, text.encode())) is is_it


def test_the_standard_input_is_a_project_too() -> None:
    source = Source("-", None, b"services: {a: {depends_on: [b]}, b: {}}")
    assert IMPORTER.recognises(source)
    assert said(IMPORTER.read(source)) == {"a": ["requires b"], "b": []}


@pytest.mark.parametrize("name", ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"])
def test_a_folder_is_recognised_by_the_name_of_its_file(tmp_path: Path, name: str) -> None:
    assert not IMPORTER.recognises(Source("p", tmp_path))
    (tmp_path / name).write_text("services: {a: {}}")
    assert list(said(read(IMPORTER, tmp_path))) == ["a"]


@pytest.mark.parametrize("link", [True, False])
def test_the_files_of_a_folder_do_not_lead_out_of_it(tmp_path: Path, link: bool) -> None:
    outside = write(tmp_path / "outside", {"x.yaml": "services: {x: {}}"}) / "x.yaml"
    folder = write(tmp_path / "in", {"compose.yaml": "services: {a: {}}"})
    if link:
        (folder / "compose.override.yaml").symlink_to(outside)
    else:
        (folder / ".env").write_text(f"COMPOSE_FILE=compose.yaml:{outside}")
    declarations = IMPORTER.read(Source(str(folder), folder))
    assert said(declarations) == {"a": []}
    (problem,) = found(declarations, tmp_path)
    assert problem.endswith(OUTSIDE)
