"""Pictures that are drawn as the documentation is built, from what the program does at that moment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from collections.abc import Mapping

#: How long a command may take, in seconds.
TIMEOUT_S = 60


def figure(svg: str, caption: str = "", kind: str = "drawing") -> nodes.Node:
    """Return a picture for pages in HTML; other builders have none."""
    text = re.sub(r"``(.+?)``", r"<code>\1</code>", escape(caption))
    below = f"<figcaption>{text}</figcaption>" if caption else ""
    return nodes.raw("", f'<figure class="tierdeps-picture tierdeps-{kind}">{svg}{below}</figure>', format="html")


def environment(state: str) -> Mapping[str, str]:
    """Return the environment of a command that is shown: nobody's plugins, a journal of its own, no settings."""
    plugins = {each.name for each in distributions() if each.entry_points.select(group="tierdeps")}
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("TIERDEPS_", "NO_COLOR", "FORCE_"))
    }
    own = {
        "TIERDEPS_BLOCK": " ".join(sorted(plugins)),
        "XDG_STATE_HOME": state,
        "TERM": "xterm-256color",
        "PAGER": "cat",
    }
    return kept | own | {"PYTHONDONTWRITEBYTECODE": "1", "TIERDEPS_CGROUP": "no"}


def tierdeps(*arguments: str, root: Path, allowed: tuple[int, ...] = (0,)) -> str:
    """Return what a command of tierdeps prints where standard output is no terminal."""
    with tempfile.TemporaryDirectory() as state:
        return run_in(Path(state), arguments, root, allowed)


def run_in(state: Path, arguments: tuple[str, ...], root: Path, allowed: tuple[int, ...] = (0,)) -> str:
    """Return what a command prints, whose journal is in a folder. Raises ExtensionError if it fails."""
    done = subprocess.run(  # noqa: S603  our own
        [sys.executable, "-m", "tierdeps", *arguments],
        cwd=root,
        env=environment(str(state)),
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    if done.returncode not in allowed:
        raise ExtensionError(f"tierdeps {' '.join(arguments)} exits {done.returncode}: {done.stderr}")
    return done.stdout


class Picture(SphinxDirective):
    """A directive that draws a picture; the repository is the folder above the documentation."""

    has_content = True
    option_spec = {"caption": str}  # noqa: RUF012  Sphinx's own way

    @property
    def root(self) -> Path:
        """The folder of the repository."""
        return Path(self.env.srcdir).parent

    def file(self, name: str) -> Path:
        """Return a file of the repository, which the page depends on."""
        self.env.note_dependency(str(self.root / name))
        return self.root / name

    def shown(self, svg: str, kind: str = "drawing") -> list[nodes.Node]:
        """Return the picture with its caption."""
        return [figure(svg, " ".join(self.options.get("caption", "").split()), kind)]
