"""``tierdeps export``: whole folders or nothing, and nothing over files of others."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.manager.conftest import site
from tierdeps.cli.output.export_folder import RECORD

__all__ = ["site"]

if TYPE_CHECKING:
    from tests.cli.conftest import Ask
    from tests.manager.conftest import Site

GRAPH = '[drivers.a]\n[drivers.b]\nrequires = ["a"]\n'
#: Writes a file for each driver, into a folder of its tier; a driver that is named "odd" is a loss.
PLUGIN = """
from tierdeps import Export, ExportedFile, Exporter, Loss

def export(plan):
    files = [ExportedFile(f"{d.tier}/{d.name}", f"{d.name} is {d.stage}\\n", executable=d.name == "b") for d in plan]
    odd = tuple(d.name for d in plan if d.name.startswith("odd"))
    return Export(tuple(files), (Loss("odd names cannot be written", odd),) if odd else ())

@hookimpl
def tierdeps_exporters():
    return [Exporter("lines", "a line each", export), Exporter("other", "the same", export)]
"""


@pytest.fixture(autouse=True)
def _installed(site: Site, ask: Ask) -> None:
    del ask  # whose folder is the current one
    site.install("acme-lines", PLUGIN)
    graph(GRAPH)


def graph(text: str) -> None:
    Path("g.toml").write_text(text, encoding="utf-8")


def tree(folder: str = "out") -> dict[str, str]:
    """Return the text of each file below a folder, without the record."""
    found = {str(path.relative_to(folder)): path for path in Path(folder).rglob("*") if path.is_file()}
    return {name: path.read_text(encoding="utf-8") for name, path in found.items() if name != RECORD}


def names(folder: str) -> list[str]:
    """Return the names of what lies in a folder."""
    return sorted(path.name for path in Path(folder).iterdir())


def test_every_file_is_written_and_counted(ask: Ask) -> None:
    answer = ask("export", "--to", "lines", "out", "g.toml")
    assert (answer.code, answer.out, answer.err) == (0, "", "out: 2 files written\n")
    assert tree() == {"default/a": "a is 1\n", "default/b": "b is 2\n"}
    assert not os.access("out/default/a", os.X_OK)
    assert os.access("out/default/b", os.X_OK)


def test_quiet_prints_nothing(ask: Ask) -> None:
    graph("[drivers.odd]\n")
    assert ask("export", "-q", "--to", "lines", "out", "g.toml").err == ""


def test_a_second_export_replaces_and_removes_what_the_first_one_wrote(ask: Ask) -> None:
    ask("export", "--to", "lines", "out", "g.toml")
    graph('[tiers]\norder = ["base"]\n[drivers.a]\ntier = "base"\n')
    answer = ask("export", "--to", "lines", "out", "g.toml")
    assert answer.err == "out: 1 file written, 2 files of the last export removed\n"
    assert tree() == {"base/a": "a is 1\n"}
    assert names("out") == [RECORD, "base"]


def test_other_files_in_the_folder_stay(ask: Ask) -> None:
    Path("out/default").mkdir(parents=True)
    Path("out/default/mine").write_text("mine", encoding="utf-8")
    ask("export", "--to", "lines", "out", "g.toml")
    graph("[tiers]\norder = ['t']\n[drivers.z]\n")
    assert ask("export", "--to", "lines", "out", "g.toml").code == 0
    assert tree() == {"default/mine": "mine", "t/z": "z is 1\n"}


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_a_file_of_somebody_else_is_never_overwritten(ask: Ask, kind: str) -> None:
    Path("out/default").mkdir(parents=True)
    there = Path("out/default/b")
    if kind == "file":
        there.write_text("mine", encoding="utf-8")
    elif kind == "link":
        there.symlink_to("nowhere")
    else:
        there.mkdir()
    answer = ask("export", "--to", "lines", "out", "g.toml")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "error: out/default/b: was not exported by tierdeps; move it, or export into another folder\n"
    )
    assert names("out/default") == ["b"]
    assert names("out") == ["default"]


def test_a_file_that_was_changed_since_is_never_overwritten_or_removed(ask: Ask) -> None:
    ask("export", "--to", "lines", "out", "g.toml")
    Path("out/default/b").write_text("edited", encoding="utf-8")
    for text in (GRAPH, "[drivers.a]\n"):
        graph(text)
        answer = ask("export", "--to", "lines", "out", "g.toml")
        assert answer.code == 2
        assert answer.err.startswith("error: out/default/b: was changed since it was exported; move it")
        assert tree() == {"default/a": "a is 1\n", "default/b": "edited"}


def test_a_file_that_was_removed_since_is_written_again(ask: Ask) -> None:
    ask("export", "--to", "lines", "out", "g.toml")
    Path("out/default/b").unlink()
    assert ask("export", "--to", "lines", "out", "g.toml").code == 0
    assert tree()["default/b"] == "b is 2\n"


def test_a_folder_holds_the_export_to_one_system(ask: Ask) -> None:
    ask("export", "--to", "lines", "out", "g.toml")
    answer = ask("export", "--to", "other", "out", "g.toml")
    assert (answer.code, answer.err) == (
        2,
        "error: out: holds an export to lines; export to other into another folder\n",
    )


def test_a_link_on_the_way_is_not_followed(ask: Ask) -> None:
    Path("elsewhere").mkdir()
    Path("out").mkdir()
    Path("out/default").symlink_to("../elsewhere")
    answer = ask("export", "--to", "lines", "out", "g.toml")
    assert answer.err.startswith("error: out/default/a: does not lie in the folder itself")
    assert names("elsewhere") == []


def test_a_record_cannot_lead_out_of_the_folder(ask: Ask) -> None:
    Path("victim").write_text("", encoding="utf-8")
    ask("export", "--to", "lines", "out", "g.toml")
    record = json.loads(Path("out", RECORD).read_text(encoding="utf-8"))
    record["files"]["../victim"] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    Path("out", RECORD).write_text(json.dumps(record), encoding="utf-8")
    answer = ask("export", "--to", "lines", "out", "g.toml")
    assert (answer.code, Path("victim").exists()) == (2, True)
    assert answer.err.startswith("error: out/../victim: does not lie in the folder itself")


def test_a_record_that_is_none_is_refused(ask: Ask) -> None:
    Path("out").mkdir()
    Path("out", RECORD).write_text("[]", encoding="utf-8")
    answer = ask("export", "--to", "lines", "out", "g.toml")
    assert answer.err == (f"error: out/{RECORD}: is no record of an export; remove it, or export into another folder\n")


def test_a_file_in_place_of_the_folder_is_refused(ask: Ask) -> None:
    answer = ask("export", "--to", "lines", "g.toml", "g.toml")
    assert (answer.code, answer.err) == (2, "error: g.toml: is a file; name a folder to export into\n")


def test_what_fails_halfway_leaves_the_folder_as_it_was(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    ask("export", "--to", "lines", "out", "g.toml")
    before = tree()
    graph('[drivers.a]\nrequires = ["b"]\n[drivers.b]\n[drivers.c]\n')
    real = Path.replace

    def replace(path: Path, target: Path) -> Path:
        if Path(target).name == "c":
            raise OSError(28, "No space left on device", str(target))
        return real(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    answer = ask("export", "--to", "lines", "out", "g.toml")
    assert (answer.code, answer.err) == (2, "error: out/default/c: cannot be written: no space left on device\n")
    assert tree() == before
    assert names("out") == [RECORD, "default"]


def test_a_new_folder_is_gone_again_when_it_cannot_be_written(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def replace(path: Path, target: Path) -> Path:
        del path
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(Path, "replace", replace)
    assert ask("export", "--to", "lines", "out", "g.toml").code == 2
    assert not Path("out").exists()


def test_what_cannot_be_expressed_is_a_warning_with_the_names_of_drivers(ask: Ask) -> None:
    graph("[drivers.odd]\n[drivers.even]\n")
    answer = ask("export", "--to", "lines", "out", "g.toml")
    assert answer.code == 0
    assert answer.err == "warning: lines: odd names cannot be written: odd\nout: 2 files written\n"


def test_many_drivers_are_counted(ask: Ask) -> None:
    graph("".join(f"[drivers.odd{number}]\n" for number in range(8)))
    answer = ask("export", "--to", "lines", "out", "g.toml")
    assert "cannot be written: odd0, odd1, odd2, odd3, odd4 and 3 more\n" in answer.err


def test_strict_refuses_what_cannot_be_expressed(ask: Ask) -> None:
    graph("[drivers.odd]\n")
    answer = ask("export", "--strict", "--to", "lines", "out", "g.toml")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        "error: lines: odd names cannot be written: odd\n"
        "error: nothing was written, because --strict refuses what cannot be expressed\n"
    )
    assert not Path("out").exists()


def test_a_graph_with_errors_is_refused(ask: Ask) -> None:
    graph('[drivers.a]\nrequires = ["b"]\n')
    answer = ask("export", "--to", "lines", "out", "g.toml")
    assert answer.code == 1
    assert "TD103" in answer.err
    assert not Path("out").exists()


def test_an_unknown_system_is_refused_with_the_nearest_name(ask: Ask) -> None:
    assert ask("export", "--to", "linse", "out", "g.toml").err == (
        "error: no exporter is named 'linse'; did you mean 'lines'?\n"
    )


def test_without_an_exporter_the_distribution_to_install_is_named(ask: Ask) -> None:
    answer = ask("export", "--block", "lines", "--block", "tierdeps-boot", "--to", "systemd", "out", "g.toml")
    assert (answer.code, answer.err) == (
        2,
        "error: no installed plugin exports to 'systemd'; tierdeps-boot adds systemd, compose and others\n",
    )


def test_an_exporter_that_raises_is_named_with_its_plugin(ask: Ask, site: Site) -> None:
    code = """
    from tierdeps import Exporter

    def export(plan):
        return 1 / 0

    @hookimpl
    def tierdeps_exporters():
        return [Exporter("broken", "fails", export)]
    """
    site.install("acme-broken", code)
    answer = ask("export", "--to", "broken", "out", "g.toml")
    assert answer.code == 3
    assert "the exporter 'broken' of the plugin 'broken' of acme-broken 1.0 fails: ZeroDivisionError" in answer.err


def test_a_folder_without_a_name_is_refused_and_nothing_is_written(ask: Ask) -> None:
    before = names(".")
    answer = ask("export", "--to", "lines", "", "g.toml")
    assert (answer.code, answer.err) == (2, "error: DIR is empty: name a folder to export into\n")
    assert names(".") == before


@pytest.mark.parametrize(
    "text", ['[drivers.a]\nwhen = "f"\n', 'targets = ["a"]\n[drivers.a]\nwhen = "f"\n[drivers.b]\n']
)
def test_a_plan_without_drivers_is_exported_only_where_that_is_intended(ask: Ask, text: str) -> None:
    graph(text)
    answer = ask("export", "--to", "lines", "out", "g.toml")
    assert answer.code == 2
    assert answer.err.endswith(
        "error: nothing to export: the plan has no driver; pass --allow-empty if that is intended\n"
    )
    assert not Path("out").exists()
    assert ask("export", "--allow-empty", "--to", "lines", "out", "g.toml").code == 0
