"""A third party's distribution, built, installed and used through its real entry points."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parent / "acme-clock"


class Installation:
    """A fresh virtual environment that sees what the tests run with, and has the distribution besides."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        venv.create(folder, with_pip=False, symlinks=True)
        self.python = folder / "bin" / "python"
        site = self.output("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        ours = sysconfig.get_path("purelib")
        # addsitedir, and not the bare path: an editable tierdeps is reached through a .pth file of its own
        Path(site, "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")

    def install(self, source: Path) -> None:
        """Build the distribution from its source tree and install it; only the build backend is downloaded."""
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(self.python)]
        subprocess.run(
            [*pip, "install", "--quiet", "--no-deps", "--no-cache-dir", str(source)], check=True, capture_output=True
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run tierdeps with the distribution's plugin alone."""
        environment = {**os.environ, "TIERDEPS_ONLY": "acme-clock"}
        return subprocess.run(
            [str(self.python), "-m", "tierdeps", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def output(self, *arguments: str) -> str:
        """Return what Python prints."""
        return subprocess.run([str(self.python), *arguments], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("third-party")
    source = folder / "acme-clock"
    shutil.copytree(SOURCE, source)
    installation = Installation(folder / "venv")
    installation.install(source)
    shutil.rmtree(source)
    return installation


def test_is_listed_with_all_that_it_adds(installation: Installation) -> None:
    done = installation.run("plugins", "--format", "json")
    found = {item["name"]: item for item in json.loads(done.stdout)["plugins"]}
    assert found["clock"] == {
        "name": "clock",
        "distribution": "acme-clock",
        "version": "1.2",
        "reference": "acme_clock",
        "status": "active",
        "problem": None,
        "tiers": ["hardware", "services"],
        "drivers": ["bus", "clock"],
        "hooks": [
            "tierdeps_dependencies",
            "tierdeps_drivers",
            "tierdeps_engines",
            "tierdeps_facts",
            "tierdeps_rules",
            "tierdeps_tiers",
        ],
    }


def test_its_drivers_have_their_order(installation: Installation) -> None:
    done = installation.run("order", "--format", "json")
    order = json.loads(done.stdout)
    assert [tier["name"] for tier in order["tiers"]] == ["hardware", "services"]
    assert {name: driver["tier"] for name, driver in order["drivers"].items()} == {
        "bus": "hardware",
        "clock": "services",
    }


def test_origins_name_the_distribution_and_never_the_machine(installation: Installation) -> None:
    done = installation.run("order", "--format", "json")
    declared = (SOURCE / "src" / "acme_clock" / "__init__.py").read_text().splitlines()
    line = next(number for number, text in enumerate(declared, 1) if 'Driver("bus"' in text)
    assert json.loads(done.stdout)["drivers"]["bus"]["origin"] == {
        "distribution": "acme-clock",
        "version": "1.2",
        "file": "acme_clock/__init__.py",
        "line": line,
        "key": None,
    }
    assert str(installation.folder) not in done.stdout


def test_a_check_imports_no_lifecycle(installation: Installation) -> None:
    done = installation.run("check")
    assert done.returncode == 0
    assert "acme_clock.hands is imported" not in done.stdout + done.stderr


def test_its_rule_is_explained_and_finds(installation: Installation) -> None:
    assert "A man with two clocks is never sure." in installation.run("explain", "ACME1").stdout
    graph = installation.folder / "clocks.json"
    graph.write_text('{"drivers": {"clock-a": {}, "clock-b": {}}}')
    done = installation.run("check", "--format", "json", str(graph))
    assert [finding["code"] for finding in json.loads(done.stdout)["findings"]] == ["ACME1"]


def test_its_drivers_run(installation: Installation) -> None:
    done = installation.run("start", "--once", "--format", "json")
    assert done.returncode == 0
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["schema"] == "tierdeps/report/1"
    assert "acme_clock.hands is imported" in done.stdout + done.stderr


def test_it_gets_the_user_s_settings(installation: Installation) -> None:
    (installation.folder / "tierdeps.toml").write_text("disable = ['bus']\n[drivers.clock]\nface = 'round'\n")
    try:
        code = "from tierdeps.manager import Manager; from tierdeps.settings.file import parse\n"
        code += "settings = parse('tierdeps.toml', open('tierdeps.toml', 'rb').read())\n"
        code += "print([d.description for d in Manager(settings).declarations().drivers if d.name == 'clock'])"
        done = subprocess.run(
            [str(installation.python), "-c", code], cwd=installation.folder, capture_output=True, text=True, check=True
        )
        assert done.stdout == "['round']\n"
    finally:
        (installation.folder / "tierdeps.toml").unlink()


def start_chime(installation: Installation, what: str, *options: str) -> tuple[int, dict[str, Any], str]:
    """Start a driver with the plugin's engine; return the exit code, the report and what the worker printed."""
    graph = installation.folder / "chime.toml"
    graph.write_text(
        "[drivers.bus]\nlifecycle = 'acme_clock.hands:Bus'\n[drivers.clock]\n"
        "[drivers.chime]\nlifecycle = 'acme_clock.hands:Chime'\ntimeout = 3\n"
        "requires = [{ on = 'bus', when = 'rings' }]\n"
        "[facts]\nrings = true\n"
    )
    settings = installation.folder / "tierdeps.toml"
    settings.write_text(f"engine = 'acme-worker'\n[drivers.chime]\nwhat = '{what}'\n")
    try:
        done = installation.run("start", "--once", "--format", "json", *options, str(graph))
    finally:
        settings.unlink()
    return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr


def test_its_engine_makes_calls_in_another_process(installation: Installation) -> None:
    code, report, printed = start_chime(installation, "ring")
    assert (code, report["ok"], report["engine"]) == (0, True, "acme-worker")
    assert {outcome["driver"]: outcome["stopped"] for outcome in report["outcomes"]}["chime"]
    found = re.search(r"chime runs in (\d+) and finds (.*) with (.*)", printed)
    assert found is not None
    assert "acme_clock.hands.Bus object" in found[2]
    assert found[3] == "{'rings': True}"
    assert "chime stops" in printed


def test_the_command_line_overrides_the_engine_of_the_settings(installation: Installation) -> None:
    code, report, _ = start_chime(installation, "ring", "--engine", "local")
    assert (code, report["engine"]) == (0, "local")


@pytest.mark.parametrize(
    ("what", "options", "reason"),
    [
        ("fail", (), "ValueError: it is cracked"),
        ("wait", (), "chime:start did not end within 3 s"),
        ("exit", (), "the worker process has ended"),
        ("peep", (), "undeclared dependency: chime:start looked up 'clock'"),
    ],
)
def test_a_failure_in_the_worker_is_that_of_the_driver(
    installation: Installation, what: str, options: tuple[str, ...], reason: str
) -> None:
    code, report, _ = start_chime(installation, what, *options)
    assert code == 4
    (chime,) = [outcome for outcome in report["outcomes"] if outcome["driver"] == "chime"]
    assert chime["reason"].removeprefix("start: ").startswith(reason)
    assert chime["stragglers"] == []


def test_an_exception_in_the_worker_is_shown_with_its_traceback(installation: Installation) -> None:
    _, _, printed = start_chime(installation, "fail", "--verbose")
    assert "hands.py" in printed
    assert 'raise ValueError("it is cracked")' in printed


def test_its_engine_is_listed_where_a_name_is_unknown(installation: Installation) -> None:
    done = installation.run("start", "--engine", "rocket")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: no engine is named 'rocket'; available: acme-worker, dask, dry-run, local\n"


def test_its_command_is_one_of_ours(installation: Installation) -> None:
    assert "(from acme-clock)" in installation.run("--help").stdout
    done = installation.run("tick")
    assert (done.returncode, done.stdout) == (0, "tock\n")


def test_blocking_it_leaves_nothing_of_it(installation: Installation) -> None:
    done = installation.run("plugins", "--format", "json", "--block", "clock")
    (found,) = [item for item in json.loads(done.stdout)["plugins"] if item["name"] == "clock"]
    assert (found["status"], found["drivers"], found["hooks"]) == ("blocked", [], [])
