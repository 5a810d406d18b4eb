"""Graph files in TOML: what they declare, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tierdeps.errors import InputError
from tierdeps.importers import Source
from tierdeps.importers.toml import IMPORTER
from tierdeps.model import Declarations, Kind, OnCancel, OnFailure, Origin, Statement, Topic

WHOLE = """\
disable = ["legacy"]

[tiers]
order = ["core", "hypervisor"]
declare = [{ name = "late", after = ["hypervisor"] }]

[facts]
"pool.auth" = true

[choose]
secret-lookup = "secret"

[drivers.storage]
tier = "core"
phases = ["initialize", "autostart"]
provides = ["storage-pools"]
lifecycle = "package.module:Storage"
description = "pools"
requires = [
    "secret",
    { on = "qemu:initialize", phase = "autostart", when = "pool.auth", reason = "keys" },
]
wants = ["a"]
after = ["b"]
before = ["c"]
conflicts = ["d"]
pulls = ["e"]
required_by = ["f"]
wanted_by = [{ on = "g", when = "pool.auth" }]
when = "pool.auth"
on_failure = "isolate"
on_cancel = "wait"
retries = 2
backoff = 0
timeout = 1.5
stop_timeout = 3
timing = { autostart = "lognormal(0.05, 0.5)" }

[drivers.web]
command = ["python3", "-m", "http.server"]
ready = "tcp:127.0.0.1:8000"
env = { B = "2", A = "1" }
cwd = "/srv"
user = "www"
stop_signal = "SIGINT"

[drivers.legacy]

