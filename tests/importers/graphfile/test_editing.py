"""Graph files are changed as text, and keep whatever is not changed."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tierdeps.importers.graphfile.editing import edited

TOML = """\
# the site
[drivers.storage]   # disks
requires = [
    "secret",   # keys
    'net',      # for iscsi
]

# the last one
[drivers.qemu]
after = ["storage"]
"""
YAML = """\
# the site
drivers:
  storage:   # disks
    requires:
      - secret   # keys
      - 'net'    # for iscsi

  # the last one
  qemu:
    after: [storage]
"""
JSON = """\
{
  "drivers": {
    "storage": {
      "requires": [
        "secret",
        "net"
      ]
    },
    "qemu": {
      "after": [
        "storage"
      ]
    }
  }
}
"""


def correct(document: Any) -> None:
    document["drivers"]["storage"]["requires"][0] = "keyring"


def remove(document: Any) -> None:
    del document["drivers"]["storage"]["requires"][1]


def tier(document: Any) -> None:
    document["drivers"]["qemu"]["tier"] = "core"


KINDS = {"site.toml": TOML, "site.yaml": YAML, "site.json": JSON}


@pytest.mark.parametrize("name", KINDS)
def test_what_changes_nothing_keeps_every_byte(name: str) -> None:
    assert edited(name, KINDS[name], []) == KINDS[name]


@pytest.mark.parametrize("name", KINDS)
def test_a_corrected_name_is_all_that_changes(name: str) -> None:
    assert edited(name, KINDS[name], [correct]) == KINDS[name].replace("secret", "keyring")


@pytest.mark.parametrize("name", KINDS)
def test_a_removed_entry_takes_its_line_alone(name: str) -> None:
    found = edited(name, KINDS[name], [remove])
    kept = [line for line in KINDS[name].splitlines() if "net" not in line]
    assert found is not None
    assert [line.rstrip(",") for line in found.splitlines() if line] == [line.rstrip(",") for line in kept if line]


@pytest.mark.parametrize("name", KINDS)
def test_an_added_key_is_the_only_line_that_is_new(name: str) -> None:
    found = edited(name, KINDS[name], [tier])
    assert found is not None
    new = [line.strip() for line in found.splitlines() if line.rstrip(",") not in KINDS[name].replace("],", "]")]
    assert [line.replace('"', "").replace("=", ":").replace(" :", ":") for line in new] == ["tier: core"]
    assert found.endswith("\n")


@pytest.mark.parametrize("name", KINDS)
def test_line_ends_of_another_system_are_kept(name: str) -> None:
    text = KINDS[name].replace("\n", "\r\n")
    assert edited(name, text, [correct]) == text.replace("secret", "keyring")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("site.jsonl", '{"name": "a"}\n'),
        ("site.json", '{"drivers":  {"a": {}}}\n'),
        ("site.yaml", "- a\n"),
        ("site.toml", "[drivers.a]\r\n[drivers.b]\n"),
        ("site.toml", "[drivers.a\n"),
        ("site.yaml", "a: [\n"),
        ("site", "[drivers.a]\n"),
    ],
)
def test_a_file_whose_formatting_would_be_lost_is_not_changed(name: str, text: str) -> None:
    assert edited(name, text, [correct]) is None


YAML_CASES = {
    "flow": ("drivers: { a: {requires:   [x,  y , z ]} }  # all\n", "a", "requires"),
    "flow over lines": (
        "drivers:\n  a:\n    requires: [\n      x,  # one\n      y,  # two\n      z\n    ]\n",
        "a",
        "requires",
    ),
    "block of tables": (
        "drivers:\n  a:\n    requires:\n    - on: x\n      phase: p\n\n    # two\n    - on: y\n    - {on: z}\n  b:\n",
        "a",
        "requires",
    ),
}


@pytest.mark.parametrize("case", YAML_CASES)
@pytest.mark.parametrize("index", [0, 1, 2])
def test_any_item_of_a_list_in_yaml_is_removed_alone(case: str, index: int) -> None:
    text, driver, kind = YAML_CASES[case]

    def mutate(document: Any) -> None:
        del document["drivers"][driver][kind][index]

    expected = yaml.safe_load(text)
    mutate(expected)
    found = edited("site.yaml", text, [mutate])
    assert found is not None
    assert yaml.safe_load(found) == expected
    kept = [comment for number, comment in enumerate(("# one", "# two")) if comment in text and number != index]
    assert all(comment in found for comment in kept)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("drivers:\n  a:\n", "drivers:\n  a:\n    tier: core\n"),
        ("drivers:\n  a: # it\n  b: {}\n", "drivers:\n  a:\n    tier: core # it\n  b: {}\n"),
        ("drivers:\n  a: ~  # x\n", "drivers:\n  a: {tier: core}  # x\n"),
        ("drivers: {a: , b: {}}\n", "drivers: {a: {tier: core} , b: {}}\n"),
        ("drivers:\n  a: {}\n", "drivers:\n  a: {tier: core}\n"),
        ("drivers:\n  a: {x: 1}\n", "drivers:\n  a: {tier: core, x: 1}\n"),
        ("drivers:\n    a:\n        x: 1  # y\n", "drivers:\n    a:\n        tier: core\n        x: 1  # y\n"),
        ("drivers:\n  a: {tier: 'late'}\n", "drivers:\n  a: {tier: 'core'}\n"),
        ('drivers:\n  a:\n    tier: "late"  # x\n', 'drivers:\n  a:\n    tier: "core"  # x\n'),
    ],
)
def test_a_key_is_added_to_any_table_of_yaml(text: str, expected: str) -> None:
    def mutate(document: Any) -> None:
        document["drivers"]["a"]["tier"] = "core"

    assert edited("site.yaml", text, [mutate]) == expected


@pytest.mark.parametrize("value", ["yes", "null", "1", "a: b", "#x", "- x", "a'b", 'a"b', "", "ä", "storage:start"])
def test_any_name_is_written_so_that_yaml_reads_it_back(value: str) -> None:
    for old in ("late", "'late'", '"late"'):

        def mutate(document: Any) -> None:
            document["drivers"]["a"]["tier"] = value

        found = edited("site.yaml", f"drivers: {{a: {{tier: {old}}}}}\n", [mutate])
        assert found is not None
        assert yaml.safe_load(found) == {"drivers": {"a": {"tier": value}}}


def test_a_list_of_yaml_that_becomes_empty_is_removed_with_its_key() -> None:
    def mutate(document: Any) -> None:
        table = document["drivers"]["a"]
        items = table["requires"]
        for index in (1, 0):
            del items[index]
        if not items:
            del table["requires"]

    text = "drivers:\n  a:\n    # needs\n    requires:\n      - x\n      - y  # why\n    tier: core\n"
    assert edited("site.yaml", text, [mutate]) == "drivers:\n  a:\n    # needs\n    tier: core\n"
