"""``tierdeps check`` as a person reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

CYCLE = '[drivers.a]\nrequires = [{ on = "b", when = "f" }]\n[drivers.b]\nrequires = ["a"]\n'


def test_says_so_where_all_is_in_order(ask: Ask) -> None:
    Path("site.toml").write_text('[drivers.a]\nrequires = ["b"]\n[drivers.b]\n')
    answer = ask("check", "site.toml")
    assert (answer.code, answer.out) == (0, "2 drivers, 1 dependency, 1 tier: no problems found\n")


def test_finds_a_cycle_that_only_other_hosts_have(ask: Ask) -> None:
    Path("site.toml").write_text(CYCLE)
    answer = ask("check", "site.toml")
    assert answer.code == 1
    assert "a -> b -> a" in answer.out
    assert "only when f" in answer.out


def test_believes_an_assumption_that_a_fact_is_no(ask: Ask) -> None:
    Path("site.toml").write_text(CYCLE)
    assert ask("check", "--assume", "f=no", "site.toml").code == 0


def test_shows_twenty_findings_of_a_kind_and_counts_the_rest(ask: Ask) -> None:
    Path("site.toml").write_text("".join(f'[drivers.a{number}]\nrequires = ["gone"]\n' for number in range(25)))
    some, everything = ask("check", "site.toml"), ask("check", "--all", "site.toml")
    assert some.out.count("error[TD103]") == 20
    assert "TD103: and 5 more: --all" in some.out
    assert everything.out.count("error[TD103]") == 25
    assert len(json.loads(ask("check", "--format", "json", "site.toml").out)["findings"]) == 25
