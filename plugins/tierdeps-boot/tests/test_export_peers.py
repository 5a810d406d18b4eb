"""Exports as the other systems load them: accepted, and with the order of the plan, nothing lost and nothing added."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from exported import closure, exported_order, plan_of, plan_order, plans, step_units
from hypothesis import given, settings
from peers import peer

from tierdeps import Driver, Process, requires
from tierdeps_boot._exporters import EXPORTERS

if TYPE_CHECKING:
    from tierdeps import Plan

SYSTEMD, COMPOSE, EXECLINE = peer("systemd-analyze"), peer("docker-compose"), peer("execlineb")
EXPORT = {exporter.name: exporter.export for exporter in EXPORTERS}
FEW = settings(max_examples=max(1, settings().max_examples // 10), deadline=None)
#: Arguments that each system has to read back as they are.
HARD = ("a b", "$HOME ${HOME} $$", "100% %n %%", "q\"'\\", "", "#;", "é", "{ }", "-x")

needs_systemd = pytest.mark.skipif(SYSTEMD is None, reason="systemd-analyze is not installed")
needs_execline = pytest.mark.skipif(EXECLINE is None, reason="execline is not installed")
needs_compose = pytest.mark.skipif(COMPOSE is None, reason="docker-compose is not installed")


def write(folder: Path, system: str, plan: Plan) -> list[str]:
    """Write an export and return the paths of its files."""
    files = EXPORT[system](plan).files
    for file in files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    return [file.path for file in files]


def loaded_units(folder: Path, units: list[str]) -> dict[str, str]:
    """Return what systemd says of units that it has loaded; it must have nothing to object to."""
    assert SYSTEMD is not None
    environment = {**os.environ, "SYSTEMD_LOG_LEVEL": "debug", "SYSTEMD_UNIT_PATH": f"{folder}:"}
    command = [SYSTEMD, "verify", "--man=no", *units]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)
    assert done.returncode == 0, done.stderr[-2000:]
    dumps = re.split(r"^\t-> Unit (.*):$", done.stdout, flags=re.MULTILINE)[1:]
    return dict(zip(dumps[::2], dumps[1::2], strict=True))


@needs_systemd
@FEW
@given(plan=plans())
def test_systemd_loads_the_order_of_the_plan(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("units")
    units = write(folder, "systemd", plan)
    loaded = loaded_units(folder, units)
    assert loaded.keys() >= set(units)
    edges = {name: re.findall(r"^\t\tAfter: (\S+)", loaded[name], re.MULTILINE) for name in units}
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in units}
    steps = [name for name in units if "X-Tierdeps-Driver=" in texts[name]]
    assert exported_order(edges, step_units(plan, steps).get) == plan_order(plan)


@needs_systemd
def test_systemd_reads_commands_and_variables_back(tmp_path: Path) -> None:
    process = Process(("/bin/echo", *HARD), env=(("A", HARD[1]), ("B", HARD[3])), cwd="/tmp", user="root")  # noqa: S108
    units = write(tmp_path, "systemd", plan_of(Driver("a b", process=process)))
    dump = loaded_units(tmp_path, units)[units[0]]
    quoted = r"""/bin/echo "a b" "\$\$HOME \$\${HOME} \$\$\$\$" "100% %n %%" "q\"'\\" "" "#;" é "{ }" -x"""
    assert re.findall(r"Command Line: (.*)", dump) == [quoted]  # it makes one $ of two when it runs the command
    assert "Environment: A=$HOME ${HOME} $$" in dump


def compose_config(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the services that docker compose has loaded."""
    assert COMPOSE is not None
    command = [COMPOSE, "-f", str(folder / "compose.yaml"), "config", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    services: dict[str, dict[str, Any]] = json.loads(done.stdout)["services"]
    return services


@needs_compose
@FEW
@given(plan=plans())
def test_compose_loads_the_order_of_the_plan(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("compose")
    write(folder, "compose", plan)
    services = compose_config(folder)
    edges = {name: list(service.get("depends_on") or ()) for name, service in services.items()}
    text = (folder / "compose.yaml").read_text(encoding="utf-8")
    names = [json.loads(name) for name in re.findall(r"^  (\".*\"):$", text, re.MULTILINE)]
    steps = [name for name in names if "labels" in services[name]]
    assert exported_order(edges, step_units(plan, steps).get) == plan_order(plan)


@needs_compose
def test_compose_reads_commands_and_variables_back(tmp_path: Path) -> None:
    process = Process(("echo", *HARD), env=(("A", HARD[1]),), ready="exec:check 'a b'")
    write(tmp_path, "compose", plan_of(Driver("a", process=process), Driver("b", dependencies=(requires("a"),))))
    service = compose_config(tmp_path)["a"]
    doubled = [word.replace("$", "$$") for word in ("echo", *HARD)]
    assert service["command"] == doubled  # the printed file is to be read again
    assert service["environment"] == {"A": HARD[1].replace("$", "$$")}


def execlineb(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run a script of an exported service, with the programs of execline and its libraries wherever they are."""
    assert EXECLINE is not None
    root = Path(EXECLINE).parents[1]
    libraries = [str(path) for path in (root / "lib").glob("*-linux-gnu")]
    path = f"{Path(EXECLINE).parent}:{root / 'lib/execline/bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "LD_LIBRARY_PATH": ":".join(libraries)}
    return subprocess.run([EXECLINE, *arguments], cwd=folder, env=environment, capture_output=True, check=False)


@needs_execline
def test_execline_reads_commands_and_variables_back(tmp_path: Path) -> None:
    program = "import os, sys; print(sys.argv[1:], os.environ['A'], os.getcwd())"
    arguments = [*HARD, "a\nb"]
    process = Process((sys.executable, "-c", program, *arguments), env=(("A", HARD[1]),), cwd="/usr")
    write(tmp_path, "s6-rc", plan_of(Driver("a", process=process)))
    done = execlineb(tmp_path, "-P", "a/run")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == f"{arguments} {HARD[1]} /usr\n"


@needs_execline
@pytest.mark.parametrize(("restart", "codes"), [("no", (125, 125, 125)), ("on-failure", (125, 0, 0))])
def test_execline_restarts_what_is_to_be_restarted(tmp_path: Path, restart: str, codes: tuple[int, ...]) -> None:
    """125 keeps s6-supervise from starting a service again; its first argument is 256 after a signal."""
    write(tmp_path, "s6-rc", plan_of(Driver("a", process=Process(("x",), restart=restart))))
    first = (tmp_path / "a/finish").read_text(encoding="utf-8").splitlines()[0].split()[1]
    assert tuple(execlineb(tmp_path, first, "a/finish", code).returncode for code in ("0", "1", "256")) == codes


def test_a_closure_has_what_follows() -> None:
    assert closure({"c": ["b"], "b": ["a"], "a": []}) == {("a", "b"), ("b", "c"), ("a", "c")}
