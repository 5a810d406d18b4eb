"""Graph files in YAML: read as version 1.2 means it, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tierdeps.errors import InputError
from tierdeps.importers import Source
from tierdeps.importers.yaml import IMPORTER
from tierdeps.model import Declarations, Origin

WHOLE = """\
# the whole of it
tiers:
  order: [core, hypervisor]
facts:
  pool.auth: true
drivers:
  storage:
    tier: core
    requires:
      - secret
      - {on: qemu, when: pool.auth, reason: "keys"}
    timeout: 1.5
    retries: 2
  secret:
  qemu: {}
"""

SECONDS = "expected a number of seconds, more than 0, up to 31622400 (a year)"


def read(text: str) -> Declarations:
    return IMPORTER.read(Source("site.yaml", Path("site.yaml"), text.encode()))


def test_reads_the_same_as_the_other_formats() -> None:
    found = read(WHOLE)
    assert [driver.name for driver in found.drivers] == ["storage", "secret", "qemu"]
    assert [tier.name for tier in found.tiers] == ["core", "hypervisor"]
    assert dict(found.facts) == {"pool.auth": True}
    assert (found.drivers[0].policy.timeout, found.drivers[0].policy.retries) == (1.5, 2)


def test_every_declaration_knows_its_key_and_its_line() -> None:
    storage, secret, _ = read(WHOLE).drivers
    assert storage.origin == Origin("site.yaml", 7, "drivers.storage")
    assert storage.dependencies[0].origin == Origin("site.yaml", 10, "drivers.storage.requires[0]")
    assert storage.dependencies[1].origin == Origin("site.yaml", 11, "drivers.storage.requires[1]")
    assert secret.origin == Origin("site.yaml", 14, "drivers.secret")


def test_the_key_on_stays_text() -> None:
    (driver,) = read("drivers:\n  a:\n    requires:\n      - on: b\n").drivers
    assert driver.dependencies[0].target == "b"


@pytest.mark.parametrize(
    "word", ["yes", "no", "on", "off", "y", "n", "Yes", "OFF", "12:30", "1_000", "2001-01-01", "<<", "0x10"]
)
def test_what_only_version_1_1_takes_for_something_else_is_text(word: str) -> None:
    (driver,) = read(f"drivers:\n  {word}: {{requires: [{word}]}}\n").drivers
    assert (driver.name, driver.dependencies[0].target) == (word, word)


@pytest.mark.parametrize(("word", "holds"), [("true", True), ("True", True), ("false", False), ("FALSE", False)])
def test_facts_are_true_or_false(word: str, holds: bool) -> None:
    assert dict(read(f"facts: {{x: {word}}}").facts) == {"x": holds}


def test_what_is_in_quotes_is_text() -> None:
    assert [driver.name for driver in read("drivers:\n  '1': {}\n  \"true\": {}\n").drivers] == ["1", "true"]


def test_an_anchor_can_be_used_again() -> None:
    first, second = read("drivers:\n  a: &same\n    requires: [c]\n  b: *same\n").drivers
    assert first.dependencies[0].target == second.dependencies[0].target == "c"


@pytest.mark.parametrize("text", ["", "---\n", "# nothing\n"])
def test_a_file_may_declare_nothing(text: str) -> None:
    assert read(text) == Declarations()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("drivers: [", "line 1, column 11: not valid YAML: expected the node content, but found '<stream end>'"),
        ("a: b: c", "line 1, column 5: not valid YAML: mapping values are not allowed here"),
        (
            "drivers:\n  a:\n    requires: !!python/name:os.system",
            "line 3, drivers.a.requires: expected no tags, got '!!python/name:os.system'",
        ),
        ("!!map {}", "line 1: expected no tags, got '!!map'"),
        ("drivers: {a: {requires: [! b]}}", "line 1, drivers.a.requires[0]: expected no tags, got '!'"),
        ("drivers:\n  a: {}\n  a: {}", "line 3, drivers.a: expected each key once in a table, got 'a' again"),
        ("drivers:\n  1: {}", 'line 2, drivers: expected a name as the key, got 1; write "1"'),
        ("drivers:\n  ? [a]\n  : {}", "line 2, drivers: expected a name as the key, got a list"),
        ("x: &x a\ndrivers:\n  *x : {}", "line 3, drivers: expected a name as the key, got an alias"),
        ("a: *b", "line 1, a: expected an alias of something before it, got *b"),
        ("a: &a [*a]", "line 1, a[0]: expected an alias of something before it, got *a"),
        ("---\n{}\n---\n{}", "line 3: expected one document, got another one"),
        (
            "drivers:\n  a: {timeout: 1:30}",
            f"line 2, drivers.a.timeout: {SECONDS}, got the string '1:30'",
        ),
        (
            "drivers:\n  a: {retries: " + "9" * 5000 + "}",
            "line 2, drivers.a.retries: expected a number, got one with too many digits",
        ),
        ("facts:\n  x: yes", "line 2, facts.x: expected true or false, got the string 'yes'"),
        ('a: "\\ud800"', "line 1, a: expected whole characters, got half of a surrogate pair, '\\ud800'"),
        ('a: "\\U7fffffff"', "line 1: not valid YAML: an escape that stands for no character"),
        ("\na: \x01", "line 2: not valid YAML: special characters are not allowed"),
        ("- a", "line 1: expected a table, got a list"),
        ("[" * 100_000, "line 1: expected a graph, got something nested too deeply"),
        ("- " * 100_000, "line 1: expected a graph, got something nested too deeply"),
    ],
    ids=lambda text: text[:30],
)
def test_what_is_wrong_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text)
    assert str(caught.value).startswith(f"site.yaml: {message}")


def test_aliases_of_aliases_are_refused_before_they_grow() -> None:
    rows = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 10)}]" for level in range(1, 10)]
    with pytest.raises(InputError, match="aliases that stand for more than 100000 values"):
        read("\n".join(rows))


def test_without_pyyaml_it_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['yaml'] = None\n"
        "from tierdeps.errors import InputError\n"
        "from tierdeps.importers import Source\n"
        "from tierdeps.importers.yaml import IMPORTER\n"
        "try: IMPORTER.read(Source('site.yaml', None, b''))\n"
        "except InputError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout == "site.yaml: reading YAML needs PyYAML: pip install tierdeps[yaml]\n"
