"""Who declared something, and where: never a path of one machine."""

from __future__ import annotations

import sys
from pathlib import PurePath

from tierdeps._util.frozen import Value


class Origin(Value):
    """Who declared something: a distribution and a line of it, or a graph file and a key in it.

    ``file`` is as the user gave it, or relative to its distribution. ``changed_by`` are the overrides of a driver that
    was declared here, in their order.
    """

    file: str = ""
    line: int | None = None
    key: str = ""
    distribution: str = ""
    version: str = ""
    changed_by: tuple[Origin, ...] = ()

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        parts = (f"{self.distribution} {self.version}".strip(), place, self.key)
        declared = ", ".join(part for part in parts if part) or "unknown"
        return "; changed by ".join((declared, *map(str, self.changed_by))) if self.changed_by else declared

    @property
    def package(self) -> str:
        """The distribution with its version, or the file where there is none; all of them where it was changed."""
        own = f"{self.distribution} {self.version}".strip() or self.file
        if not self.changed_by:
            return own
        return " and ".join(dict.fromkeys((own, *(origin.package for origin in self.changed_by))))

    @property
    def sort_key(self) -> tuple[str, str, str, int, str]:
        """The sort key of origins."""
        return (self.distribution, self.version, self.file, self.line or 0, self.key)


def here() -> Origin:
    """Return the innermost line of the stack that is outside this package and not generated code.

    The path is made from the module's dotted name, so it is the same wherever the module is installed.
    """
    frame = sys._getframe(1)  # noqa: SLF001  inspect costs ten times as much, and this runs for every edge
    while frame.f_back is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if not module.startswith("tierdeps.model") and not frame.f_code.co_filename.startswith("<"):
            break
        frame = frame.f_back
    name = PurePath(frame.f_code.co_filename).name
    parents = str(frame.f_globals.get("__name__", "")).split(".")
    if name != "__init__.py":
        parents.pop()
    return Origin(file="/".join((*parents, name)), line=frame.f_lineno)