[expect]
whatever = [{ nobody = "looks" }, 1979-05-27]
"""

SECONDS = "expected a number of seconds, more than 0, up to 31622400 (a year)"


def read(text: str | bytes) -> Declarations:
    data = text.encode() if isinstance(text, str) else text
    return IMPORTER.read(Source("site.toml", Path("site.toml"), data))


def refusal(text: str | bytes) -> str:
    with pytest.raises(InputError) as caught:
        read(text)
    return str(caught.value)


def test_reads_every_key_of_a_driver() -> None:
    storage = read(WHOLE).drivers[0]
    assert (storage.name, storage.tier, storage.phases) == ("storage", "core", ("initialize", "autostart"))
    assert (storage.provides, storage.lifecycle, storage.description) == (
        ("storage-pools",),
        "package.module:Storage",
        "pools",
    )
    assert storage.timing == (("autostart", "lognormal(0.05, 0.5)"),)
    policy = storage.policy
    assert (policy.on_failure, policy.on_cancel, policy.retries) == (OnFailure.ISOLATE, OnCancel.WAIT, 2)
    assert (policy.backoff, policy.timeout, policy.stop_timeout) == (0.0, 1.5, 3.0)


def test_reads_dependencies_of_every_kind() -> None:
    first, second, *others = read(WHOLE).drivers[0].dependencies
    assert (first.kind, first.target, first.phase, first.when) == (Kind.REQUIRES, "secret", None, None)
    assert (second.target, second.phase, second.when, second.reason) == (
        "qemu:initialize",
        "autostart",
        "pool.auth",
        "keys",
    )
    assert [(item.kind, item.target) for item in others] == [
        (Kind.WANTS, "a"),
        (Kind.AFTER, "b"),
        (Kind.BEFORE, "c"),
        (Kind.CONFLICTS, "d"),
        (Kind.PULLS, "e"),
        (Kind.REQUIRED_BY, "f"),
        (Kind.WANTED_BY, "g"),
    ]
    assert others[-1].origin == Origin("site.toml", 29, "drivers.storage.wanted_by[0]")


def test_reads_the_fact_that_a_driver_is_conditional_on() -> None:
    assert [driver.when for driver in read(WHOLE).drivers] == ["pool.auth", None, None]


def test_reads_the_targets_with_their_places() -> None:
    found = read('targets = [\n  "b",\n  "a",\n]\n[drivers.a]\n[drivers.b]\n')
    assert found.targets == ("b", "a")
    assert [(str(item.topic), item.name, str(item.origin)) for item in found.statements] == [
        ("targets", "b", "site.toml:2, targets[0]"),
        ("targets", "a", "site.toml:3, targets[1]"),
    ]


def test_reads_a_process() -> None:
    web = read(WHOLE).drivers[1]
    assert web.process is not None
    assert web.process.command == ("python3", "-m", "http.server")
    assert web.process.ready == "tcp:127.0.0.1:8000"
    assert web.process.env == (("A", "1"), ("B", "2"))
    assert (web.process.cwd, web.process.user, web.process.stop_signal) == ("/srv", "www", "SIGINT")


def test_reads_what_is_said_beside_the_drivers() -> None:
    found = read(WHOLE)
    assert [(tier.name, tier.after) for tier in found.tiers] == [
        ("core", ()),
        ("hypervisor", ("core",)),
        ("late", ("hypervisor",)),
    ]
    assert dict(found.facts) == {"pool.auth": True}
    assert dict(found.choices) == {"secret-lookup": "secret"}
    assert found.disabled == {"legacy"}


def test_every_declaration_knows_its_key_and_its_line() -> None:
    found = read(WHOLE)
    storage = found.drivers[0]
    assert storage.origin == Origin("site.toml", 13, "drivers.storage")
    assert storage.dependencies[0].origin == Origin("site.toml", 20, "drivers.storage.requires[0]")
    assert storage.dependencies[1].origin == Origin("site.toml", 21, "drivers.storage.requires[1]")
    assert found.tiers[1].origin == Origin("site.toml", 4, "tiers.order[1]")
    assert found.tiers[2].origin == Origin("site.toml", 5, "tiers.declare[0]")


def test_takes_tables_one_by_one_where_a_list_is_meant() -> None:
    found = read('[[drivers.a.requires]]\non = "b"\n\n[[drivers.a.requires]]\non = "c"\n')
    origins = [(item.target, item.origin.line, item.origin.key) for item in found.drivers[0].dependencies]
    assert origins == [("b", 1, "drivers.a.requires[0]"), ("c", 4, "drivers.a.requires[1]")]


def test_a_byte_order_mark_is_not_part_of_the_text() -> None:
    assert [driver.name for driver in read(b"\xef\xbb\xbf[drivers.a]\n").drivers] == ["a"]


def test_carriage_returns_do_not_shift_lines() -> None:
    assert read("[facts]\r\n\r\n[drivers.a]\r\n").drivers[0].origin.line == 3


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "[drivers]\n"])
def test_a_file_may_declare_nothing(text: str) -> None:
    assert read(text) == Declarations()


def test_a_driver_by_a_name_with_a_dot_is_quoted_in_its_key() -> None:
    assert read('[drivers."a.b"]').drivers[0].origin.key == 'drivers."a.b"'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[drivers.a]\nrequries = []", "line 2, drivers.a.requries: unknown key 'requries'; did you mean 'requires'?"),
        *(
            (
                f"[drivers.a]\n{key} = 'x'",
                (
                    f"line 2, drivers.a.{key}: unknown key {key!r}; it belongs to a dependency:"
                    f' requires = [{{ on = "NAME", {key} = ... }}]'
                ),
            )
            for key in ("on_loss", "on_restart", "failed", "skipped", "optional", "reason")
        ),
        ("[drivers.a]\nphase = 'x'", "line 2, drivers.a.phase: unknown key 'phase'; did you mean 'phases'?"),
        ("[driver.a]", "line 1, driver: unknown key 'driver'; did you mean 'drivers'?"),
        (
            "[drivers.a]\nrequires = [{ on = 'b', target = 'b' }]",
            (
                "line 2, drivers.a.requires[0].target: unknown key 'target'; expected one of on, phase, when, reason,"
                " optional, skipped, failed, on_restart, on_loss, atleast"
            ),
        ),
        (
            "[drivers.a]\nrequires = [{}]",
            "line 2, drivers.a.requires[0]: expected the key 'on': the name of a driver or capability",
        ),
        (
            "[drivers.a]\nrequires = 'b'",
            "line 2, drivers.a.requires: expected a list of names or tables, got the string 'b'",
        ),
        (
            "[drivers.a]\nrequires = [\n'b',\n3,\n]",
            'line 4, drivers.a.requires[1]: expected a name, or a table such as { on = "secret" }, got the number 3',
        ),
        ("[drivers.a]\nphases = [1]", "line 2, drivers.a.phases[0]: expected a name, got the number 1"),
        ("[drivers.a]\nphases = []", "line 2, drivers.a.phases: expected at least one phase, got an empty list"),
        ("[drivers.a]\nphases = ['b', 'b']", "line 2, drivers.a.phases: expected names that differ, got 'b', 'b'"),
        ("[drivers.a]\ntier = true", "line 2, drivers.a.tier: expected the name of a tier, got true"),
        ("[drivers.a]\ntier = 1979-05-27", "line 2, drivers.a.tier: expected the name of a tier, got a date or time"),
        (
            "[drivers.a]\nlifecycle = 'x'",
            "line 2, drivers.a.lifecycle: expected \"package.module:Class\", got the string 'x'",
        ),
        ("[drivers]\na = 'b'", "line 2, drivers.a: expected a table, such as { requires = [] }, got the string 'b'"),
        ("drivers = []", "line 1, drivers: expected a table of drivers, got an empty list"),
        ("[drivers.'']", 'line 1, drivers."": expected a name, got an empty string'),
        ("[drivers.' ']", "line 1, drivers.\" \": expected a name, got the string ' '"),
        ("[drivers.a]\nrequires = [' ']", "line 2, drivers.a.requires[0]: expected a name, got the string ' '"),
        ("tiers = ['a']", 'line 1, tiers: expected a table such as { order = ["core", "hypervisor"] }, got a list'),
        ("[tiers]\norder = ['a', 'a']", "line 2, tiers.order[1]: expected each tier once, got 'a' again"),
        ("[tiers]\ndeclare = [{}]", "line 2, tiers.declare[0]: expected the key 'name': the name of the tier"),
        ("[facts]\n'pool.auth' = 'yes'", "line 2, facts.\"pool.auth\": expected true or false, got the string 'yes'"),
        ("[choose]\nx = 3", "line 2, choose.x: expected the name of a driver, got the number 3"),
        ("disable = 'a'", "line 1, disable: expected a list of names, got the string 'a'"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, message: str) -> None:
    assert refusal(text) == f"site.toml: {message}"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("on_failure = 'stop'", 'on_failure: expected "abort", "isolate" or "ignore", got the string \'stop\''),
        ("on_cancel = 1", 'on_cancel: expected "cancel" or "wait", got the number 1'),
        ("retries = -1", "retries: expected a whole number, 0 or more, got the number -1"),
        ("retries = 1.5", "retries: expected a whole number, 0 or more, got the number 1.5"),
        (
            "timeout = 0",
            "timeout: expected a number of seconds, more than 0, up to 31622400 (a year), got the number 0",
        ),
        (
            "timeout = nan",
            "timeout: expected a number of seconds, more than 0, up to 31622400 (a year), got the number nan",
        ),
        (
            "timeout = inf",
            "timeout: expected a number of seconds, more than 0, up to 31622400 (a year), got the number inf",
        ),
        (
            "stop_timeout = '3'",
            f"stop_timeout: {SECONDS}, got the string '3'",
        ),
        ("timing = { begin = 'x' }", "timing.begin: expected a phase of this driver, got 'begin'; it has start"),
        (
            "timing = { start = 1 }",
            'timing.start: expected a distribution, such as "lognormal(0.05, 0.5)", got the number 1',
        ),
        (
            "timing = { start = 'lognormal(x)' }",
            "timing.start: expected lognormal(median, sigma), got the string 'lognormal(x)'",
        ),
        ("ready = 'exit'", "ready: expected 'command' beside it: only a process has this key"),
        (
            "command = 'true'",
            'command: expected a list of text, such as ["python3", "-m", "http.server"], got the string \'true\'',
        ),
        ("command = []", "command: expected a program to run, got an empty list"),
        ("command = [1]", "command[0]: expected text, got the number 1"),
        ("command = ['a']\nenv = { A = 1 }", "env.A: expected text, got the number 1"),
        (
            "command = ['a']\nenv = { 'A=B' = '1' }",
            "env: expected names without '=' and text without null bytes, got the string 'A=B'",
        ),
        (
            "command = ['a']\nstop_signal = ''",
            'stop_signal: expected the name of a signal, such as "SIGTERM", got an empty string',
        ),
        (
            "command = ['a']\nstop_signal = 'INT'",
            "stop_signal: expected the name of a signal, such as \"SIGTERM\", got the string 'INT'",
        ),
        (
            "command = ['a']\nlifecycle = 'a:B'",
            "lifecycle: expected 'command' or 'lifecycle', got both: a process has its own lifecycle",
        ),
    ],
)
def test_what_is_wrong_with_how_a_driver_runs_is_named(key: str, message: str) -> None:
    last = key.count("\n") + 2
    assert refusal(f"[drivers.a]\n{key}") == f"site.toml: line {last}, drivers.a.{message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[drivers.a]\nx = 1\n]", "line 3, column 1: not valid TOML: invalid statement"),
        ("[drivers.a", "line 1: not valid TOML: expected ']' at the end of a table declaration"),
        ("[drivers.a]\n[drivers.a]", "line 2, column 11: not valid TOML: cannot declare ('drivers', 'a') twice"),
        (b"\n[drivers.a]\ntier = '\xff'", "line 3: expected text in UTF-8, got the byte 0xff"),
        ("a = " + "[" * 100_000, "line 1: expected a graph, got something nested too deeply"),
        ("\n[drivers.a]\ntimeout = " + "9" * 5000, "line 3: expected a number, got one with too many digits"),
        (
            "[drivers.a]\ntimeout = 0x" + "f" * 9999,
            f"line 2, drivers.a.timeout: {SECONDS}, got a number out of range",
        ),
    ],
    ids=["syntax", "end", "twice", "encoding", "nesting", "digits", "hexadecimal"],
)
def test_what_is_no_toml_is_refused(text: str | bytes, message: str) -> None:
    assert refusal(text).startswith(f"site.toml: {message}")


def test_a_folder_is_refused() -> None:
    with pytest.raises(InputError, match=r"^site: expected a file, got a folder$"):
        IMPORTER.read(Source("site", Path("site"), None))


def test_a_dependency_may_be_optional() -> None:
    found = read(
        "[drivers.a]\nrequires = ['b', { on = 'c', optional = true }]\nafter = [{ on = 'd', optional = false }]"
    )
    assert [item.optional for item in found.drivers[0].dependencies] == [False, True, False]


def test_a_requirement_says_what_becomes_of_it_where_its_target_is_skipped() -> None:
    found = read(
        "[drivers.a]\nrequires = ['b', { on = 'c', skipped = 'block' }, { on = 'd', skipped = 'pass' }]\nwants = ['e']"
    )
    assert [str(item.skipped) for item in found.drivers[0].dependencies] == ["pass", "block", "pass", "pass"]


@pytest.mark.parametrize("verb", ["wants", "after", "before", "conflicts"])
@pytest.mark.parametrize("value", ["pass", "block"])
def test_nothing_but_a_requirement_does(verb: str, value: str) -> None:
    with pytest.raises(InputError) as refused:
        read(f"[drivers.a]\n{verb} = ['b', {{ on = 'c', skipped = '{value}' }}]")
    assert str(refused.value) == (
        f"site.toml: line 2, drivers.a.{verb}[1].skipped: expected this key in requires alone, got the string '{value}'"
    )


@pytest.mark.parametrize(("value", "got"), [("'never'", "the string 'never'"), ("true", "true"), ("1", "the number 1")])
def test_it_is_one_of_two_words(value: str, got: str) -> None:
    with pytest.raises(InputError) as refused:
        read(f"[drivers.a]\nrequires = [{{ on = 'c', skipped = {value} }}]")
    assert str(refused.value) == (
        f'site.toml: line 2, drivers.a.requires[0].skipped: expected "pass" or "block", got {got}'
    )


def test_facts_and_choices_are_reported_with_their_places() -> None:
    found = read("[facts]\n'pool.auth' = true\n[choose]\ndoor = 'a'\n[drivers.a]")
    assert found.statements == (
        Statement(Topic.FACTS, "pool.auth", Origin("site.toml", 2, 'facts."pool.auth"')),
        Statement(Topic.CHOOSE, "door", Origin("site.toml", 4, "choose.door")),
    )
