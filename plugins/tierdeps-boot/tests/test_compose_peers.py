"""What is read of compose files is what docker compose loads."""

from __future__ import annotations

import json
import subprocess
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
from foreign import read, write
from peers import peer

from tierdeps import Kind, OnRestart
from tierdeps_boot.compose import IMPORTER

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps import Declarations

COMPOSE = peer("docker-compose")
PHASES = {"start": "service_started", "healthy": "service_healthy", "completed": "service_completed_successfully"}
#: Dependencies: each service with those that it needs, the condition, whether it is required, and restarted with it.
Edges = dict[str, dict[str, tuple[str, bool, bool]]]

PROJECTS = {
    "plain": {
        "compose.yaml": "services: {web: {image: x, depends_on: [db, cache]}, db: {image: x}, cache: {image: x}}"
    },
    "conditions": {
        "compose.yaml": """
        services:
          web:
            image: x
            depends_on:
              db: {condition: service_healthy, restart: true}
              job: {condition: service_completed_successfully}
              cache: {condition: service_started, required: false}
          db: {image: x, healthcheck: {test: [CMD, "true"]}}
          job: {image: x, depends_on: [db]}
          cache: {image: x}
        """
    },
    "implicit": {
        "compose.yaml": """
        services:
          web: {image: x, links: ["db:alias"], volumes_from: [data], network_mode: "service:net", ipc: "service:ipc"}
          db: {image: x}
          data: {image: x}
          net: {image: x}
          ipc: {image: x, pid: "service:net"}
        """
    },
    "override": {
        "compose.yaml": "services: {web: {image: x, depends_on: [db]}, db: {image: x}, cache: {image: x}}",
        "compose.override.yaml": """
        services:
          web: {depends_on: {cache: {condition: service_started}}}
          db: {depends_on: [cache]}
        """,
    },
    "reset": {
        "compose.yaml": "services: {web: {image: x, depends_on: [db]}, db: {image: x}}",
        "compose.override.yaml": "services: {web: {depends_on: !reset []}}",
    },
    "merge keys": {
        "compose.yaml": """
        x-base: &base {image: x, depends_on: [db]}
        services:
          web: {<<: *base}
          worker: {<<: *base, depends_on: [cache]}
          db: {image: x}
          cache: {image: x}
        """
    },
    "extends": {
        "compose.yaml": """
        services:
          web: {extends: {file: base.yaml, service: base}, depends_on: [cache]}
          cache: {image: x}
          db: {image: x}
        """,
        "base.yaml": "services: {base: {image: x, depends_on: [db]}}",
    },
    "include": {
        "compose.yaml": "include: [more/compose.yaml]\nservices: {web: {image: x, depends_on: [db]}}",
        "more/compose.yaml": "services: {db: {image: x, depends_on: [disk]}, disk: {image: x}}",
    },
    "interpolation": {
        "compose.yaml": """
        services:
          web: {image: "${IMAGE:-x}", depends_on: {db: {condition: "${READY:-service_started}"}}}
          db: {image: x, healthcheck: {test: "${UNSET-true}"}}
        """,
        ".env": "READY=service_healthy\n",
    },
}
REFUSED = {
    "missing service": "services: {web: {image: x, depends_on: [db]}}",
    "unknown condition": "services: {web: {image: x, depends_on: {db: {condition: ready}}}, db: {image: x}}",
    "cycle": "services: {a: {image: x, depends_on: [b]}, b: {image: x, depends_on: [a]}}",
    "depends on itself": "services: {a: {image: x, depends_on: [a]}}",
    "missing variable": 'services: {a: {image: x, depends_on: ["${B:?set it}"]}}',
    "no mapping": "services: [a]",
}

pytestmark = pytest.mark.skipif(COMPOSE is None, reason="docker-compose is not installed")


def config(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(COMPOSE), "--project-directory", str(folder), "--profile", "*", "config", "--format", "json"]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def loaded(services: dict[str, dict[str, Any]]) -> Edges:
    """Return the dependencies that docker compose has loaded."""
    return {
        name: {
            target: (entry["condition"], entry["required"], entry.get("restart", False))
            for target, entry in (service.get("depends_on") or {}).items()
        }
        for name, service in services.items()
    }


def found(declarations: Declarations) -> Edges:
    """Return the dependencies that are read."""
    phases = {driver.name: driver.phases for driver in declarations.drivers}
    edges: Edges = {}
    for driver in declarations.drivers:
        edges[driver.name] = {}
        for item in driver.dependencies:
            target, _, phase = item.target.partition(":")
            condition = PHASES[phase or phases[target][-1]]
            restart = item.coupling.on_restart is OnRestart.RESTART
            edges[driver.name][target] = (condition, item.kind is Kind.REQUIRES, restart)
    return edges


@pytest.mark.parametrize("name", PROJECTS)
def test_docker_compose_loads_the_same_dependencies(name: str, tmp_path: Path) -> None:
    write(tmp_path, {file: dedent(text) for file, text in PROJECTS[name].items()})
    done = config(tmp_path)
    assert done.returncode == 0, done.stderr
    declarations = read(IMPORTER, tmp_path)
    assert not declarations.findings
    assert found(declarations) == loaded(json.loads(done.stdout)["services"])


@pytest.mark.parametrize("name", REFUSED)
def test_what_docker_compose_refuses_does_not_pass(name: str, tmp_path: Path) -> None:
    from tierdeps import DependencyGraph, TierdepsError

    write(tmp_path, {"compose.yaml": REFUSED[name]})
    assert config(tmp_path).returncode != 0
    try:
        declarations = read(IMPORTER, tmp_path)
        refused = bool(declarations.findings)
        DependencyGraph.of(declarations).collapse()
    except TierdepsError:
        refused = True
    assert refused
