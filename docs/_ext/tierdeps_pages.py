"""Pages of ``--format html``, which the documentation shows as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps_pictures import tierdeps

if TYPE_CHECKING:
    from pathlib import Path

#: The commands whose pages are shown, by the names of their files.
PAGES = {
    "check.html": ("check", "--exit-zero", "graphs/libvirt-1.2.1.toml"),
    "order.html": ("order", "graphs/libvirt-today.toml"),
    "diff.html": ("diff", "graphs/libvirt-1.2.1-tiered.toml", "graphs/libvirt-1.2.1-tiered-config.toml"),
}


def live_pages(docs: Path, build: Path | None = None) -> Path:
    """Write the pages into a folder whose content is copied beside the documentation, and return the folder."""
    folder = (build or docs.parent / "build") / "extra"
    (folder / "live").mkdir(parents=True, exist_ok=True)
    for name, arguments in PAGES.items():
        page = tierdeps(*arguments, "--format", "html", root=docs.parent)
        (folder / "live" / name).write_text(page, encoding="utf-8")
    return folder
