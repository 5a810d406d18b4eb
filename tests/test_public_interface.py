"""Plugins import ``tierdeps`` and ``tierdeps.testing``, and nothing inside.

import-linter holds this for the distributions in ``plugins``. It does not read a plugin's tests, examples, templates or
the documentation.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.docs.examples import examples
from tierdeps.scaffold import PluginTemplate, render

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PUBLIC = ("tierdeps", "tierdeps.testing")
#: The folders of code as a plugin's author writes it.
FOLDERS = ("plugins", "examples", "tests/third_party/acme-clock")


def private_imports(source: str) -> list[str]:
    """Return what a module imports of tierdeps that is not public."""
    return [name for name in imported(ast.parse(source)) if name not in PUBLIC and name not in public_names()]


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the modules and names of tierdeps that a module imports, in functions and for type checkers too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "tierdeps")
        elif isinstance(node, ast.ImportFrom) and node.module == "tierdeps":
            yield from (f"tierdeps.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tierdeps."):
            yield node.module or ""


def public_names() -> set[str]:
    """Return the names of the public interface, as they are imported."""
    return {f"tierdeps.{name}" for name in (*import_module("tierdeps").__all__, "testing", "__version__")}


def sources() -> Iterator[tuple[str, str]]:
    """Yield the name and text of each file that a plugin's author might have written."""
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield str(file.relative_to(ROOT)), file.read_text()
    for name, text in render(PluginTemplate("acme-modem", "modem", tier="core")):
        if name.endswith(".py"):
            yield f"template/{name}", text
    for page in (ROOT / "README.rst", *sorted((ROOT / "docs").rglob("*.rst"))):
        for example in examples(page.read_text()):
            if example.language == "python":
                yield f"{page.relative_to(ROOT)}:{example.line}", example.text


def test_what_a_plugin_s_author_writes_imports_public_names_alone() -> None:
    found = {name: private for name, text in sources() if (private := private_imports(text))}
    assert found == {}


def test_there_is_something_of_each_kind_to_read() -> None:
    names = [name for name, _ in sources()]
    assert all(any(name.startswith(folder) for name in names) for folder in (*FOLDERS, "template", "docs"))


@pytest.mark.parametrize(
    ("source", "private"),
    [
        ("from tierdeps import Driver, requires", []),
        ("from tierdeps.testing import run_driver", []),
        ("import tierdeps, tierdeps.testing", []),
        ("from tierdeps_libvirt import DRIVER", []),
        ("from tierdeps.model import Driver", ["tierdeps.model"]),
        ("from tierdeps import model", ["tierdeps.model"]),
        ("import tierdeps.rules.cycle as cycle", ["tierdeps.rules.cycle"]),
        ("from tierdeps.testing._trial import Trial", ["tierdeps.testing._trial"]),
        ("if TYPE_CHECKING:\n    from tierdeps.rules import Rule", ["tierdeps.rules"]),
        ("def rule():\n    from tierdeps.rules import Rule", ["tierdeps.rules"]),
    ],
)
def test_a_private_import_is_found_wherever_it_is(source: str, private: list[str]) -> None:
    assert private_imports(source) == private


def test_importing_the_package_loads_none_of_what_it_offers() -> None:
    code = "import sys; import tierdeps; print(*(name for name in sys.modules if name.startswith('tierdeps')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {"tierdeps", *(f"tierdeps._util{name}" for name in ("", ".lazy", ".version"))}
