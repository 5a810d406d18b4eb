"""Findings as text for people."""

from __future__ import annotations

from tierdeps._util.frozen import replace
from tierdeps.formats import View
from tierdeps.model import CheckReport, Evidence, Finding, Fix, Origin, Severity
from tierdeps.words.code_frame import frame_in_graph
from tierdeps.words.findings import MAX_SHOWN_EDGES, finding_lines, in_short, summary_line
from tierdeps.words.layout import unstyled

ORIGIN = Origin("storage.py", 7, distribution="acme", version="1.2")
FINDING = Finding(
    "TD102",
    "inversion",
    Severity.ERROR,
    "a needs b",
    ("a", "b"),
    (Evidence("a requires b", ORIGIN, "it reads its keys", "pool.auth"),),
    (Fix("move a", None, "proved: it works"), Fix("drop it")),
)
VIEW = View()


def lines(finding: Finding, view: View = VIEW) -> list[str]:
    return list(finding_lines(finding, view))


def test_a_finding_says_what_is_wrong_who_wrote_it_why_and_what_to_change() -> None:
    assert lines(FINDING) == [
        "error[TD102] a needs b",
        "",
        "  a requires b, when pool.auth",
        "      because it reads its keys",
        "      declared by acme 1.2, storage.py:7",
        "",
        "  to fix, choose one:",
        "    1. move a",
        "       (proved: it works)",
        "    2. drop it",
        "",
    ]


def test_a_single_fix_has_no_number() -> None:
    assert lines(replace(FINDING, fixes=(Fix("drop it", None, "proved"),)))[5:] == [
        "",
        "  to fix:",
        "    drop it",
        "    (proved)",
        "",
    ]


def test_nothing_to_add_is_one_line() -> None:
    bare = replace(FINDING, severity=Severity.WARNING, evidence=(), fixes=())
    assert lines(bare) == ["warning[TD102] a needs b", ""]


def test_what_stands_in_a_file_is_declared_in_it() -> None:
    evidence = (Evidence("a requires b", Origin("graph.toml", key="drivers.a")),)
    assert "      declared in graph.toml, drivers.a" in lines(replace(FINDING, evidence=evidence))


def test_the_teams_own_hint_comes_first() -> None:
    assert lines(replace(FINDING, hint="ask the storage team"))[1] == "  hint: ask the storage team"


def test_of_long_evidence_the_two_ends_are_shown() -> None:
    story = tuple(Evidence(f"edge {number}", ORIGIN) for number in range(MAX_SHOWN_EDGES + 3))
    told = [line.strip() for line in lines(replace(FINDING, evidence=story)) if "edge" in line or "more" in line]
    assert told == [*(f"edge {n}" for n in range(6)), "... and 3 more: --all", *(f"edge {n}" for n in range(9, 15))]


def test_evidence_that_fits_or_is_requested_is_shown_in_full() -> None:
    story = tuple(Evidence(f"edge {number}", ORIGIN) for number in range(MAX_SHOWN_EDGES + 3))
    for count, view in ((MAX_SHOWN_EDGES, VIEW), (MAX_SHOWN_EDGES + 3, View(limit=None))):
        told = lines(replace(FINDING, evidence=story[:count]), view)
        assert sum("edge" in line for line in told) == count
        assert not any("more" in line for line in told)


def test_names_cannot_drive_the_terminal() -> None:
    evil = "\x1b[2Jevil"
    found = Finding(
        "TD103",
        "missing",
        Severity.ERROR,
        evil,
        (),
        (Evidence(evil, Origin(evil), evil, evil),),
        (Fix(evil, None, evil),),
    )
    assert all(line.isprintable() for line in lines(replace(found, hint=evil)))


def test_colours_are_only_where_they_are_wanted() -> None:
    red = lines(FINDING, View(color=True))[0]
    yellow = lines(replace(FINDING, severity=Severity.WARNING), View(color=True))[0]
    assert red.startswith("\x1b[31m")
    assert yellow.startswith("\x1b[33m")
    assert unstyled(red) == lines(FINDING)[0]
    assert red.endswith("\x1b[36m\x1b[1mb\x1b[0m")
    assert "\x1b" not in "".join(lines(FINDING))


def test_the_line_of_a_declaration_is_shown_with_a_caret_once() -> None:
    frame = frame_in_graph(13, 'requires = ["b", "c"]', "drivers.a.requires[1]")
    view = View(code_frame=lambda evidence: frame if evidence.origin.key else None)
    evidence = Evidence("a requires c", Origin("g.toml", 13, "drivers.a.requires[1]"))
    told = lines(replace(FINDING, evidence=(evidence, evidence, Evidence("b", ORIGIN)), fixes=()), view)
    assert told[2:6] == [
        "  a requires c",
        "      declared in g.toml:13, drivers.a.requires[1]",
        '      13 | requires = ["b", "c"]',
        "         |                  ^^^",
    ]
    assert sum("^" in line for line in told) == 1


def report(*findings: Finding, known: tuple[Finding, ...] = ()) -> CheckReport:
    return CheckReport(findings, drivers=3, dependencies=1, tiers=2, cycles=0, known=known)


def test_the_summary_counts_what_was_looked_at_and_what_was_found() -> None:
    warning = replace(FINDING, severity=Severity.WARNING)
    assert summary_line(report()) == "3 drivers, 1 dependency, 2 tiers: no problems found"
    assert summary_line(report(FINDING)) == "3 drivers, 1 dependency, 2 tiers: 1 error, 0 warnings"
    assert summary_line(report(FINDING, warning, warning)).endswith(": 1 error, 2 warnings")


def test_what_the_baseline_excuses_is_counted_apart() -> None:
    assert summary_line(report(known=(FINDING,))).endswith(": nothing new, 1 known")
    assert summary_line(report(FINDING, known=(FINDING,))).endswith(": 1 error, 0 warnings, 1 known")


def test_a_finding_in_short_has_its_place_where_its_message_names_no_driver() -> None:
    unnamed = replace(FINDING, message="expected NAME = VALUE")
    assert list(in_short([unnamed], VIEW)) == [f"error[TD102] expected NAME = VALUE ({ORIGIN}) (-v shows details)"]


def test_a_finding_in_short_is_found_by_the_driver_that_its_message_names() -> None:
    assert list(in_short([FINDING], VIEW)) == ["error[TD102] a needs b (-v shows details)"]
