"""What an exporter returns."""

from __future__ import annotations

import pytest

from tierdeps import DeclarationError, Export, ExportedFile, Loss


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../a", "a/../../b", "a\0b", "."])
def test_a_file_lies_below_the_folder_of_the_export(path: str) -> None:
    with pytest.raises(DeclarationError, match="a path below the folder of the export"):
        ExportedFile(path, "")


@pytest.mark.parametrize("path", ["a", "a/b", "a/.b", "..a", "a b/ü"])
def test_any_other_path_is_accepted(path: str) -> None:
    assert ExportedFile(path, "text").path == path


def test_files_and_losses_are_frozen_as_tuples() -> None:
    export = Export([ExportedFile("a", "")], [Loss("b")])  # type: ignore[arg-type]
    assert (export.files, export.losses) == ((ExportedFile("a", ""),), (Loss("b"),))
