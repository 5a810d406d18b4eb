"""``tierdeps why``: the answers as a person reads them."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Answer, Ask

SITE = """\
[tiers]
order = ["core", "hypervisor"]
[drivers.secret]
tier = "core"
[drivers.disk]
tier = "core"
[drivers.storage]
tier = "core"
provides = ["pools"]
requires = [
    { on = "secret", reason = "keys" },
    { on = "qemu", when = "pool.auth", reason = "CephX" },
]
wants = ["disk"]
[drivers.qemu]
tier = "hypervisor"
requires = ["storage", "secret"]
[drivers.metrics]
wants = ["qemu"]
[drivers.clock]
"""


@pytest.fixture
def why(ask: Ask) -> Ask:
    """Run ``tierdeps why`` on the drivers of a site."""
    Path("site.toml").write_text(SITE)

    def call(*arguments: str) -> Answer:
        return ask("why", *arguments, "--graph", "site.toml")

    return call


def test_says_who_names_the_tier_and_which_chain_makes_the_stage(why: Ask) -> None:
    answer = why("storage")
    assert answer.code == 0
    assert (
        answer.out
        == """\
storage: tier core, stage 2 of 2

tier core: declared by storage itself
      declared in site.toml:7, drivers.storage

stage 2, because of the longest chain in core that leads to storage:
  storage wants disk
      declared in site.toml:14, drivers.storage.wants[0]

omitted because pool.auth does not hold here
  storage requires qemu, when pool.auth
      because CephX
      declared in site.toml:12, drivers.storage.requires[1]
"""
    )


def test_follows_a_derived_tier_to_the_driver_that_names_it(why: Ask) -> None:
    out = why("metrics").out
    assert "tier hypervisor: metrics has no tier of its own; this is the latest tier that it needs\n" in out
    assert "\n  metrics wants qemu\n" in out
    assert "  qemu is in tier hypervisor\n      declared in site.toml:15, drivers.qemu\n" in out


def test_says_that_a_driver_without_needs_is_in_the_first_tier(why: Ask) -> None:
    assert "tier core, the first: clock has no tier of its own and needs nothing of a later tier" in why("clock").out


def test_shows_the_shortest_chain_with_origins_and_counts_the_others(why: Ask) -> None:
    assert (
        why("metrics", "secret").out
        == """\
metrics depends on secret, through a chain of 2 dependencies:

  metrics wants qemu
      declared in site.toml:19, drivers.metrics.wants[0]
  qemu requires secret
      declared in site.toml:17, drivers.qemu.requires[1]

1 other chain of dependencies connects them
"""
    )


def test_turns_the_question_round_where_only_the_other_depends(why: Ask) -> None:
    out = why("disk", "qemu").out
    assert out.startswith("disk does not depend on qemu, but qemu depends on disk, through a chain of 2 dependencies:")
    assert "no other chain of dependencies connects them" in out


def test_says_what_would_be_where_a_fact_held(why: Ask) -> None:
    out = why("storage", "qemu").out
    assert "storage would depend on qemu when pool.auth:\n  storage requires qemu, when pool.auth\n" in out


def test_says_that_only_tiers_order_two_drivers(why: Ask) -> None:
    assert why("metrics", "clock").out == (
        "neither metrics nor clock depends on the other\n"
        "only their tiers order them: clock is in core, all of which is ready before anything of hypervisor,"
        " the tier of metrics, begins\n"
    )


def test_says_that_nothing_orders_two_drivers(why: Ask) -> None:
    assert "they may start in any order, or at the same time" in why("clock", "secret").out


def test_explains_drivers_of_a_graph_without_an_order(ask: Ask) -> None:
    Path("site.toml").write_text('[drivers.a]\nrequires = ["b"]\n[drivers.b]\nrequires = ["a", "c"]\n[drivers.c]\n')
    place, route = ask("why", "a", "--graph", "site.toml"), ask("why", "a", "c", "--graph", "site.toml")
    assert (place.code, route.code) == (0, 0)
    assert "no stage: this graph has no start order" in place.out
    assert "a is in a cycle with b" in place.out
    assert "a depends on c, through a chain of 2 dependencies:" in route.out


def test_says_that_two_drivers_are_in_a_cycle(ask: Ask) -> None:
    Path("site.toml").write_text('[drivers.a]\nrequires = ["b"]\n[drivers.b]\nrequires = ["a"]\n')
    assert "b depends on a too: they are in a cycle" in ask("why", "a", "b", "--graph", "site.toml").out


def test_distinguishes_needs_in_different_phases_from_a_cycle(ask: Ask) -> None:
    Path("site.toml").write_text("""\
