"""Dependencies in the settings are checked as those of graph files are, and know their lines."""

from __future__ import annotations

import pytest

from tierdeps.errors import InputError
from tierdeps.model import Addition, Declarations, Dependency, Driver, Kind, OnSkipped, Origin, requires, wants
from tierdeps.settings import Settings
from tierdeps.settings.file import parse

ENTRY = '[[dependencies]]\ndriver = "a"\n'
ALL_TERMS = (
    ENTRY + 'requires = "b:open"\nphase = "run"\nwhen = "hot"\nreason = "why"\noptional = true\nskipped = "block"\n'
)


def read(text: str, name: str = "tierdeps.toml") -> tuple[Addition, ...]:
    found = parse(name, text.encode())
    assert found is not None
    return found.dependencies


def origins(found: tuple[Addition, ...]) -> list[str]:
    return [str(item.dependency.origin) for item in found]


@pytest.mark.parametrize("kind", list(Kind))
def test_each_verb_makes_a_dependency_of_its_kind(kind: Kind) -> None:
    assert read(f'{ENTRY}{kind} = "b"\n') == (Addition("a", Dependency(kind, "b")),)


def test_an_entry_says_all_that_a_graph_file_can_say() -> None:
    expected = Dependency(
        Kind.REQUIRES, "b:open", "run", "hot", "why", Origin(), optional=True, skipped=OnSkipped.BLOCK
    )
    assert read(ALL_TERMS) == (Addition("a", expected),)


def test_an_entry_may_be_a_quorum() -> None:
    assert read(f'{ENTRY}requires = "mon@*"\natleast = 2\n') == (Addition("a", requires("mon@*", atleast=2)),)


def test_a_list_of_targets_makes_a_dependency_of_each() -> None:
    found = read(ENTRY + 'wants = ["b", "c"]\nreason = "both"\n')
    assert found == (Addition("a", wants("b", reason="both")), Addition("a", wants("c", reason="both")))


def test_the_origin_is_the_line_and_the_entry() -> None:
    text = f'strict = true\n\n{ENTRY}requires = "b"\n{ENTRY}wants = [\n  "b",\n  "c",\n]\n'
    assert origins(read(text)) == [
        "tierdeps.toml:3, dependencies[0]",
        "tierdeps.toml:9, dependencies[1].wants[0]",
        "tierdeps.toml:10, dependencies[1].wants[1]",
    ]


def test_inline_tables_have_lines_too() -> None:
    text = 'dependencies = [\n  { driver = "a", requires = "b" },\n  { driver = "b", wants = "c" },\n]\n'
    assert origins(read(text)) == ["tierdeps.toml:2, dependencies[0]", "tierdeps.toml:3, dependencies[1]"]


def test_in_pyproject_they_stand_below_the_table_of_the_tool() -> None:
    text = '[project]\nname = "x"\n[[tool.tierdeps.dependencies]]\r\ndriver = "a"\r\nrequires = "b"\r\n'
    assert origins(read(text, "pyproject.toml")) == ["pyproject.toml:3, tool.tierdeps.dependencies[0]"]


def test_an_empty_list_adds_nothing() -> None:
    assert read("dependencies = []") == ()


