"""Settings are values, and files of three kinds say the same."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.errors import InputError
from tierdeps.settings import Settings
from tierdeps.settings.file import NAMES, parse
from tierdeps.settings.schema import Document

TOML = """
disable = ["uml", "xen"]
block = ["acme"]
strict = true
[choose]
secret-lookup = "config"
[facts]
"pool.auth" = true
"pool.rbd" = false
[drivers.qemu]
uri = "qemu:///system"
[defaults]
uri = "test:///default"
"""
IN_PYPROJECT = TOML.replace("\n[", "\n[tool.tierdeps.").replace("\ndisable", "\n[tool.tierdeps]\ndisable")
CFG = """
[metadata]
name = tierdeps
[tierdeps]
disable =
    uml
    xen
block = acme
strict = yes
[tierdeps:choose]
secret-lookup = config
[tierdeps:facts]
pool.auth = on
pool.rbd = no
[tierdeps:drivers.qemu]
uri = qemu:///system
[tierdeps:defaults]
uri = test:///default
"""


def expected(source: str) -> Settings:
    return Settings(
        source=source,
        disable=("uml", "xen"),
        choose={"secret-lookup": "config"},
        facts={"pool.auth": True, "pool.rbd": False},
        block=("acme",),
        strict=True,
        drivers={"qemu": {"uri": "qemu:///system"}},
        defaults={"uri": "test:///default"},
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tierdeps.toml", TOML),
        ("ci/mine.toml", TOML),
        ("pyproject.toml", IN_PYPROJECT),
        ("setup.cfg", CFG),
        ("a.ini", CFG),
    ],
)
def test_files_of_three_kinds_say_the_same(name: str, text: str) -> None:
    assert parse(name, text.encode()) == expected(name)


def test_a_driver_says_otherwise_than_the_defaults() -> None:
    settings = Settings(drivers={"qemu": {"uri": "a"}, "lxc": {"guests": "leave"}}, defaults={"uri": "b"})
    assert dict(settings.of("qemu")) == {"uri": "a"}
    assert dict(settings.of("lxc")) == {"uri": "b", "guests": "leave"}
    assert dict(settings.of("network")) == {"uri": "b"}
    assert dict(Settings().of("qemu")) == {}


@pytest.mark.parametrize("host", ["kvm1", None])
def test_texts_have_the_host_of_the_driver(host: str | None) -> None:
    uri = "qemu+tls://{host}/system"
    settings = Settings(defaults={"uri": uri, "jobs": 2, "hosts": ["{host}"]}, drivers={"qemu": {"user": "{host}-{x}"}})
    filled = {"uri": uri.replace("{host}", host or "{host}"), "jobs": 2, "hosts": ["{host}"]}
    assert dict(settings.of("lxc", host)) == filled
    assert dict(settings.of("qemu", host)) == {**filled, "user": f"{host or '{host}'}-{{x}}"}
    assert Settings(defaults={"jobs": 2}).of("qemu", host) == {"jobs": 2}


def test_an_empty_file_settles_nothing() -> None:
    assert parse("tierdeps.toml", b"") == Settings(source="tierdeps.toml")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[project]\nname = 'x'"),
        ("pyproject.toml", "[project]\nname = 'tierdeps'"),
        ("pyproject.toml", "tool = 'tierdeps'"),
        ("pyproject.toml", "broken, but no business of ours"),
        ("setup.cfg", "[metadata]\nname = tierdeps"),
        ("setup.cfg", "broken, but no business of ours"),
    ],
)
def test_passes_over_a_file_of_other_tools(name: str, text: str) -> None:
    assert parse(name, text.encode()) is None


@pytest.mark.parametrize(("name", "table"), [("sub/pyproject.toml", "[tool.tierdeps]"), ("setup.cfg", "[tierdeps]")])
def test_misses_its_table_in_a_file_that_was_asked_for(name: str, table: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(name, b"", required=True)
    assert str(caught.value) == f"{name}: it has no table {table}"


def test_names_of_facts_and_drivers_keep_their_case() -> None:
    found = parse("setup.cfg", b"[tierdeps:choose]\nsecret:///System = Config\n")
    assert found is not None
    assert found.choose == {"secret:///System": "Config"}


MISTAKES = [
    ("tierdeps.toml", "dsable = []", "line 1, dsable: unknown setting; did you mean 'disable'?"),
    ("tierdeps.toml", "disable = 'uml'", "line 1, disable: expected a list of names, got 'uml'"),
    ("tierdeps.toml", "disable = ['uml', 3]", "line 1, disable: item 2: expected a name, got 3"),
    ("tierdeps.toml", "disable = ['']", "line 1, disable: item 1: expected a name, got ''"),
    ("tierdeps.toml", "only = [['uml']]", "line 1, only: item 1: expected a name, got a list"),
    ("tierdeps.toml", "choose = ['a']", "line 1, choose: expected a table, got a list"),
    ("tierdeps.toml", "strict = 1", "line 1, strict: expected true or false, got 1"),
    ("tierdeps.toml", "[facts]\n'pool.auth' = 'yes'", "line 2, facts.'pool.auth': expected true or false, got 'yes'"),
    ("tierdeps.toml", "[facts]\n'' = true", "line 1, facts: expected a name, got ''"),
    ("tierdeps.toml", "[drivers]\nqemu = 1", "line 2, drivers.qemu: expected a table, got 1"),
    ("tierdeps.toml", "disable = [", "end of document: not valid TOML: Invalid value"),
    ("tierdeps.toml", "a = 1\nb", "end of document: not valid TOML: Expected '=' after a key in a key/value pair"),
    ("tierdeps.toml", "a = 1\nb c", "line 2, column 3: not valid TOML: Expected '=' after a key in a key/value pair"),
    *(
        (name, f"{head}\na = -{'1' * 5000}", "line 2: expected a number, got one with too many digits")
        for name, head in (("tierdeps.toml", "[facts]"), ("pyproject.toml", "[tool.tierdeps.facts]"))
    ),
    (
        "tierdeps.toml",
        f"strict = 0x{'f' * 5000}",
        "line 1, strict: expected true or false, got a number with too many digits",
    ),
    (
        "setup.cfg",
        f"[tierdeps:facts]\na = {'1' * 5000}",
        f"line 2, [tierdeps:facts] a: expected true or false, got '{'1' * 99}...",
    ),
    ("setup.cfg", f"[tierdeps]\n{'x' * 5000}", f"line 2: expected key = value, got '{'x' * 99}..."),
    ("setup.cfg", f"{'t' * 5000} = tierdeps", f"line 1: expected [section], got '{'t' * 99}..."),
    ("tierdeps.toml", f"a = {'[' * 5000}", "its values are nested too deeply"),
    ("tierdeps.toml", "[severity]\nTD203 = 'of'", "line 2, severity.TD203: expected error, warning, off, got 'of'"),
    ("tierdeps.toml", "[severity]\nTD203 = 0", "line 2, severity.TD203: expected error, warning, off, got 0"),
    ("pyproject.toml", "[tool.tierdeps]\nstrict = 1", "line 2, tool.tierdeps.strict: expected true or false, got 1"),
    ("pyproject.toml", "[tool]\ntierdeps = 1", "tool.tierdeps: expected a table"),
    ("setup.cfg", "[tierdeps]\nstrict = maybe", "line 2, [tierdeps] strict: expected true or false, got 'maybe'"),
    ("setup.cfg", "[tierdeps:facts]\na.b = 3", "line 2, [tierdeps:facts] a.b: expected true or false, got '3'"),
    ("setup.cfg", "[tierdeps:fact]\na = 3", "line 1, [tierdeps] fact: unknown setting; did you mean 'facts'?"),
    ("setup.cfg", "[tierdeps]\nfacts = a", "line 2, [tierdeps] facts: expected a table, got 'a'"),
    ("setup.cfg", "[tierdeps]\nfacts = a\n[tierdeps:facts]", "[tierdeps] facts: it is a table, [tierdeps:facts]"),
    ("setup.cfg", "[tierdeps:drivers]\nqemu = a", "line 2, [tierdeps:drivers] qemu: expected a table, got 'a'"),
    ("setup.cfg", "[tierdeps]\na = 1\na = 2", "line 3, [tierdeps]: a is there twice"),
    ("setup.cfg", "[tierdeps]\n[tierdeps]", "line 2: [tierdeps] appears twice"),
    ("setup.cfg", "tierdeps", "line 1: expected [section], got 'tierdeps'"),
    ("setup.cfg", "[tierdeps]\nonly", "line 2: expected key = value, got 'only'"),
]


@pytest.mark.parametrize(("name", "text", "message"), MISTAKES)
def test_a_mistake_is_reported_with_its_place_and_what_was_expected(name: str, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(name, text.encode())
    assert str(caught.value) == f"{name}: {message}"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "text", "messages"),
    [
        (
            "pyproject.toml",
            "[tool.tierdeps]\nstrct = true\nonly = ['', 1]\n[tool.tierdeps.facts]\na = 1\nb = true\nc = 'x'\n",
            [
                "line 2, tool.tierdeps.strct: unknown setting; did you mean 'strict'?",
                "line 3, tool.tierdeps.only: item 1: expected a name, got ''",
                "line 3, tool.tierdeps.only: item 2: expected a name, got 1",
                "line 5, tool.tierdeps.facts.a: expected true or false, got 1",
                "line 7, tool.tierdeps.facts.c: expected true or false, got 'x'",
            ],
        ),
        (
            "setup.cfg",
            "[other]\nstrict = 3\n[tierdeps:facts]\n a = x\n[tierdeps]\nstrict = 2\n",
            [
                "line 6, [tierdeps] strict: expected true or false, got '2'",
                "line 3, [tierdeps:facts] a: expected true or false, got 'x'",
            ],
        ),
        (
            "tierdeps.toml",
            "severity.TD101 = 'of'\nchoose = { a = 1, 'b.c' = [] }\n",
            [
                "line 1, severity.TD101: expected error, warning, off, got 'of'",
                "line 2, choose.a: expected a name, got 1",
                "line 2, choose.'b.c': expected a name, got a list",
            ],
        ),
    ],
)
def test_all_mistakes_are_reported_each_with_its_line(name: str, text: str, messages: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        parse(name, text.encode())
    assert caught.value.sentences == tuple(f"{name}: {message}" for message in messages)


def test_lists_the_settings_where_none_is_near() -> None:
    with pytest.raises(InputError, match="unknown setting; expected one of baseline, block, choose"):
        parse("tierdeps.toml", b"zzz = 1")


def test_every_setting_can_be_read_from_a_file() -> None:
    settable = set(Settings.__struct_fields__) - {"source"}
    assert settable | {"$schema"} == {field.encode_name for field in msgspec.structs.fields(Document)}


@pytest.mark.parametrize(("name", "head"), [("tierdeps.toml", ""), ("pyproject.toml", "[tool.tierdeps]\n")])
def test_a_file_may_name_its_schema_for_editors(name: str, head: str) -> None:
    assert parse(name, f'{head}"$schema" = "settings.json"\n'.encode()) == Settings(source=name)


def test_says_on_which_line_a_file_is_no_text() -> None:
    with pytest.raises(InputError) as caught:
        parse("tierdeps.toml", b"strict = true\n# \xff")
    assert str(caught.value) == "tierdeps.toml: line 2: expected text in UTF-8, got the byte 0xff"


def test_a_number_beyond_all_bounds_is_a_mistake_like_any_other() -> None:
    with pytest.raises(InputError, match=r"^tierdeps\.toml: line 1: expected a number, got one with too many digits"):
        parse("tierdeps.toml", b"a = " + b"1" * 5000)


@given(
    st.sampled_from([*NAMES, "other.toml"]), st.binary() | st.text().map(lambda text: f"[tierdeps]\n{text}".encode())
)
def test_any_bytes_are_settings_or_a_mistake(name: str, data: bytes) -> None:
    try:
        found = parse(name, data)
    except InputError as error:
        source = error.source
    else:
        source = found.source if found else name
    assert source == name


NAME = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True)


@given(st.lists(NAME, unique=True), st.dictionaries(NAME, NAME), st.dictionaries(NAME, st.booleans()))
def test_setup_cfg_and_toml_mean_the_same(disable: list[str], choose: dict[str, str], facts: dict[str, bool]) -> None:
    cfg = [
        "[tierdeps]",
        f"disable = {', '.join(disable)}",
        "[tierdeps:choose]",
        *(f"{a} = {b}" for a, b in choose.items()),
    ]
    cfg += ["[tierdeps:facts]", *(f"{name} = {'yes' if holds else 'no'}" for name, holds in facts.items())]
    toml = [f"disable = {disable}", "[choose]", *(f"{a} = {b!r}" for a, b in choose.items())]
    toml += ["[facts]", *(f"{name} = {str(holds).lower()}" for name, holds in facts.items())]
    one, other = parse("a.cfg", "\n".join(cfg).encode()), parse("a.toml", "\n".join(toml).encode())
    assert one is not None
    assert other is not None
    assert (one.disable, one.choose, one.facts) == (other.disable, other.choose, other.facts)
    assert (one.disable, one.choose, one.facts) == (tuple(disable), choose, facts)


def test_settings_cannot_be_changed() -> None:
    facts = {"a": True}
    settings = Settings(facts=facts)
    facts["a"] = False
    assert settings.facts == {"a": True}
    with pytest.raises(TypeError):
        settings.facts["a"] = False  # type: ignore[index]
    with pytest.raises(AttributeError):
        settings.strict = True  # type: ignore[misc]


def test_a_driver_without_a_table_of_its_own_has_no_settings() -> None:
    settings = Settings(drivers={"qemu": {"uri": "qemu:///system"}})
    assert settings.of("qemu") == {"uri": "qemu:///system"}
    assert settings.of("lxc") == {}
