"""Distributions in a temporary folder on the path."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps.manager import Manager
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tierdeps.model import Plugin

IMPORTS = "from tierdeps import Driver, Tier, after, hookimpl, requires, wants"


@dataclass
class Site:
    """A folder of installed distributions, each of one module with one entry point."""

    folder: Path
    modules: set[str] = field(default_factory=set)

    def install(
        self, distribution: str, code: str, *, name: str = "", reference: str = "", group: str = "tierdeps"
    ) -> None:
        """Install a distribution; its entry point has the name of its last word, its version is 1.0."""
        module = distribution.replace("-", "_")
        self.modules.add(module)
        (self.folder / f"{module}.py").write_text(f"{IMPORTS}\n{dedent(code)}")
        info = self.folder / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {distribution}\nVersion: 1.0\n")
        point = f"{name or distribution.rpartition('-')[2]} = {reference or module}"
        (info / "entry_points.txt").write_text(f"[{group}]\n{point}\n")

    def install_driver(self, distribution: str, name: str, *, more: str = "", entry: str = "") -> None:
        """Install a distribution that declares one driver."""
        code = f"@hookimpl\ndef tierdeps_drivers(settings):\n    return [Driver({name!r})]\n"
        self.install(distribution, code + dedent(more), name=entry)

    @property
    def path(self) -> list[str]:
        """The path on which distributions are searched, in place of sys.path."""
        return [str(self.folder)]

    def manager(self, *, deadline: float = 10.0, **settings: Any) -> Manager:
        """Return a manager that sees these distributions alone."""
        return Manager(Settings(**settings), path=self.path, timeout=deadline)

    def plugins(self, **settings: Any) -> dict[str, Plugin]:
        """Return the state of each plugin after it was loaded and its hooks were called."""
        manager = self.manager(**settings)
        manager.call_all_hooks()
        return {plugin.distribution: plugin for plugin in manager.plugins}

    def problem(self, code: str, *, reference: str = "", deadline: float = 10.0) -> str:
        """Return what is wrong with a plugin of this code, which must be broken."""
        self.install("acme-faulty", code, reference=reference)
        manager = self.manager(deadline=deadline)
        manager.call_all_hooks()
        (plugin,) = manager.plugins
        assert plugin.status == "broken"
        return plugin.problem


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A folder on sys.path to install distributions into; their modules are forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    site = Site(tmp_path)
    yield site
    for module in site.modules:
        sys.modules.pop(module, None)