VERBS = "expected one of requires, wants, after, before, conflicts, pulls, required_by, wanted_by"
LIST = "expected a list of tables, each with the key in double brackets above it"
KEYS = (
    "requires, wants, after, before, conflicts, pulls, required_by, wanted_by, phase, when, reason, optional, skipped,"
    " failed, on_restart, on_loss, atleast"
)
MISTAKES = [
    (ENTRY, f"line 1, dependencies[0]: {VERBS}, got none of them"),
    (
        ENTRY + 'requires = "b"\nbefore = "c"',
        f"line 1, dependencies[0]: {VERBS}, got requires and before; write an entry for each",
    ),
    (
        ENTRY + 'require = "b"',
        "line 3, dependencies[0].require: unknown key 'require'; did you mean 'requires'?",
    ),
    (
        ENTRY + 'after = "b"\nreson = "x"',
        "line 4, dependencies[0].reson: unknown key 'reson'; did you mean 'reason'?",
    ),
    (
        ENTRY + 'on = "b"',
        f"line 3, dependencies[0].on: unknown key 'on'; expected one of driver, {KEYS}",
    ),
    ('[[dependencies]]\nafter = "b"', "line 1, dependencies[0]: expected the key 'driver': the name of a driver"),
    (
        '[[dependencies]]\ndriver = ["a"]\nafter = "b"',
        "line 2, dependencies[0].driver: expected the name of a driver, got a list",
    ),
    (
        '[[dependencies]]\ndriver = ""\nafter = "b"',
        "line 2, dependencies[0].driver: expected the name of a driver, got an empty string",
    ),
    (ENTRY + "after = 3", "line 3, dependencies[0].after: expected a name or a list of names, got the number 3"),
    (ENTRY + "after = []", "line 3, dependencies[0].after: expected a name or a list of names, got an empty list"),
    (ENTRY + "after = ''", "line 3, dependencies[0].after: expected a name or a list of names, got an empty string"),
    (ENTRY + "after = {}", "line 3, dependencies[0].after: expected a name or a list of names, got a table"),
    (ENTRY + "after = [\n'b',\n3]", "line 5, dependencies[0].after[1]: expected a name, got the number 3"),
    (ENTRY + "after = ['b', ' ']", "line 3, dependencies[0].after[1]: expected a name, got the string ' '"),
    (ENTRY + "after = ' '", "line 1, dependencies[0]: expected a name, got the string ' '"),
    (
        ENTRY + "after = 'b'\nskipped = 'block'",
        "line 4, dependencies[0].skipped: expected this key in requires alone, got the string 'block'",
    ),
    (
        ENTRY + "requires = 'b'\nskipped = 'blok'",
        'line 4, dependencies[0].skipped: expected "pass" or "block", got the string \'blok\'',
    ),
    (
        ENTRY + "requires = 'b'\noptional = 'yes'",
        "line 4, dependencies[0].optional: expected true or false, got the string 'yes'",
    ),
    (
        ENTRY + "requires = 'b'\nphase = 1",
        "line 4, dependencies[0].phase: expected the name of a phase, got the number 1",
    ),
    (ENTRY + "requires = 'b'\nphase = ' '", "line 4, dependencies[0].phase: expected a name, got the string ' '"),
    (ENTRY + "requires = 'b'\nwhen = false", "line 4, dependencies[0].when: expected the name of a fact, got false"),
    (ENTRY + "requires = 'b'\nreason = 1", "line 4, dependencies[0].reason: expected text, got the number 1"),
    ("[dependencies]\ndriver = 'a'\nafter = 'b'", f"line 1, dependencies: {LIST}, got a table"),
    ("dependencies = 'a'", f"line 1, dependencies: {LIST}, got the string 'a'"),
    (
        "dependencies = ['a']",
        'line 1, dependencies[0]: expected a table such as { driver = "a", after = "b" }, got the string \'a\'',
    ),
    ("dependancies = []", "line 1, dependancies: unknown setting; did you mean 'dependencies'?"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_a_mistake_is_one_sentence_with_its_line(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text)
    assert str(caught.value) == f"tierdeps.toml: {message}"
    assert caught.value.exit_code == 2


def test_a_mistake_in_pyproject_names_the_whole_key() -> None:
    text = "[project]\n[[tool.tierdeps.dependencies]]\ndriver = 'a'\nafter = 3\n"
    with pytest.raises(
        InputError, match=r"^pyproject.toml: line 4, tool\.tierdeps\.dependencies\[0\]\.after: expected a"
    ):
        read(text, "pyproject.toml")


@pytest.mark.parametrize(
    "text",
    [
        "[tierdeps]\nstrict = yes\n[tierdeps:dependencies]\ndriver = a\nafter = b\n",
        "[tierdeps]\n\ndependencies = a\n",
        "\n\n[tierdeps:dependencies.a]\nafter = b\n",
    ],
)
def test_sections_refuse_them_and_name_the_other_files(text: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text, "setup.cfg")
    assert str(caught.value) == (
        "setup.cfg: line 3: dependencies can only be in tierdeps.toml, or in [[tool.tierdeps.dependencies]] of"
        " pyproject.toml: sections cannot hold a list of tables"
    )


def test_they_are_added_behind_what_a_driver_declares() -> None:
    settings = Settings(dependencies=(Addition("a", wants("c")), Addition("a", wants("d"))))
    drivers = settings.over(Declarations((Driver("a", dependencies=(requires("b"),)), Driver("b")))).drivers
    assert [driver.dependencies for driver in drivers] == [(requires("b"), wants("c"), wants("d")), ()]


def test_what_is_added_to_nobody_is_kept_as_a_statement() -> None:
    found = Settings(dependencies=(Addition("x", wants("a")),)).over(Declarations((Driver("a"),)))
    assert found.drivers == (Driver("a"),)
    assert [(str(item.topic), item.name) for item in found.statements] == [("dependencies", "x")]
