"""The files of a new plugin distribution, made from those in ``template``."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from keyword import iskeyword
from string import Template
from sys import stdlib_module_names
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.errors import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

#: Valid names of distributions (PyPA, "Names and normalization").
NAME = re.compile(r"[A-Z0-9]([A-Z0-9._-]*[A-Z0-9])?", re.IGNORECASE)
#: Names that would hide packages that the new distribution itself uses.
RESERVED_NAMES = frozenset({"tierdeps", "tests", "pytest", "setuptools"})

#: The hook that declares a tier; tiers of the same name are merged, so another plugin may declare it too.
TIERS = '''
@hookimpl
def tierdeps_tiers() -> tuple[Tier, ...]:
    """Declare the tier; after= and before= put it among others."""
    return (Tier(TIER),)

'''


class PluginTemplate(Value):
    """The names that a new distribution is made with.

    Raises DeclarationError where the distribution's name is none that a package index would take and Python can import,
    or where another name is not one line of text.
    """

    distribution: str
    driver: str
    tier: str = ""
    author: str = ""

    def __post_init__(self) -> None:
        what = "the name of a distribution"
        if not NAME.fullmatch(self.distribution) or not self.distribution.isascii():
            raise DeclarationError(what, "letters, digits, '-', '_' and '.'", self.distribution)
        if self.package[0].isdigit() or iskeyword(self.package):
            raise DeclarationError(what, "what Python can import as well", self.distribution)
        if self.package in RESERVED_NAMES | stdlib_module_names:
            raise DeclarationError(what, "one that is not taken", self.distribution)
        if not self.driver.strip():
            raise DeclarationError("the name of a driver", "a name", self.driver)
        for what, text in (("a driver", self.driver), ("a tier", self.tier), ("an author", self.author)):
            if not text.isprintable():
                raise DeclarationError(f"the name of {what}", "one line of text", text)

    @property
    def package(self) -> str:
        """The name to import."""
        return re.sub(r"[-.]+", "_", self.distribution).lower()

    @property
    def words(self) -> dict[str, str]:
        """The placeholders of the templates, with their values."""
        parts = re.sub(r"\W+", "_", self.driver, flags=re.ASCII).split("_")
        name = "".join(part.capitalize() for part in parts if part)
        first, second = (_quoted(f"{self.driver}:{phase}") for phase in ("initialize", "autostart"))
        return {
            "distribution": self.distribution,
            "package": self.package,
            "driver": _quoted(self.driver),
            "name": self.driver.replace("\\", "/").replace("`", "'").replace('"', "'"),
            "lifecycle": f"{'' if name[:1].isalpha() else 'Driver'}{name}Lifecycle",
            "imports": "Driver, Tier, hookimpl" if self.tier else "Driver, hookimpl",
            "tiers": TIERS.replace("TIER", _quoted(self.tier)) if self.tier else "",
            "tier": f"\n    tier={_quoted(self.tier)}," if self.tier else "",
            "steps": f"{first}, {second}",
            "second": second,
            "author": self.author or "Its author",
            "rule": "=" * len(self.distribution),
        }


def _quoted(text: str) -> str:
    """Return text as a Python literal in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def render(template: PluginTemplate) -> Iterator[tuple[str, str]]:
    """Yield each file of the new distribution: its path, and its text."""
    root = files(__name__) / "template"
    for path, file in _walk(root):
        text = Template(file.read_text(encoding="utf-8")).substitute(template.words)
        named = path.removesuffix(".in").replace("PACKAGE", template.package)
        yield (".gitignore" if named == "gitignore" else named), text


def _walk(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, f"{path}/")
        elif entry.name.endswith(".in"):
            yield path, entry
