"""The codes of rules are written once."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.rules.looking import RULES
from tierdeps import rule_codes
from tierdeps.rule_codes import DOCUMENTATION, RuleCode, page_of

if TYPE_CHECKING:
    from pathlib import Path

CODES = [value for value in vars(rule_codes).values() if isinstance(value, RuleCode)]


def test_every_built_in_rule_has_its_code_there_and_no_other_code_is_there() -> None:
    assert {code.code: code.name for code in CODES} == {code: rule.name for code, rule in RULES.items()}


def test_no_code_and_no_name_is_given_twice() -> None:
    assert len({code.code for code in CODES}) == len({code.name for code in CODES}) == len(CODES)


@pytest.mark.parametrize("address", ["https://docs.example.org/tierdeps", "https://docs.example.org/tierdeps/"])
def test_a_code_has_a_page_where_the_documentation_is_published(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DOCUMENTATION, address)
    assert page_of("TD101") == "https://docs.example.org/tierdeps/reference/codes/TD101.html"


def test_a_code_of_a_plugin_has_no_page_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DOCUMENTATION, "https://docs.example.org/tierdeps")
    assert page_of("ACME1") == ""


@pytest.mark.parametrize(
    ("urls", "page"),
    [
        (
            "Project-URL: Homepage, https://example.org\nProject-URL: Documentation, https://docs.example.org/stable/\n",
            "https://docs.example.org/stable/reference/codes/TD101.html",
        ),
        ("Project-URL: Homepage, https://example.org\n", ""),
        ("", ""),
    ],
    ids=["documentation", "none-of-it", "no-address"],
)
def test_the_address_that_the_distribution_declares_is_used(tmp_path: Path, urls: str, page: str) -> None:
    folder = tmp_path / "tierdeps-9.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: tierdeps\nVersion: 9\n{urls}")
    script = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    script += "from tierdeps.rule_codes import page_of; print(page_of('TD101'), end='')"
    kept = {name: value for name, value in os.environ.items() if name != DOCUMENTATION}
    done = subprocess.run([sys.executable, "-c", script], env=kept, capture_output=True, text=True, check=True)
    assert done.stdout == page
