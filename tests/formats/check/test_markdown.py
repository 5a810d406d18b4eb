"""Reports as Markdown, rendered as code hosts would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from tierdeps.formats import View
from tierdeps.formats.check.markdown import render

if TYPE_CHECKING:
    from tests.formats.conftest import Judge
    from tierdeps.model import CheckReport


def text_of(report: CheckReport, view: View | None = None) -> str:
    return "\n".join(render(report, view or View()))


def test_says_in_its_heading_whether_the_check_passed(clean: CheckReport, cyclic: CheckReport) -> None:
    assert text_of(clean) == "## tierdeps check: passed\n\n2 drivers, 1 dependency, 1 tier: no problems found"
    assert text_of(cyclic).startswith(
        "## tierdeps check: failed\n\n2 drivers, 3 dependencies, 1 tier: 2 errors, 0 warnings"
    )


def test_each_finding_has_a_heading_and_its_evidence(cyclic: CheckReport) -> None:
    text = text_of(cyclic)
    assert "### TD101 cycle\n\n```text\nerror[TD101] 2 drivers" in text
    assert "### TD103 missing\n\n```text\nerror[TD103] qemu requires" in text
    assert "`tierdeps explain TD101`, `tierdeps explain TD103`" in text


def test_names_of_users_stay_inside_of_their_block(hostile: CheckReport) -> None:
    tokens = MarkdownIt().parse(text_of(hostile))
    fences = [token for token in tokens if token.type == "fence"]
    assert len(fences) == len(hostile.findings)
    outside = "".join(token.content for token in tokens if token.type == "inline")
    assert "@team" not in outside
    assert "<script>" not in outside


def test_a_fence_is_longer_than_any_in_a_name(judge: Judge) -> None:
    report = judge(b"[drivers.'a````b']\nrequires = ['x']\n")
    tokens = MarkdownIt().parse(text_of(report))
    (fence,) = (token for token in tokens if token.type == "fence")
    assert "a````b requires x" in fence.content


def test_shows_so_many_of_a_kind_and_counts_the_rest(judge: Judge) -> None:
    report = judge(b"[drivers.a]\nrequires = ['x', 'y', 'z']\n")
    text = text_of(report, View(limit=2))
    assert text.count("### TD103") == 2
    assert "TD103: and 1 more, with `--all`" in text
    assert "more, with" not in text_of(report, View(limit=None))
