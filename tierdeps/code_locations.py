"""Where a code host is pointed to: the file in the repository, and the line, that a finding is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.model import Evidence, Finding, Origin

#: Where nothing is known and a place must be given all the same: a finding can be configured there.
NOWHERE = "tierdeps.toml"


class CodeLocation(Value):
    """A place in a file of the repository; ``key`` is the way to it in a graph file."""

    file: str
    line: int | None = None
    key: str = ""


class CodeLocations(Value):
    """Finds places in the repository; all paths are relative to its root.

    ``paths`` maps the files of origins to those of the repository, where they differ, and to nothing where they are not
    in it; ``home`` is a file of the repository that findings without a file are about, if there is one.
    """

    home: str = ""
    paths: Mapping[str, str] = field(default_factory=dict)

    def of(self, origin: Origin) -> CodeLocation | None:
        """Return the place of an origin, None where no file is known."""
        file = self.paths.get(origin.file, origin.file)
        return CodeLocation(file, origin.line, origin.key) if file else None

    def known(self, finding: Finding) -> CodeLocation | None:
        """Return the place to look at first; None where the file is not in the repository: a wrong one misleads."""
        found = (self.of(origin) for origin in finding.origins)
        if location := next((location for location in found if location is not None), None):
            return location
        has_file = any(origin.file for origin in finding.origins)
        return CodeLocation(self.home) if self.home and not has_file else None

    def first(self, finding: Finding) -> CodeLocation:
        """Return the place to look at first, some place in any case: for code hosts that take no finding without."""
        return self.known(finding) or CodeLocation(self.home or NOWHERE)

    def relocated(self, finding: Finding) -> Finding:
        """Return a finding that names files of the repository instead of files as they were given."""
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
