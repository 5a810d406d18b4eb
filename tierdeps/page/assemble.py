"""A page is assembled: the template, the styles, the modules as one script, and the data as JSON.

The policy of the page names the hashes of the styles and of the script, and forbids everything else, so nothing in the
data can run or load anything. The data is no script for a browser: it is read as text.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from tierdeps._util.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.words.documents import Json

#: The modules in the order of their imports: each one uses only those before it.
MODULES = (
    *(
        "text",
        "model",
        "order",
        "address",
        "select",
        "bands",
        "edges",
        "driver",
        "findings",
        "search",
        "clock",
        "chart",
        "legend",
        "controls",
    ),
    "show",
)
#: The last modules of a page that is a file, and of one that ``tierdeps serve`` serves.
FILE_MODULES = (*MODULES, "main")
LIVE_MODULES = (*MODULES, "connection", "now", "live")
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
#: What would end the element that holds the data, or begin a comment in it.
_MARKUP = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


@cache
def asset(name: str) -> str:
    """Return a file of the page."""
    return (files("tierdeps.page") / "assets" / name).read_text(encoding="ascii")


@cache
def colours() -> dict[str, str]:
    """Return the light colours of the page, by their names in page.css."""
    light = asset("page.css").partition("@media")[0]
    return dict(re.findall(r"--([\w-]+): (#\w+);", light))


@cache
def measures() -> dict[str, float]:
    """Return the numbers of the layout, in pixels, by their names in page.css."""
    light = asset("page.css").partition("@media")[0]
    return {name: float(number) for name, number in re.findall(r"--([\w-]+): (\d+)(?:px)?;", light)}


@cache
def script(modules: tuple[str, ...] = FILE_MODULES) -> str:
    """Return all modules as one script, without the lines that import and export."""
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", asset(f"{name}.js"))) for name in modules)


def data_text(document: Json) -> str:
    """Return a document as JSON on one line, in ASCII, in which nothing is markup."""
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":"))
    return re.sub("[<>&]", lambda found: _MARKUP[found[0]], text)


def page_lines(document: dict[str, Json]) -> Iterator[str]:
    """Yield the lines of the page that shows a document."""
    code = script()
    yield from _page(str(document["title"]), policy_of(code), code, data_text(document)).splitlines()


@cache
def live_page() -> str:
    """Return the page that receives its data from the server that serves it."""
    code = script(LIVE_MODULES)
    return _page("tierdeps", live_policy(), code, "null")


def live_policy() -> str:
    """Return the policy of that page, which may also send requests to its server."""
    return f"{policy_of(script(LIVE_MODULES))}; connect-src 'self'"


def policy_of(code: str) -> str:
    """Return the Content-Security-Policy: our styles and our script, and nothing else."""
    return (
        f"default-src 'none'; script-src {_hash(code)}; style-src {_hash(asset('page.css'))};"
        " base-uri 'none'; form-action 'none'"
    )


def _page(title: str, policy: str, code: str, data: str) -> str:
    parts = {
        "policy": policy,
        "title": _ascii(escape(printable(title))),
        "styles": asset("page.css"),
        "script": code,
        "data": data,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], asset("page.html"))


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _ascii(text: str) -> str:
    return text.encode("ascii", "xmlcharrefreplace").decode()
