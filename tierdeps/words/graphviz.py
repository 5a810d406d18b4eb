"""Graphviz draws a document in DOT, where it is installed."""

from __future__ import annotations

import shutil
import subprocess

from tierdeps._util.text import printable
from tierdeps.errors import InputError

_SOURCE = "the format svg"
_INSTEAD = "or write --format html, which needs no other program"
#: Layouts of thousands of dependencies can take Graphviz hours.
_LIMIT_S = 120.0


def is_installed() -> bool:
    """Return whether Graphviz is installed."""
    return shutil.which("dot") is not None


def drawn_as_svg(document: str, *, limit_s: float = _LIMIT_S) -> str:
    """Return a document in DOT as SVG. Raises InputError where Graphviz is not installed, fails or takes too long."""
    try:
        # no shell is involved, and names are in the document only
        done = subprocess.run(
            ("dot", "-Tsvg"),  # noqa: S607  whichever Graphviz there is
            input=document.encode(),
            capture_output=True,
            check=False,
            timeout=limit_s,
        )
    except FileNotFoundError:
        problem = "Graphviz draws it, and its program dot is not installed"
        raise InputError(_SOURCE, f"{problem}; install the package graphviz, {_INSTEAD}") from None
    except subprocess.TimeoutExpired:
        problem = f"Graphviz drew for more than {limit_s:g} s"
        raise InputError(_SOURCE, f"{problem}; draw a part with --focus, --tier or --collapse, {_INSTEAD}") from None
    except OSError as error:
        problem = f"Graphviz cannot be run: {(error.strerror or str(error)).lower()}"
        raise InputError(_SOURCE, f"{problem}; correct that, {_INSTEAD}") from None
    if done.returncode or b"</svg>" not in done.stdout:
        raise InputError(_SOURCE, f"Graphviz failed: {_reason(done)}; draw a part with --focus or --tier, {_INSTEAD}")
    return done.stdout.decode(errors="replace")


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the first line that Graphviz wrote about it, or how it ended."""
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    if lines:
        return printable(lines[0])
    return f"signal {-done.returncode}" if done.returncode < 0 else f"exit code {done.returncode}, and no picture"
