"""The page: one file that loads nothing, in which nothing of the data is markup."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from tests.page.documents import HOSTILE, checked, drawn, hostile
from tierdeps import Driver
from tierdeps._util.text import without_commands
from tierdeps.page import page_lines
from tierdeps.page.assemble import FILE_MODULES, LIVE_MODULES, asset, live_page, script

MODULE_NAMES = [f"{name}.js" for name in dict.fromkeys((*FILE_MODULES, *LIVE_MODULES))]


class Reader(HTMLParser):
    """Collects the elements and their texts as a browser would read them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if not self._inside:
            return
        tag, attributes = self.tags[-1]
        key = f"{tag}#{attributes.get('id') or attributes.get('type') or ''}"
        self.texts[key] = self.texts.get(key, "") + data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    return reader


def page(document: dict[str, object]) -> str:
    return "".join(f"{line}\n" for line in page_lines(document))  # type: ignore[arg-type]


def test_the_data_is_in_the_page_whatever_the_names() -> None:
    document = checked(hostile())
    found = read(page(document))
    assert json.loads(found.texts["script#data"]) == document
    assert {driver["name"] for driver in document["drivers"]} == set(HOSTILE)


def test_hostile_names_add_no_element() -> None:
    plain = [tag for tag, _ in read(page(drawn([Driver("a")]))).tags]
    assert [tag for tag, _ in read(page(checked(hostile()))).tags] == plain


def test_a_hostile_title_is_text() -> None:
    for name in HOSTILE:
        found = read(page({**drawn([Driver("a")]), "title": name}))
        assert [tag for tag, _ in found.tags].count("script") == 2


def test_the_policy_has_the_hashes_of_styles_and_script_and_forbids_the_rest() -> None:
    found = read(page(checked(hostile())))
    (policy,) = [attributes["content"] for _, attributes in found.tags if attributes.get("http-equiv")]
    for text in (found.texts["style#"], found.texts["script#module"]):
        assert f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in str(policy)
    rest = re.sub(r"'sha256-[^']+'", "HASH", str(policy))
    assert rest == "default-src 'none'; script-src HASH; style-src HASH; base-uri 'none'; form-action 'none'"


def test_a_code_host_finds_no_command_and_the_hashes_stay_right() -> None:
    text = page(drawn([Driver("a")]))
    assert without_commands(text) == text
    document = checked(hostile())
    assert json.loads(read(without_commands(page(document))).texts["script#data"]) == document


def test_it_is_ascii_and_small() -> None:
    text = page(drawn([]))
    assert text.isascii()
    assert len(text) < 300_000


@pytest.mark.parametrize("name", MODULE_NAMES)
def test_a_module_is_short_and_imports_only_what_is_before_it(name: str) -> None:
    text = asset(name)
    assert text.count("\n") < 300
    assert text.startswith("// ")
    imported = re.findall(r'^import \{[^}]*\} from "\./([\w.]+)";$', text, re.MULTILINE)
    assert text.count("import ") == len(imported)
    assert set(imported) <= set(MODULE_NAMES[: MODULE_NAMES.index(name)])


def test_every_name_that_is_imported_is_exported() -> None:
    for name in MODULE_NAMES:
        for names, module in re.findall(r'^import \{([^}]*)\} from "\./([\w.]+)";$', asset(name), re.MULTILINE):
            exported = re.findall(r"^export (?:async )?(?:function|const|class) (\w+)", asset(module), re.MULTILINE)
            assert {one.strip() for one in names.split(",")} <= set(exported), (name, module)


@pytest.mark.parametrize("modules", [FILE_MODULES, LIVE_MODULES])
def test_no_two_modules_have_the_same_name_at_the_top(modules: tuple[str, ...]) -> None:
    names = re.findall(r"^(?:async )?(?:function|const|let|class) (\w+)", script(modules), re.MULTILINE)
    assert len(set(names)) == len(names)


FORBIDDEN = ("innerHTML", "outerHTML", "insertAdjacent", "eval(", "fetch(", "localStorage", "cookie")


@pytest.mark.parametrize("forbidden", FORBIDDEN)
def test_no_module_makes_markup_or_keeps_state(forbidden: str) -> None:
    assert forbidden not in script()
    if forbidden != "fetch(":
        assert forbidden not in script(LIVE_MODULES)


def test_only_the_page_of_a_server_may_send_requests_and_only_to_it() -> None:
    found = read(live_page())
    (policy,) = [attributes["content"] for _, attributes in found.tags if attributes.get("http-equiv")]
    assert str(policy).endswith("; base-uri 'none'; form-action 'none'; connect-src 'self'")
    assert b64encode(sha256(found.texts["script#module"].encode()).digest()).decode() in str(policy)
    assert script(LIVE_MODULES).count("fetch(") == 1
    assert found.texts["script#data"] == "null"
