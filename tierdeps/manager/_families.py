"""What is in the house already: rules, importers, formats, engines and reporters, each in a file that offers itself."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


class Family(Value):
    """What one hook adds to.

    ``kind`` is the type in ``package``, ``identity`` the attributes that no two may share, ``calls`` its functions,
    each of which may be None.
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
        """Return what no other member may be called."""
        return " ".join(str(getattr(member, name)) for name in self.identity)

    def modules(self, part: str = "") -> Iterator[ModuleType]:
        """Import the files of the package, or of a part of it, by name; there may be no such part."""
        package = import_module(self.package)
        if part:
            if not any(module.name == part for module in iter_modules(package.__path__)):
                return
            package = import_module(f"{self.package}.{part}")
        for module in iter_modules(package.__path__, f"{package.__name__}."):
            yield import_module(module.name)


RULES = Family("tierdeps_rules", "tierdeps.rules", "Rule", ("code",), ("check", "default_check"))
IMPORTERS = Family("tierdeps_importers", "tierdeps.importers", "Importer", ("name",), ("recognises", "read"))
FORMATS = Family("tierdeps_formats", "tierdeps.formats", "Format", ("document", "name"), ("render", "render_each"))
ENGINES = Family("tierdeps_engines", "tierdeps.engines", "Engine", ("name",))
REPORTERS = Family("tierdeps_reporters", "tierdeps.reporters", "Reporter", ())

#: All of them.
ALL = (RULES, IMPORTERS, FORMATS, ENGINES, REPORTERS)
