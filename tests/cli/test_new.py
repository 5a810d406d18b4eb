"""A new distribution is whole: it is built, installed, and passes its own tests."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import sysconfig
import tomllib
import venv
from configparser import ConfigParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tierdeps.errors import DeclarationError
from tierdeps.scaffold import PluginTemplate, render

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

FILES = {
    ".github/workflows/ci.yml",
    ".gitignore",
    "README.rst",
    "acme_clock/__init__.py",
    "acme_clock/lifecycle.py",
    "pyproject.toml",
    "setup.cfg",
    "tests/test_driver.py",
}


def test_writes_a_whole_distribution(ask: Ask) -> None:
    answer = ask("new", "acme-clock")
    assert answer.code == 0
    assert set(answer.out.splitlines()) == {f"acme-clock/{name}" for name in FILES}
    assert {str(path.relative_to("acme-clock")) for path in Path("acme-clock").rglob("*") if path.is_file()} == FILES
    assert "python -m pip install -e 'acme-clock[test]'" in answer.err


def test_its_own_tests_look_for_undeclared_dependencies(ask: Ask) -> None:
    ask("new", "acme-clock")
    assert "    assert_no_undeclared([DRIVER])" in Path("acme-clock/tests/test_driver.py").read_text()


@pytest.fixture(scope="module", name="python")
def _python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh virtual environment that sees what the tests run with."""
    folder = tmp_path_factory.mktemp("new") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    command = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    ours = sysconfig.get_path("purelib")
    # addsitedir, and not the bare path: an editable tierdeps is reached through a .pth file of its own
    Path(site, "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    return python


def run(python: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    hidden = ("TIERDEPS_", "PYTEST_", "COV_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return subprocess.run(
        [str(python), *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_it_is_built_installed_shown_and_passes_its_own_tests(ask: Ask, python: Path, tmp_path: Path) -> None:
    assert ask("new", "acme-clock", "--tier", 'the "first"', "--driver", "clock's $hand: \\ über").code == 0
    project = tmp_path / "acme-clock"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-cache-dir", str(project)], check=True, capture_output=True)
    listed = run(python, tmp_path, "-m", "tierdeps", "order", "--only", "acme-clock")
    assert listed.stdout.splitlines()[:3] == ["1 tier, 1 driver", "", 'the "first"']
    assert "clock's $hand: \\ über" in listed.stdout
    tested = run(python, project, "-m", "pytest", "-p", "no:cacheprovider")
    assert tested.returncode == 0, tested.stdout
    assert " passed" in tested.stdout
    started = run(python, tmp_path, "-m", "tierdeps", "start", "--once", "--only", "acme-clock")
    assert started.returncode == 0, started.stdout + started.stderr


def test_the_answers_are_in_the_files(ask: Ask) -> None:
    ask("new", "Acme.Clock", "--driver", "clock", "--tier", "core", "--author", "Ada", "--directory", "here")
    module = Path("here/acme_clock/__init__.py").read_text()
    assert '"clock"' in module
    assert 'tier="core"' in module
    assert '"acme_clock.lifecycle:ClockLifecycle"' in module
    metadata = ConfigParser(interpolation=None)
    metadata.read("here/setup.cfg")
    assert (metadata["metadata"]["name"], metadata["metadata"]["author"]) == ("Acme.Clock", "Ada")
    assert tomllib.loads(Path("here/pyproject.toml").read_text())["build-system"]


def test_nothing_is_ever_overwritten(ask: Ask) -> None:
    Path("acme-clock").mkdir()
    Path("acme-clock/mine").write_text("precious")
    answer = ask("new", "acme-clock")
    assert (answer.code, answer.out) == (2, "")
    assert "already exists and is not overwritten; choose another --directory" in answer.err
    assert [path.name for path in Path("acme-clock").iterdir()] == ["mine"]


def test_an_empty_folder_is_filled(ask: Ask) -> None:
    Path("acme-clock").mkdir()
    assert ask("new", "acme-clock").code == 0


def test_a_folder_that_cannot_be_written_is_one_sentence(ask: Ask) -> None:
    Path("file").write_text("")
    answer = ask("new", "acme-clock", "--directory", "file/below")
    assert answer.code == 2
    assert "Traceback" not in answer.err
    assert answer.err.startswith("error: file/below: ")


@pytest.mark.parametrize("folder", ["\0", "a\0b", "a/\0", "\ud800", "a/\ud800/b"])
def test_what_can_be_no_path_is_one_sentence_and_nothing_is_written(ask: Ask, folder: str, tmp_path: Path) -> None:
    answer = ask("new", "acme-clock", "--directory", folder)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: '")
    assert "': not the name of a folder: " in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["-", "1clock", "a clock", "../clock", "import", "json", "tierdeps", "tests", "ühr"])
def test_a_name_that_cannot_be_is_refused_and_nothing_written(ask: Ask, name: str, tmp_path: Path) -> None:
    answer = ask("new", "--", name)
    assert answer.code == 2
    assert "the name of a distribution" in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--driver", "--tier", "--author"])
def test_a_name_of_two_lines_is_refused(ask: Ask, option: str) -> None:
    answer = ask("new", "acme-clock", option, "a\nb")
    assert answer.code == 2
    assert "expected one line of text" in answer.err


def test_a_blank_driver_is_refused() -> None:
    with pytest.raises(DeclarationError):
        PluginTemplate("acme", " ")


def test_the_same_is_written_every_time() -> None:
    template = PluginTemplate("acme-clock", "9 lives")
    assert list(render(template)) == list(render(template))
    assert template.words["lifecycle"] == "Driver9LivesLifecycle"


def test_a_terminal_is_asked_for_what_is_not_given(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "tierdeps", "new", "acme-clock", "--author", "Ada"]
    with subprocess.Popen(command, cwd=tmp_path, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as asked:
        os.write(ours, b"clock\ncore\n")
        _, said = asked.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert asked.returncode == 0
    assert b"The driver's name" in said
    assert b"Its tier" in said
    assert b"Its author" not in said
    module = (tmp_path / "acme-clock/acme_clock/__init__.py").read_text()
    assert '"clock",\n    tier="core",' in module
