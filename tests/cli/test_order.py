"""``tierdeps order``, and what it says of each driver's place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

SITE = """\
[tiers]
order = ["core", "hypervisor"]
[drivers.secret]
tier = "core"
provides = ["secret-lookup"]
[drivers.storage]
tier = "core"
requires = ["secret-lookup"]
[drivers.qemu]
tier = "hypervisor"
[drivers.metrics]
wants = ["qemu"]
"""


def test_prints_tiers_with_their_drivers_in_order(ask: Ask) -> None:
    Path("site.toml").write_text(SITE)
    answer = ask("order", "site.toml")
    assert answer.code == 0
    assert [line.split()[:2] for line in answer.out.splitlines()[1:] if line.startswith("  ")] == [
        ["1", "secret"],
        ["2", "storage"],
        ["1", "qemu"],
        ["2", "metrics"],
    ]


def test_explains_a_stage_by_the_dependency_and_who_declared_it(ask: Ask) -> None:
    Path("site.toml").write_text(SITE)
    lines = ask("order", "--explain", "site.toml").out.splitlines()
    storage = next(number for number, line in enumerate(lines) if line.startswith("  2  storage"))
    assert lines[storage + 1].strip() == (
        "stage 2 of core, after secret (storage requires secret-lookup, which is provided by secret,"
        " declared in site.toml:8, drivers.storage.requires[0])"
    )


def test_explains_a_tier_that_comes_from_what_is_needed(ask: Ask) -> None:
    Path("site.toml").write_text(SITE)
    out = ask("order", "--explain", "site.toml").out
    assert "tier hypervisor, because it needs qemu (metrics wants qemu, declared in site.toml:12" in out
    assert "tier core" not in out, "who names its tier needs no explanation"


def test_explains_a_shared_stage(ask: Ask) -> None:
    Path("site.toml").write_text("""\
[drivers.a]
phases = ["one", "two"]
requires = [{ on = "b:one", phase = "two" }]
[drivers.b]
phases = ["one", "two"]
requires = [{ on = "a:one", phase = "two" }]
""")
    assert "together with b: they need each other in different phases" in ask("order", "--explain", "site.toml").out


def test_gives_the_explanation_as_json_too(ask: Ask) -> None:
    Path("site.toml").write_text(SITE)
    drivers = json.loads(ask("order", "--explain", "--format", "json", "site.toml").out)["drivers"]
    assert drivers["storage"]["stage_because"]["to"] == "secret"
    assert drivers["metrics"]["tier_because"]["to"] == "qemu"
    assert drivers["secret"]["stage_because"] is None


def test_refuses_a_graph_with_errors_and_prints_no_order(ask: Ask) -> None:
    Path("site.toml").write_text('[drivers.a]\nrequires = ["b"]\n[drivers.b]\nrequires = ["a"]\n')
    for more in ((), ("--explain",)):
        answer = ask("order", *more, "site.toml")
        assert (answer.code, answer.out) == (1, "")
        assert "TD101" in answer.err


def test_takes_facts_as_the_host_and_the_user_state_them(ask: Ask) -> None:
    Path("site.toml").write_text('[drivers.a]\nrequires = [{ on = "b", when = "f" }]\n[drivers.b]\n')
    without, assumed = ask("order", "site.toml"), ask("order", "--assume", "f=yes", "site.toml")
    assert "  1  a" in without.out
    assert "  2  a" in assumed.out


def test_writes_control_characters_of_names_as_escapes(ask: Ask) -> None:
    Path("site.toml").write_text('[drivers."a\\u001b[31m"]\n[drivers.b]\nrequires = ["a\\u001b[31m"]\n')
    out = ask("order", "--explain", "site.toml").out
    assert "\x1b" not in out
    assert "a\\x1b[31m" in out
