"""``tierdeps timeline``, byte by byte.

Where a change of the picture is meant, ``TIERDEPS_GOLDEN=write pytest tests/cli/test_timeline.py`` draws them again.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.journal.conftest import Stage
from tests.test_schemas import VALIDATORS
from tierdeps.journal import Journal
from tierdeps.model import Policy, Tier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Ask
    from tierdeps.model import Plan

GOLDEN = Path(__file__).parent.parent / "golden" / "timeline"
TWO = ("initialize", "autostart")


@pytest.fixture(name="stage")
def _stage() -> Iterator[Stage]:
    """Open the journal that the command reads."""
    with Journal.open() as journal:
        yield Stage(journal)


def host(stage: Stage) -> Plan:
    """Make a plan of five drivers, one of which fails at first."""
    stage.seconds.update({"secret": 0.2, "storage:initialize": 0.3, "storage:autostart": 1.0, "qemu:initialize": 0.15})
    stage.seconds.update({"qemu:autostart": 0.5, "<guests> & \x1b": 0.4, "network": -0.25})
    return stage.plan(
        stage.driver("secret", tier="core"),
        stage.driver("storage", "secret", tier="core", phases=TWO),
        stage.driver("network", tier="core", policy=Policy(retries=1, on_failure="ignore")),  # type: ignore[arg-type]
        stage.driver("qemu", "storage", tier="hypervisor", phases=TWO),
        stage.driver("<guests> & \x1b", "qemu", tier="hypervisor"),
        tiers=(Tier("core"), Tier("hypervisor", after=("core",))),
    )


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("text.txt", ()),
        ("picture.svg", ("--format", "svg")),
        ("document.json", ("--format", "json")),
        ("trace.json", ("--format", "trace")),
        ("blame.txt", ("--blame",)),
        ("blame.json", ("--blame", "--format", "json")),
    ],
)
def test_draws_the_same_bytes(ask: Ask, stage: Stage, name: str, arguments: tuple[str, ...]) -> None:
    stage.run(host(stage))
    answer = ask("timeline", *arguments)
    assert (answer.code, answer.err) == (0, "")
    file = GOLDEN / name
    if os.environ.get("TIERDEPS_GOLDEN") == "write":
        file.write_text(answer.out, encoding="utf-8")
    assert answer.out == file.read_text(encoding="utf-8")


def test_a_page_shows_one_start_or_two(ask: Ask, stage: Stage) -> None:
    for _ in range(2):
        stage.run(host(stage))
    for arguments, count in ((), 1), (("--compare", "2"), 2):
        page = ask("timeline", "--format", "html", *arguments).out
        data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
        assert [run["outcome"] for run in data["runs"]] == ["came up"] * count
        names = [driver["name"] for driver in data["drivers"]]
        assert ("qemu", "storage") in {(names[edge["from"]], names[edge["to"]]) for edge in data["edges"]}


def test_what_is_printed_is_ascii_and_no_wider_than_a_hundred_columns(ask: Ask, stage: Stage) -> None:
    stage.run(host(stage))
    lines = ask("timeline").out.splitlines()
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert max(map(len, lines)) <= 100


def test_the_picture_is_xml_with_a_bar_for_each_attempt(ask: Ask, stage: Stage) -> None:
    stage.run(host(stage))
    root = ET.fromstring(ask("timeline", "--format", "svg").out)  # noqa: S314  it is our own
    names = {"svg": "http://www.w3.org/2000/svg"}
    bars = [rect for rect in root.findall("svg:rect", names) if rect.find("svg:title", names) is not None]
    assert len([rect for rect in bars if "band" not in rect.attrib["class"]]) == 8
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert "<guests> & \\x1b" in titles


def test_json_is_as_its_schema_says(ask: Ask, stage: Stage) -> None:
    stage.run(host(stage))
    document = json.loads(ask("timeline", "--format", "json").out)
    VALIDATORS["timeline"].validate(document)
    VALIDATORS["blame"].validate(json.loads(ask("timeline", "--blame", "--format", "json").out))


def test_a_file_is_written_whole_in_the_format_of_its_name(ask: Ask, stage: Stage, tmp_path: Path) -> None:
    stage.run(host(stage))
    for name, format_name in (("a.svg", "svg"), ("a.json", "json"), ("a.txt", "text")):
        assert ask("timeline", "--output", name) == ask("timeline", "/stack.toml", "--output", name)
        assert (tmp_path / name).read_text() == ask("timeline", "--format", format_name).out
    assert ask("timeline", "--output", "no/such/folder.svg").code == 2
    assert ask("timeline", "--output", "-", "--format", "json") == ask("timeline", "--format", "json")


def test_blame_lists_twenty_unless_all_are_asked_for(ask: Ask, stage: Stage) -> None:
    stage.run(stage.plan(*(stage.driver(f"d{number:02}") for number in range(25))))
    assert ask("timeline", "--blame").out.splitlines()[21:] == ["and 5 more: --all"]
    assert len(ask("timeline", "--blame", "--all").out.splitlines()) == 26


def test_before_anything_has_run_it_says_how_to_start(ask: Ask) -> None:
    answer = ask("timeline")
    assert (answer.code, answer.out, answer.err) == (
        2,
        "",
        "error: nothing has been started yet; to start it: tierdeps start GRAPH\n",
    )


# Several starts


def two_starts(stage: Stage) -> None:
    """Start a host twice; the second start has a slower storage, and no network."""
    stage.run(host(stage))
    stage.seconds["storage:autostart"] = 1.75
    drivers = [stage.driver("secret", tier="core"), stage.driver("storage", "secret", tier="core", phases=TWO)]
    stage.run(stage.plan(*drivers, stage.driver("new", tier="core"), tiers=(Tier("core"),)))


def test_an_earlier_start_is_counted_back_from_the_last(ask: Ask, stage: Stage) -> None:
    stage.run(host(stage))
    first = ask("timeline")
    stage.run(stage.plan(stage.driver("other")))
    assert ask("timeline", "--run", "2") == first == ask("timeline", "/stack.toml", "--run", "2")
    assert ask("timeline", "--run", "1") == ask("timeline") != first
    assert ask("timeline", "--run", "2", "--blame").out.splitlines()[1].split() == ["1.000", "s", "storage:autostart"]


@pytest.mark.parametrize("option", ["--run", "--compare"])
def test_a_start_that_the_journal_does_not_have_is_refused(ask: Ask, stage: Stage, option: str) -> None:
    stage.run(host(stage))
    answer = ask("timeline", option, "2")
    assert (answer.code, answer.out) == (2, "")
    assert "there is no start 2 of stack.toml: the journal has its last 1 start" in answer.err
    assert ask("timeline", option, "0").code == 2


@pytest.mark.parametrize("name", ["comparison.txt", "comparison.json"])
def test_two_starts_are_compared_step_by_step(ask: Ask, stage: Stage, name: str) -> None:
    two_starts(stage)
    answer = ask("timeline", "--compare", "2", "--format", "json" if name.endswith("json") else "text")
    assert (answer.code, answer.err) == (0, "")
    file = GOLDEN / name
    if os.environ.get("TIERDEPS_GOLDEN") == "write":
        file.write_text(answer.out, encoding="utf-8")
    assert answer.out == file.read_text(encoding="utf-8")


def test_a_comparison_is_as_its_schema_says(ask: Ask, stage: Stage) -> None:
    two_starts(stage)
    document = json.loads(ask("timeline", "--compare", "2", "--format", "json").out)
    VALIDATORS["timeline-comparison"].validate(document)
    changes = {f"{step['driver']}:{step['phase']}": step["difference"] for step in document["steps"]}
    assert changes["storage:autostart"] == 0.75
    assert changes["new:start"] == 1.0
    assert changes["secret:start"] == 0


def test_a_start_compared_with_itself_changes_nothing(ask: Ask, stage: Stage) -> None:
    stage.run(host(stage))
    document = json.loads(ask("timeline", "--compare", "1", "--format", "json").out)
    assert {step["difference"] for step in document["steps"]} == {0}
    assert all(step["critical"] == step["was_critical"] for step in document["steps"])


def test_blame_and_compare_exclude_each_other(ask: Ask, stage: Stage) -> None:
    stage.run(host(stage))
    answer = ask("timeline", "--blame", "--compare", "1")
    assert (answer.code, answer.out) == (2, "")


# Traces


def test_a_trace_has_a_slice_for_each_attempt_on_the_track_of_its_driver(ask: Ask, stage: Stage) -> None:
    stage.run(host(stage))
    trace = json.loads(ask("timeline", "--format", "trace").out)
    steps = json.loads(ask("timeline", "--format", "json").out)["steps"]
    events = trace["traceEvents"]
    names = {event["tid"]: event["args"]["name"] for event in events if event["name"] == "thread_name"}
    slices = [event for event in events if event["ph"] == "X" and event["cat"] != "tier"]
    assert [(names[one["tid"]], one["args"]["phase"], one["ts"], one["dur"]) for one in slices] == [
        (
            step["driver"],
            step["phase"],
            pytest.approx(1e6 * step["began"]),
            pytest.approx(1e6 * (step["ended"] - step["began"])),
        )
        for step in steps
    ]
    assert [event["name"] for event in events if event.get("cat") == "tier"] == ["core", "hypervisor"]


def test_arrows_of_a_trace_lead_along_the_critical_chain(ask: Ask, stage: Stage) -> None:
    stage.run(host(stage))
    events = json.loads(ask("timeline", "--format", "trace").out)["traceEvents"]
    chain = json.loads(ask("timeline", "--format", "json").out)["chain"]
    ends = {kind: [event for event in events if event["ph"] == kind] for kind in ("s", "f")}
    assert [end["ts"] for end in ends["f"]] == [pytest.approx(1e6 * bar["began"]) for bar in chain[1:]]
    assert [end["id"] for end in ends["s"]] == [end["id"] for end in ends["f"]]
    assert all(one["ts"] <= other["ts"] for one, other in zip(ends["s"], ends["f"], strict=True))


def test_a_named_format_wins_over_a_suffix(ask: Ask, stage: Stage, tmp_path: Path) -> None:
    stage.run(host(stage))
    assert ask("timeline", "--format", "trace", "--output", "start.json").code == 0
    assert (tmp_path / "start.json").read_text() == ask("timeline", "--format", "trace").out
