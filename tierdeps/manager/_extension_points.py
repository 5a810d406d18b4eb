"""The extension points that have built-in members: rules, importers, exporters, formats, engines and reporters."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


class ExtensionPoint(Value):
    """What the plugins of one hook add to.

    ``kind`` names the type of its members, which ``package`` defines and whose files hold the built-in members. No two
    members may have the same ``identity`` attributes; ``calls`` are their attributes that are functions or None.
    """

    hook: str
    package: str
    kind: str
    identity: tuple[str, ...]
    calls: tuple[str, ...] = ()

    @property
    def type(self) -> type:
        """The type of its members."""
        found: type = getattr(import_module(self.package), self.kind)
        return found

    def identify(self, member: object) -> str:
        """Return the name of a member, which is unique in this extension point."""
        return " ".join(str(getattr(member, name)) for name in self.identity)

    def modules(self, part: str = "") -> Iterator[ModuleType]:
        """Import and yield the modules of built-in members: all, or those of one part, which may not exist."""
        package = import_module(self.package)
        if part:
            if not any(module.name == part for module in iter_modules(package.__path__)):
                return
            package = import_module(f"{self.package}.{part}")
            if not hasattr(package, "__path__"):  # a part in one file
                yield package
                return
        for module in iter_modules(package.__path__, f"{package.__name__}."):
            if not module.ispkg:
                yield import_module(module.name)


RULES = ExtensionPoint("tierdeps_rules", "tierdeps.rules", "Rule", ("code",), ("check", "default_check"))
IMPORTERS = ExtensionPoint("tierdeps_importers", "tierdeps.importers", "Importer", ("name",), ("recognises", "read"))
EXPORTERS = ExtensionPoint("tierdeps_exporters", "tierdeps.exporters", "Exporter", ("name",), ("export",))
FORMATS = ExtensionPoint(
    "tierdeps_formats", "tierdeps.formats", "Format", ("document", "name"), ("render", "render_each")
)
ENGINES = ExtensionPoint("tierdeps_engines", "tierdeps.engines", "Engine", ("name",))
REPORTERS = ExtensionPoint("tierdeps_reporters", "tierdeps.reporters", "Reporter", ())

ALL = (RULES, IMPORTERS, EXPORTERS, FORMATS, ENGINES, REPORTERS)
