"""Entry points are found as importlib.metadata finds them, without it."""

from __future__ import annotations

from importlib.metadata import Distribution
from importlib.metadata import entry_points as metadata_entry_points
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps._util.entry_points import EntryPoint, canonical, entry_points


def write(folder: Path, entry: str, metadata: str | None = None) -> None:
    folder.mkdir(parents=True)
    (folder / "entry_points.txt").write_text(entry)
    if metadata is not None:
        (folder / ("METADATA" if folder.suffix == ".dist-info" else "PKG-INFO")).write_text(metadata)


def names(*places: Path) -> list[str]:
    return [point.name for point in entry_points("tierdeps", map(str, places))]


def test_reads_a_wheel_s_metadata(tmp_path: Path) -> None:
    metadata = "Metadata-Version: 2.1\nName: Acme.Clock\nVersion: 1.2\n\nName: the description\n"
    write(tmp_path / "acme_clock-1.2.dist-info", "[tierdeps]\nclock = acme_clock:plugin\n", metadata)
    found = entry_points("tierdeps", [str(tmp_path)])
    assert found == (EntryPoint("tierdeps", "clock", "acme_clock:plugin", "Acme.Clock", "1.2"),)


def test_reads_a_source_tree_s_metadata(tmp_path: Path) -> None:
    write(tmp_path / "acme.egg-info", "[tierdeps]\nclock = acme\n", "Name: acme\nVersion: 3\n")
    assert entry_points("tierdeps", [str(tmp_path)]) == (EntryPoint("tierdeps", "clock", "acme", "acme", "3"),)


@pytest.mark.parametrize("folder", ["acme_clock-1.2.dist-info", "acme_clock-1.2-py3.11.egg-info"])
def test_takes_name_and_version_from_the_folder_where_there_is_no_metadata(tmp_path: Path, folder: str) -> None:
    write(tmp_path / folder, "[tierdeps]\nclock = acme\n")
    (found,) = entry_points("tierdeps", [str(tmp_path)])
    assert (found.distribution, found.version) == ("acme_clock", "1.2")


def test_leaves_out_other_groups_comments_and_extras(tmp_path: Path) -> None:
    text = "[tierdeps.commands]\na = a\n[tierdeps]\n# no\n; no\n\n b = b:c [extra]\n[console_scripts]\nd = d\n"
    write(tmp_path / "acme-1.dist-info", text)
    assert [(point.name, point.reference) for point in entry_points("tierdeps", [str(tmp_path)])] == [("b", "b:c")]


def test_counts_a_distribution_once_that_is_reached_through_a_link(tmp_path: Path) -> None:
    write(tmp_path / "lib" / "acme-1.dist-info", "[tierdeps]\nclock = acme\n")
    (tmp_path / "lib64").symlink_to("lib")
    assert names(tmp_path / "lib", tmp_path / "lib64", tmp_path / "lib") == ["clock"]


def test_the_first_distribution_of_a_name_hides_the_others(tmp_path: Path) -> None:
    write(tmp_path / "src" / "acme_clock.egg-info", "[tierdeps]\nnew = acme\n")
    write(tmp_path / "site" / "Acme.Clock-1.dist-info", "[tierdeps]\nold = acme\n")
    assert names(tmp_path / "src", tmp_path / "site") == ["new"]
    assert names(tmp_path / "site", tmp_path / "src") == ["old"]


def test_passes_over_what_pip_is_about_to_remove(tmp_path: Path) -> None:
    write(tmp_path / "~cme-1.dist-info", "[tierdeps]\nclock = acme\n")
    assert names(tmp_path) == []


def test_passes_over_places_that_cannot_be_listed(tmp_path: Path) -> None:
    write(tmp_path / "site" / "acme-1.dist-info", "[tierdeps]\nclock = acme\n")
    (tmp_path / "archive.zip").write_bytes(b"")
    (tmp_path / "site" / "empty-1.dist-info").touch()
    assert names(tmp_path / "nowhere", tmp_path / "archive.zip", tmp_path / "site") == ["clock"]


def test_sorts_by_name_and_then_by_distribution(tmp_path: Path) -> None:
    for name in ("zebra", "acme"):
        write(tmp_path / f"{name}-1.dist-info", "[tierdeps]\nb = m\na = m\n", f"Name: {name}\nVersion: 1\n")
    found = [(point.name, point.distribution) for point in entry_points("tierdeps", [str(tmp_path)])]
    assert found == [("a", "acme"), ("a", "zebra"), ("b", "acme"), ("b", "zebra")]


def test_reads_text_that_is_not_utf8_as_far_as_it_can(tmp_path: Path) -> None:
    write(tmp_path / "acme-1.dist-info", "")
    (tmp_path / "acme-1.dist-info" / "entry_points.txt").write_bytes(b"[other]\n\xff = x\n[tierdeps]\nclock = acme\n")
    assert names(tmp_path) == ["clock"]


@pytest.mark.parametrize("group", ["console_scripts", "pytest11", "tierdeps", "tierdeps.commands"])
def test_agrees_with_importlib_metadata_about_what_is_installed_here(group: str) -> None:
    expected = {(point.name, point.value.partition("[")[0].strip()) for point in metadata_entry_points(group=group)}
    assert {(point.name, point.reference) for point in entry_points(group)} == expected


WORD = st.from_regex(r"[a-z][a-z0-9_.-]{0,6}", fullmatch=True)
GROUPS = st.dictionaries(WORD | st.just("tierdeps"), st.dictionaries(WORD, WORD, max_size=3), max_size=3)


@given(GROUPS)
def test_agrees_with_importlib_metadata_about_any_file(groups: dict[str, dict[str, str]]) -> None:
    lines = [
        line for group, points in groups.items() for line in (f"[{group}]", *(f"{a} = {b}" for a, b in points.items()))
    ]
    with TemporaryDirectory() as place:
        folder = Path(place, "acme-1.dist-info")
        write(folder, "\n".join(lines), "Name: acme\nVersion: 1\n")
        for group in groups:
            expected = {
                (point.name, point.value) for point in Distribution.at(folder).entry_points if point.group == group
            }
            assert {(point.name, point.reference) for point in entry_points(group, [place])} == expected


@pytest.mark.parametrize("name", ["Acme.Clock", "acme-clock", "ACME__clock", "acme-_.clock"])
def test_names_of_distributions_compare_as_the_package_index_compares_them(name: str) -> None:
    assert canonical(name) == "acme-clock"
