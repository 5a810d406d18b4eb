"""Paths for code hosts are those of files in the repository, relative to its root."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integrations.conftest import Workshop

pytestmark = pytest.mark.usefixtures("counted")
CODE = """\
from tierdeps import Driver, hookimpl, requires

@hookimpl
def tierdeps_drivers(settings):
    return [Driver("mine", dependencies=(requires("nobody"),))]
"""
GRAPH = '[drivers.mine]\nrequires = ["nobody"]\n'


@pytest.fixture
def installed(workshop: Workshop, tmp_path: Path) -> Workshop:
    """The workshop with the package ``depot`` installed outside it, as a copy that has no source there yet."""
    site = tmp_path / "lib" / "site-packages"
    site.mkdir(parents=True)
    shop = replace(workshop, site=site)
    shop.plugin("depot", "")
    (site / "depot.py").unlink()
    put(site / "depot" / "__init__.py", CODE)
    return shop


def put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def annotation(shop: Workshop, *graphs: str, **environment: str) -> str:
    """Return the properties of the annotation that a check makes."""
    only = () if graphs else ("--only", "depot")
    done = shop.run("tierdeps", "check", "--format", "github", *only, "--", *graphs, **environment)
    assert done.returncode == 1, done.stderr
    found = re.match(r"::error (.*?)::", done.stdout)
    assert found, done.stdout
    return found[1].removesuffix("title=TD103 missing").removesuffix(",")


def places(shop: Workshop, graph: str) -> dict[str, str]:
    """Return the path that each format for machines names."""
    command = ("tierdeps", "check", "--output=a.sarif", "--output=b.xml", "--output=gitlab:c.json", graph)
    assert shop.run(*command).returncode == 1
    (case,) = ET.parse(shop.folder / "b.xml").iterfind(".//testcase[failure]")  # noqa: S314  it is our own
    sarif: Any = json.loads((shop.folder / "a.sarif").read_text())
    (result,) = sarif["runs"][0]["results"]
    (entry,) = json.loads((shop.folder / "c.json").read_text())
    return {
        "github": annotation(shop, graph),
        "sarif": result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "related": result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "junit": case.attrib["file"],
        "gitlab": entry["location"]["path"],
    }


@pytest.mark.parametrize("given", ["../graphs/x y.toml", "../../work/graphs/x y.toml", "ABSOLUTE"])
def test_a_graph_is_named_from_the_root_wherever_the_check_runs(workshop: Workshop, given: str) -> None:
    put(workshop.folder / "graphs" / "x y.toml", GRAPH)
    below = workshop.folder / "below"
    below.mkdir()
    name = str(workshop.folder / "graphs" / "x y.toml") if given == "ABSOLUTE" else given
    path = "graphs/x y.toml"
    assert places(replace(workshop, folder=below), name) == {
        "github": f"file={path},line=2",
        "sarif": "graphs/x%20y.toml",
        "related": "graphs/x%20y.toml",
        "junit": path,
        "gitlab": path,
    }


def test_what_people_read_names_files_as_they_were_given(workshop: Workshop) -> None:
    put(workshop.folder / "graphs" / "x.toml", GRAPH)
    (workshop.folder / "below").mkdir()
    shop = replace(workshop, folder=workshop.folder / "below")
    for name in ("text", "markdown", "json"):
        assert "../graphs/x.toml" in shop.run("tierdeps", "check", "--format", name, "../graphs/x.toml").stdout
    for name in ("github", "sarif", "gitlab", "junit"):
        assert "../graphs/x.toml" not in shop.run("tierdeps", "check", "--format", name, "../graphs/x.toml").stdout


@pytest.mark.parametrize(
    ("name", "uri"),
    [("größe.toml", "gr%C3%B6%C3%9Fe.toml"), ("a:b#c?.toml", "a%3Ab%23c%3F.toml"), ("%.toml", "%25.toml")],
)
def test_special_characters_are_encoded_in_sarif(workshop: Workshop, name: str, uri: str) -> None:
    put(workshop.folder / name, GRAPH)
    found = places(workshop, name)
    assert (found["sarif"], found["gitlab"], found["junit"]) == (uri, name, name)


def test_a_name_that_is_no_text_is_written_all_the_same(workshop: Workshop) -> None:
    name = b"x\xff.toml".decode(errors="surrogateescape")
    put(workshop.folder / name, GRAPH)
    found = places(workshop, name)
    assert (found["sarif"], found["junit"]) == ("x%FF.toml", "x\\udcff.toml")


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_where_there_is_no_git_the_code_host_says_what_the_root_is(workshop: Workshop, variable: str) -> None:
    shutil.rmtree(workshop.folder / ".git")
    put(workshop.folder / "graphs" / "x.toml", GRAPH)
    (workshop.folder / "below").mkdir()
    shop = replace(workshop, folder=workshop.folder / "below")
    assert annotation(shop, "../graphs/x.toml", **{variable: str(workshop.folder)}) == "file=graphs/x.toml,line=2"
    assert annotation(shop, "../graphs/x.toml") == "", "the root is not known, and the file not below the folder"


def test_the_root_that_git_knows_goes_before_that_of_the_code_host(workshop: Workshop) -> None:
    put(workshop.folder / "x.toml", GRAPH)
    assert annotation(workshop, "x.toml", GITHUB_WORKSPACE=str(workshop.folder.parent)) == "file=x.toml,line=2"


def test_from_outside_any_repository_the_root_is_that_of_the_graph(workshop: Workshop, tmp_path: Path) -> None:
    put(workshop.folder / "graphs" / "x.toml", GRAPH)
    (tmp_path / "elsewhere").mkdir()
    shop = replace(workshop, folder=tmp_path / "elsewhere")
    assert annotation(shop, "../work/graphs/x.toml") == "file=graphs/x.toml,line=2"


def test_a_linked_worktree_has_a_root_of_its_own(workshop: Workshop, tmp_path: Path) -> None:
    put(workshop.folder / "graphs" / "x.toml", GRAPH)
    workshop.commit("Declare")
    workshop.git("worktree", "add", "--quiet", str(tmp_path / "tree"))
    shop = replace(workshop, folder=tmp_path / "tree" / "graphs")
    assert annotation(shop, "x.toml") == "file=graphs/x.toml,line=2"


def test_a_graph_outside_the_repository_has_no_path_in_it(workshop: Workshop, tmp_path: Path) -> None:
    put(tmp_path / "outside.toml", GRAPH)
    assert annotation(workshop, "../outside.toml") == ""


def test_what_is_read_from_the_standard_input_has_no_path(workshop: Workshop) -> None:
    script = "printf '[drivers.mine]\\nrequires = [\"nobody\"]\\n' | tierdeps check --format github -"
    assert workshop.run("sh", "-c", script).stdout.startswith("::error title=TD103 missing::")


def test_in_a_folder_that_has_been_deleted_nothing_has_a_path(workshop: Workshop) -> None:
    put(workshop.folder / "x.toml", GRAPH)
    script = 'mkdir gone; cd gone; rmdir ../gone; tierdeps check --format github "$GRAPH"'
    done = workshop.run("sh", "-c", script, GRAPH=str(workshop.folder / "x.toml"))
    assert done.stdout.startswith("::error title=TD103 missing::")
    assert done.returncode == 1


def test_a_plugin_in_the_repository_is_annotated_where_it_lies(installed: Workshop) -> None:
    shutil.copytree(installed.site, installed.folder / "plugins" / "depot" / "src")
    shop = replace(installed, site=installed.folder / "plugins" / "depot" / "src")
    assert annotation(shop) == "file=plugins/depot/src/depot/__init__.py,line=5"
    (shop.folder / "below").mkdir()
    assert annotation(replace(shop, folder=shop.folder / "below")) == "file=plugins/depot/src/depot/__init__.py,line=5"


def test_a_package_that_is_mapped_to_another_folder_for_development_is_annotated_there(installed: Workshop) -> None:
    put(installed.folder / "lib" / "core" / "__init__.py", CODE)
    shutil.rmtree(installed.site / "depot")
    (installed.site / "depot").symlink_to(installed.folder / "lib" / "core")
    assert annotation(installed) == "file=lib/core/__init__.py,line=5"


@pytest.mark.parametrize("is_tracked", [True, False])
@pytest.mark.parametrize(
    "source", ["src/depot/__init__.py", "depot/__init__.py", "plugins/depot/depot/__init__.py", "lib/core/__init__.py"]
)
def test_an_installed_copy_is_annotated_at_its_source(installed: Workshop, source: str, is_tracked: bool) -> None:
    put(installed.folder / source, CODE)
    put(installed.folder / "src" / "other" / "__init__.py", "# something else\n")
    if is_tracked:
        installed.commit("Add the source")
    assert annotation(installed) == f"file={source},line=5"
    (installed.folder / "below").mkdir()
    assert annotation(replace(installed, folder=installed.folder / "below")) == f"file={source},line=5"


def test_a_source_is_found_without_git(installed: Workshop) -> None:
    shutil.rmtree(installed.folder / ".git")
    put(installed.folder / "src" / "depot" / "__init__.py", CODE)
    put(installed.folder / "build" / "lib" / "depot" / "__init__.py", CODE)
    put(installed.folder / "environment" / "pyvenv.cfg", "")
    put(installed.folder / "environment" / "depot" / "__init__.py", CODE)
    assert annotation(installed) == "file=src/depot/__init__.py,line=5"


def test_copies_that_a_build_leaves_are_not_taken_for_the_source(installed: Workshop) -> None:
    put(installed.folder / "src" / "depot" / "__init__.py", CODE)
    put(installed.folder / "build" / "lib" / "depot" / "__init__.py", CODE)
    put(installed.folder / ".venv" / "lib" / "site-packages" / "depot" / "__init__.py", CODE)
    assert annotation(installed) == "file=src/depot/__init__.py,line=5"


def test_of_several_sources_the_one_with_the_same_content_is_meant(installed: Workshop) -> None:
    put(installed.folder / "old" / "depot" / "__init__.py", f"# older\n{CODE}")
    put(installed.folder / "new" / "depot" / "__init__.py", CODE)
    assert annotation(installed) == "file=new/depot/__init__.py,line=5"


@pytest.mark.parametrize("texts", [(CODE, CODE), (f"{CODE}# one\n", f"{CODE}# other\n")])
def test_where_several_may_be_the_source_none_is_named(installed: Workshop, texts: tuple[str, str]) -> None:
    for name, text in zip(("one", "other"), texts, strict=True):
        put(installed.folder / name / "depot" / "__init__.py", text)
    put(installed.folder / "pyproject.toml", "")
    assert annotation(installed) == ""


def test_a_source_that_changed_elsewhere_is_still_the_source(installed: Workshop) -> None:
    put(installed.folder / "src" / "depot" / "__init__.py", f'{CODE}\n__version__ = "2"\n')
    assert annotation(installed) == "file=src/depot/__init__.py,line=5"


def test_a_source_with_another_text_on_that_line_is_not_pointed_to(installed: Workshop) -> None:
    put(installed.folder / "src" / "depot" / "__init__.py", f"# moved\n{CODE}")
    assert annotation(installed) == ""


def test_a_file_of_the_same_name_and_another_content_is_not_pointed_to(installed: Workshop) -> None:
    put(installed.folder / "src" / "other" / "__init__.py", f"{CODE}# another package\n")
    assert annotation(installed) == ""


def test_a_plugin_without_a_source_in_the_repository_has_no_path_in_it(installed: Workshop) -> None:
    assert annotation(installed) == ""


def test_what_is_installed_below_the_repository_is_no_part_of_it(installed: Workshop) -> None:
    site = installed.folder / ".venv" / "lib" / "site-packages"
    shutil.copytree(installed.site, site)
    assert annotation(replace(installed, site=site)) == ""


def test_code_hosts_that_want_a_path_in_any_case_are_given_the_project_s_file(installed: Workshop) -> None:
    put(installed.folder / "below" / "pyproject.toml", "")
    shop = replace(installed, folder=installed.folder / "below")
    done = shop.run("tierdeps", "check", "--only", "depot", "--format", "gitlab")
    assert json.loads(done.stdout)[0]["location"] == {"path": "below/pyproject.toml", "lines": {"begin": 1}}


def test_the_baseline_is_named_from_the_root_too(workshop: Workshop) -> None:
    put(workshop.folder / "below" / "x.toml", GRAPH)
    shop = replace(workshop, folder=workshop.folder / "below")
    assert shop.run("tierdeps", "check", "--update-baseline", "--reason", "known", "x.toml").returncode == 0
    put(shop.folder / "x.toml", "[drivers.mine]\n")
    out = shop.run("tierdeps", "check", "--format", "github", "x.toml").stdout
    assert re.match(r"::error file=below/tierdeps\.baseline\.toml,line=\d+,title=TD401", out)


def test_sarif_names_the_baseline_of_a_known_finding_from_the_root(workshop: Workshop) -> None:
    put(workshop.folder / "below" / "x.toml", GRAPH)
    shop = replace(workshop, folder=workshop.folder / "below")
    assert shop.run("tierdeps", "check", "--update-baseline", "--reason", "known", "x.toml").returncode == 0
    text = shop.run("tierdeps", "check", "--format", "sarif", "--show-known", "x.toml").stdout
    (result,) = json.loads(text)["runs"][0]["results"]
    (suppression,) = result["suppressions"]
    assert suppression["location"]["physicalLocation"]["artifactLocation"]["uri"] == "below/tierdeps.baseline.toml"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "below/x.toml"