[drivers.a]
phases = ["one", "two"]
requires = [{ on = "b:one", phase = "two" }]
[drivers.b]
phases = ["one", "two"]
requires = [{ on = "a:one", phase = "two" }]
""")
    assert "b depends on a too, in other phases: no cycle" in ask("why", "a", "b", "--graph", "site.toml").out
    assert "a shares its stage with b" in ask("why", "a", "--graph", "site.toml").out


def test_cuts_a_long_chain_unless_all_of_it_is_asked_for(ask: Ask) -> None:
    names = [f"n{number:02}" for number in range(30)]
    rest = "".join(f'[drivers.{name}]\nrequires = ["{other}"]\n' for name, other in pairwise(names))
    Path("site.toml").write_text(f"{rest}[drivers.n29]\n")
    cut, whole = ask("why", "n00", "--graph", "site.toml"), ask("why", "n00", "--all", "--graph", "site.toml")
    assert (cut.out.count(" requires "), whole.out.count(" requires ")) == (12, 29)
    assert "  ... and 17 more: --all\n" in cut.out


def test_takes_several_graphs_as_one(ask: Ask) -> None:
    Path("one.toml").write_text('[drivers.a]\nrequires = ["b"]\n')
    Path("two.toml").write_text("[drivers.b]\n")
    assert "a depends on b, directly" in ask("why", "a", "b", "--graph", "one.toml", "--graph", "two.toml").out


def test_answers_in_json(why: Ask) -> None:
    place = json.loads(why("storage", "--format", "json").out)
    route = json.loads(why("metrics", "secret", "--format", "json").out)
    assert place["stage"]["number"] == 2
    assert [edge["to"] for edge in place["dormant"]] == ["qemu"]
    assert [edge["to"] for edge in route["chain"]["edges"]] == ["qemu", "secret"]
    assert (route["relation"], route["chain"]["others"]) == ("depends", 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("storag",), "no driver is named 'storag'; did you mean 'storage'?"),
        (("storage", "nobody"), "no driver is named 'nobody'"),
        (("pools",), "pools: this is a capability; name a driver that provides it: storage"),
        (("qemu", "qemu"), "'qemu' is named twice"),
    ],
)
def test_says_in_a_sentence_what_is_wrong_with_the_question(why: Ask, arguments: tuple[str, ...], said: str) -> None:
    answer = why(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("a", "--tree", "--dependents"),
            "--tree shows what A needs and --dependents what needs A; choose one of them",
        ),
        (("a", "b", "--tree"), "--tree is about one driver; omit 'b'"),
        (("a", "b", "--dependents"), "--dependents is about one driver; omit 'b'"),
        (("a", "--depth", "2"), "--depth limits --tree or --dependents; add one of them"),
        (("a", "--tree", "--format", "json"), "no format of 'tree' is named 'json'"),
        (("c", "--tree"), "no driver is named 'c'"),
    ],
)
def test_what_makes_no_tree_is_refused(ask: Ask, tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "g.toml").write_text('[drivers.a]\nrequires = ["b"]\n[drivers.b]\n')
    answer = ask("why", *arguments, "--graph", "g.toml")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"error: {said}")


def test_a_tree_shows_what_a_driver_needs_or_what_needs_it(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "g.toml").write_text('[drivers.a]\nrequires = ["b"]\n[drivers.b]\n')
    assert ask("why", "a", "--tree", "--graph", "g.toml").out == "a\n└── b\n"
    assert ask("why", "b", "--dependents", "--graph", "g.toml").out == "b\n└── a\n"
    assert ask("why", "b", "--tree", "--graph", "g.toml").out == "b\n"
