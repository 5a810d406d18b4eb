"""The checks, each in an environment of its own: ``nox``, or ``nox -s tests-3.11 -- tests/rules`` for some of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

#: The versions of Python that are supported; those that are installed here are tried.
SUPPORTED = ("3.11", "3.12", "3.13", "3.14")
INSTALLED = [version for version in SUPPORTED if shutil.which(f"python{version}")]
PLUGINS = ("tierdeps-libvirt", "tierdeps-boot", "tierdeps-telemetry[otlp]")
PACKAGES = tuple(word for name in PLUGINS for word in ("-e", f"./plugins/{name}"))

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True


@nox.session(python=INSTALLED)
def tests(session: nox.Session) -> None:
    """Run the tests; arguments behind ``--`` are those of pytest."""
    session.install("-e", ".[test]", *PACKAGES)
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types, layers and words."""
    session.install("-e", ".[dev]", *PACKAGES)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")
    session.run("codespell")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation, with warnings as errors, and the man pages."""
    session.install("-e", ".[docs]", *PACKAGES)
    session.run("sphinx-build", "-W", "--keep-going", "-q", "-b", "html", "docs", "build/docs")
    session.run("python", "docs/_ext/man_pages.py")


@nox.session
def package(session: nox.Session) -> None:
    """Build the distributions, install the wheel, and ask it for its version."""
    session.install("build")
    dist = session.create_tmp()
    session.run("python", "-m", "build", "--outdir", dist, silent=True)
    session.install("--force-reinstall", *map(str, Path(dist).glob("*.whl")))
    session.run("tierdeps", "--version")
