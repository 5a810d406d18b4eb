"""Profiles: which services are active, and what requires one that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from foreign import found, read, write

from tierdeps import DependencyGraph
from tierdeps_boot.compose import IMPORTER

if TYPE_CHECKING:
    from pathlib import Path

SERVICES = "services: {web: {}, debug: {profiles: [debug]}, both: {profiles: [debug, more]}}"


@pytest.fixture(autouse=True)
def _no_profiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMPOSE_PROFILES", raising=False)


@pytest.mark.parametrize(
    ("profiles", "active"),
    [
        ("", ["web"]),
        ("debug", ["both", "debug", "web"]),
        ("more", ["both", "web"]),
        ("*", ["both", "debug", "web"]),
        ("x, more", ["both", "web"]),
    ],
)
def test_a_service_is_there_where_one_of_its_profiles_is_active(
    tmp_path: Path, profiles: str, active: list[str]
) -> None:
    folder = write(tmp_path, {"compose.yaml": SERVICES, ".env": f"COMPOSE_PROFILES={profiles}\n"})
    assert sorted(DependencyGraph.of(read(IMPORTER, folder)).drivers) == active


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPOSE_PROFILES", "more")
    folder = write(tmp_path, {"compose.yaml": SERVICES, ".env": "COMPOSE_PROFILES=debug\n"})
    assert dict(read(IMPORTER, folder).facts) == {"profile-debug": False, "profile-debug-or-more": True}


REQUIRED = [
    ("", "debug", "BT101"),
    ("debug", "debug", ""),
    ("debug", "debug, more", ""),
    ("debug, more", "debug", "BT102"),
    ("more", "debug", "BT102"),
    ("debug", "", ""),
]


@pytest.mark.parametrize(("own", "other", "code"), REQUIRED)
def test_what_is_required_must_be_active_too(tmp_path: Path, own: str, other: str, code: str) -> None:
    text = f"services:\n  a: {{profiles: [{own}], depends_on: [b]}}\n  b: {{profiles: [{other}]}}\n"
    declarations = read(IMPORTER, write(tmp_path, {"compose.yaml": text}))
    assert [item.split()[0] for item in found(declarations, tmp_path)] == ([code] if code else [])


def test_what_is_only_wanted_need_not_be_active(tmp_path: Path) -> None:
    text = "services: {a: {depends_on: {b: {required: false}}}, b: {profiles: [x]}}"
    assert read(IMPORTER, write(tmp_path, {"compose.yaml": text})).findings == ()
