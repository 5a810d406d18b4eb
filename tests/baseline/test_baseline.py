"""The baseline: what it excuses, and its file."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.baseline import Baseline, Entry, compare
from tierdeps.baseline.file import SCHEMA, parse, text_of
from tierdeps.baseline.identity import Identity
from tierdeps.errors import InputError
from tierdeps.model import Finding, Severity

TODAY = date(2030, 6, 15)


def missing(driver: str, target: str) -> Finding:
    return Finding("TD103", "missing", Severity.ERROR, "words", (driver,), subject=(target,))


def excused(*findings: Finding, until: date | None = None, graphs: tuple[str, ...] = ()) -> Baseline:
    return Baseline().plus(findings, "known for years", "storage-team", until, graphs=graphs)


KNOWN, NEW = missing("a", "x"), missing("b", "y")


def test_a_finding_without_an_entry_is_new() -> None:
    found = compare(excused(KNOWN), (KNOWN, NEW), TODAY)
    assert (found.new, found.known, found.stale, found.expired) == ((NEW,), (KNOWN,), (), ())


def test_as_many_findings_as_before_are_not_the_same_findings() -> None:
    assert compare(excused(KNOWN), (NEW,), TODAY).new == (NEW,)


def test_an_entry_without_a_finding_is_stale() -> None:
    baseline = excused(KNOWN, NEW)
    assert compare(baseline, (NEW,), TODAY).stale == baseline.entries[:1]


def test_an_entry_of_a_rule_that_did_not_run_is_not_stale() -> None:
    assert compare(excused(KNOWN), (), TODAY, silent={"TD103"}).stale == ()


def test_an_entry_holds_through_its_last_day() -> None:
    assert compare(excused(KNOWN, until=TODAY), (KNOWN,), TODAY).known == (KNOWN,)


def test_an_entry_whose_day_is_over_excuses_nothing() -> None:
    baseline = excused(KNOWN, until=TODAY - timedelta(days=4))
    found = compare(baseline, (KNOWN,), TODAY)
    assert (found.new, found.known, found.expired) == ((KNOWN,), (), ((baseline.entries[0], 4),))


def test_an_entry_that_is_stale_is_not_said_to_have_expired_as_well() -> None:
    found = compare(excused(KNOWN, until=TODAY - timedelta(days=4)), (), TODAY)
    assert (len(found.stale), found.expired) == (1, ())


def test_adding_leaves_what_is_there_as_it_is() -> None:
    baseline = excused(KNOWN)
    added = baseline.plus((KNOWN, NEW, NEW), "another reason")
    assert added.entries[0] is baseline.entries[0]
    assert [entry.reason for entry in added.entries] == ["known for years", "another reason"]


def test_findings_about_the_baseline_cannot_be_excused() -> None:
    stale = Finding("TD401", "stale-baseline", Severity.ERROR, "words", subject=("TD103 a, x",))
    assert excused(stale) == Baseline()


def test_removal_adds_nothing() -> None:
    baseline = excused(KNOWN, NEW)
    assert baseline.minus(frozenset(baseline.entries[:1])).entries == baseline.entries[1:]


def test_the_file_says_each_entry_in_full() -> None:
    baseline = excused(missing("storage", 'se"cret'), until=TODAY)
    assert text_of(baseline).partition("\n\n")[2] == (
        '[[known]]\ncode = "TD103"\ndrivers = ["storage"]\nsubject = ["se\\"cret"]\n'
        'reason = "known for years"\nowner = "storage-team"\nuntil = 2030-06-15\n'
    )


def test_the_file_is_sorted_whatever_the_order_of_entries() -> None:
    assert text_of(excused(NEW, KNOWN)) == text_of(excused(KNOWN, NEW))


def test_entries_know_their_lines() -> None:
    found = parse("b.toml", text_of(excused(KNOWN, NEW)).encode())
    lines = text_of(excused(KNOWN, NEW)).splitlines()
    for entry in found.entries:
        assert entry.origin
        assert entry.origin.line
        assert lines[entry.origin.line - 1] == "[[known]]"


def test_a_head_inside_of_a_string_misleads_nobody() -> None:
    text = f'schema = "{SCHEMA}"\n[[known]]\ncode = "TD103"\nreason = """\n[[known]]\n"""\n'
    (entry,) = parse("b.toml", text.encode()).entries
    assert entry.origin
    assert entry.origin.line is None


texts = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: bool(text.strip()))
names = st.lists(texts, max_size=4).map(lambda found: tuple(sorted(set(found))))
entries = st.builds(
    Entry,
    st.builds(Identity, texts, names, names, names),
    reason=texts,
    owner=st.just("") | texts,
    until=st.none() | st.dates(),
    graphs=names,
)


@given(st.lists(entries, unique_by=lambda entry: entry.key))
def test_what_is_written_is_what_is_read(found: list[Entry]) -> None:
    text = text_of(Baseline(tuple(found)))
    read = parse("b.toml", text.encode())
    assert {(item.key, item.reason, item.owner, item.until) for item in read.entries} == {
        (item.key, item.reason, item.owner, item.until) for item in found
    }
    assert text_of(read) == text


def test_a_graph_s_entries_excuse_nothing_in_another_graph() -> None:
    baseline = excused(KNOWN, graphs=("a.toml",))
    for graphs in ((), ("b.toml",), ("a.toml", "b.toml")):
        assert compare(baseline, (KNOWN,), TODAY, graphs=graphs).new == (KNOWN,)
    found = compare(baseline, (KNOWN,), TODAY, graphs=("a.toml",))
    assert (found.known, found.excused_by) == ((KNOWN,), baseline.entries)


def test_entries_are_stale_or_expired_only_in_their_own_graph() -> None:
    baseline = excused(KNOWN, until=TODAY - timedelta(days=1), graphs=("a.toml",))
    found = compare(baseline, (KNOWN,), TODAY, graphs=("b.toml",))
    assert (found.stale, found.expired) == ((), ())
    assert compare(baseline, (), TODAY, graphs=("b.toml",)).stale == ()
    assert compare(baseline, (), TODAY, graphs=("a.toml",)).stale == baseline.entries


def test_the_same_finding_of_two_graphs_has_two_entries() -> None:
    both = excused(KNOWN, graphs=("a.toml",)).plus((KNOWN,), "another", graphs=("b.toml",))
    assert [entry.graphs for entry in both.entries] == [("a.toml",), ("b.toml",)]
    assert parse("b.toml", text_of(both).encode()).of(("b.toml",))[0].reason == "another"


@pytest.mark.parametrize("schema", ["", 'schema = "tierdeps/baseline/0"\n', "schema = 1\n"])
def test_a_file_of_another_version_is_refused(schema: str) -> None:
    text = schema + '[[known]]\ncode = "TD101"\nedges = ["a -> b", "b -> a"]\nreason = "for years"\n'
    with pytest.raises(InputError, match="schema: expected 'tierdeps/baseline/1': another version of tierdeps wrote"):
        parse("b.toml", text.encode())


def test_a_file_without_entries_needs_no_schema() -> None:
    assert parse("b.toml", b"# nothing yet\n") == Baseline()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[known", "not valid TOML: "),
        (f"\n\na = {'1' * 5000}", "line 3: expected a number, got one with too many digits"),
        ("knwon = 1", "expected only tables [[known]], got the key 'knwon'"),
        ("known = 1", "known: expected a list of tables, each [[known]]"),
        ("known = ['a']", "entry 1: expected a table, [[known]]"),
        ("[[known]]\ncode = 'TD101'", "line 1, entry 1: the key 'reason' is missing; every entry needs it"),
        ("[[known]]\ncode = 'TD101'\nreason = ' '", "line 1, entry 1: expected a reason, got an empty one"),
        (
            "[[known]]\ncode = 'TD101'\nreasn = ''",
            "line 1, entry 1: unknown key 'reasn'; did you mean 'reason'?",
        ),
        ("[[known]]\ncode = 'TD101'\nreason = 5", "line 1, entry 1: reason: expected a string, got 5"),
        (
            "[[known]]\ncode = 'x'\nreason = 'y'\nedges = [1, 2]",
            "line 1, entry 1: edges: expected a list of strings, got [1, 2]",
        ),
        (
            "[[known]]\ncode = 'x'\nreason = 'y'\nuntil = 'soon'",
            "line 1, entry 1: until: expected a date such as 2030-12-31, got 'soon'",
        ),
        ("[[known]]\ncode = 'x'\nreason = 'y'\n" * 2, "line 4, entry 2: repeats entry 1; remove one of them"),
    ],
)
def test_what_is_wrong_with_a_file_is_reported_with_its_place(text: str, complaint: str) -> None:
    with pytest.raises(InputError) as raised:
        parse("b.toml", text.encode())
    assert str(raised.value).startswith(f"b.toml: {complaint}")


def test_all_that_is_wrong_is_reported_each_with_its_entry() -> None:
    text = "[[known]]\ncode = 1\nreasn = 'x'\n[[known]]\ncode = 'a'\nreason = ''\n"
    with pytest.raises(InputError) as raised:
        parse("b.toml", text.encode())
    assert raised.value.sentences == (
        "b.toml: line 1, entry 1: code: expected a string, got 1",
        "b.toml: line 1, entry 1: unknown key 'reasn'; did you mean 'reason'?",
        "b.toml: line 4, entry 2: expected a reason, got an empty one",
    )


def test_a_file_that_is_not_text_is_said_to_be_none() -> None:
    with pytest.raises(InputError, match="line 1: expected text in UTF-8, got the byte 0xff"):
        parse("b.toml", b"\xff")


def test_a_file_that_names_its_json_schema_for_editors_keeps_naming_it() -> None:
    text = '"$schema" = "./baseline.json"\n[[known]]\ncode = "x"\nreason = "y"\n'.replace(
        "[[", f"schema = '{SCHEMA}'\n[["
    )
    found = parse("b.toml", text.encode())
    assert found.json_schema == "./baseline.json"
    written = text_of(found)
    assert written.startswith('"$schema" = "./baseline.json"\n')
    assert text_of(parse("b.toml", written.encode())) == written
    assert "$schema" not in text_of(Baseline(found.entries))


def test_the_name_of_a_json_schema_is_text() -> None:
    with pytest.raises(InputError, match=r"^b\.toml: \$schema: expected the address of a JSON Schema, got 3$"):
        parse("b.toml", b'"$schema" = 3\n')


def test_each_of_many_entries_has_its_line() -> None:
    entry = f'[[known]]\ncode = "TD101"\nsubject = ["{{}}"]\nreason = "{"x" * 1000}"\n\n'
    text = f'schema = "{SCHEMA}"\n' + "".join(map(entry.format, range(2000)))
    entries = parse("b.toml", text.encode()).entries
    lines = text.splitlines()
    assert [item.origin.line for item in entries if item.origin] == [
        number for number, line in enumerate(lines, 1) if line == "[[known]]"
    ]
