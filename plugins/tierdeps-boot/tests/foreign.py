"""Foreign files for tests: written, read by an importer, and what they say in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tierdeps import Finding, Source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tierdeps import Declarations, Importer


def pieces(words: str, *more: str) -> st.SearchStrategy[str]:
    """Return texts that are made of the words of a format, and some that are made of anything."""
    built = st.lists(st.sampled_from((*words.split(), *more)), max_size=40).map("".join)
    return built | st.binary(max_size=60).map(lambda data: data.decode("latin-1"))


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files, and the folders that they are in."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def read(importer: Importer, path: Path) -> Declarations:
    """Read a file or a folder, which the importer must recognise."""
    source = Source(str(path), path, None if path.is_dir() else path.read_bytes())
    assert importer.recognises(source)
    return importer.read(source)


def said(declarations: Declarations) -> dict[str, list[str]]:
    """Return what each driver depends on, an optional dependency with a question mark."""
    return {
        driver.name: [f"{item.kind} {item.target}{'?' if item.optional else ''}" for item in driver.dependencies]
        for driver in declarations.drivers
    }


def found(declarations: Declarations, folder: Path) -> list[str]:
    """Return the codes, places and messages of findings, without the folder."""
    prefix = f"{folder}/"
    findings = [item for item in declarations.findings if isinstance(item, Finding)]
    return [f"{item.code} {_place(item)}{item.message}".replace(prefix, "") for item in findings]


def _place(finding: Finding) -> str:
    """Return the file and the line of a finding; nothing where it concerns a file as a whole, which it names."""
    (origin,) = finding.origins
    return f"{origin.file}:{origin.line}: " if origin.line else ""
