"""Files and lines of the repository that findings are about, for code hosts to link to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.model import Evidence, Finding, Origin

#: The file for findings without one, where a code host requires a file: their severity can be set there.
FALLBACK_FILE = "tierdeps.toml"


class CodeLocation(Value):
    """A line of a file of the repository; ``key`` is the dotted key there if it is a graph file."""

    file: str
    line: int | None = None
    key: str = ""


class CodeLocations(Value):
    """Maps origins to locations in the repository; all paths are relative to its root.

    ``paths`` maps the files of origins to those of the repository, where they differ, and to nothing where they are not
    in it; ``home`` is a file of the repository that findings without a file are about, if there is one.
    """

    home: str = ""
    paths: Mapping[str, str] = field(default_factory=dict)

    def of(self, origin: Origin) -> CodeLocation | None:
        """Return the location of an origin, None if its file is unknown."""
        file = self.paths.get(origin.file, origin.file)
        return CodeLocation(file, origin.line, origin.key) if file else None

    def known(self, finding: Finding) -> CodeLocation | None:
        """Return the first location of a finding; None if its file is not in the repository."""
        found = (self.of(origin) for origin in finding.origins)
        if location := next((location for location in found if location is not None), None):
            return location
        has_file = any(origin.file for origin in finding.origins)
        return CodeLocation(self.home) if self.home and not has_file else None

    def first(self, finding: Finding) -> CodeLocation:
        """Return the first location of a finding, or a fallback: for code hosts that require one."""
        return self.known(finding) or CodeLocation(self.home or FALLBACK_FILE)

    def relocated(self, finding: Finding) -> Finding:
        """Return a finding with paths of the repository instead of paths as the user gave them."""
        fixes = tuple(
            replace(fix, summary=self._renamed(fix.summary, finding), parts=tuple(map(self._relocated, fix.parts)))
            for fix in finding.fixes
        )
        return replace(finding, evidence=tuple(map(self._relocated, finding.evidence)), fixes=fixes)

    def _renamed(self, summary: str, finding: Finding) -> str:
        """Return the text of a fix with the files of its finding renamed; as parts of longer paths they are none."""
        for file in {origin.file for origin in finding.origins} & set(self.paths):
            if path := self.paths[file]:
                summary = re.sub(rf"(?<![\w./-]){re.escape(file)}(?![\w/-])", path.replace("\\", r"\\"), summary)
        return summary

    def _relocated(self, evidence: Evidence) -> Evidence:
        path = self.paths.get(evidence.origin.file)
        return replace(evidence, origin=replace(evidence.origin, file=path)) if path else evidence
