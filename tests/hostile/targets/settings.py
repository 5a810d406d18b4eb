"""Settings files of all three names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.hostile.inputs import KEYS, documents, toml_texts
from tests.hostile.target import Target, demand_sentence
from tests.settings.test_file import CFG, IN_PYPROJECT, TOML
from tierdeps.errors import InputError
from tierdeps.model import Declarations
from tierdeps.settings.file import NAMES, parse

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = st.sampled_from(
    [
        *("disable", "choose", "facts", "only", "block", "strict", "drivers", "defaults", "select", "ignore"),
        *("severity", "hints", "baseline", "graphs", "dependencies", "driver", "requires", "after", "when", "reason"),
    ]
)
WORDS = KEYS | SETTINGS
HEADS = ("[[dependencies]]", "[facts]", "[drivers.a]", "[defaults]", "[severity]", "[choose]", "[hints]")
SECTIONS = (
    "[tierdeps]",
    "[tierdeps:facts]",
    "[tierdeps:drivers.a]",
    "[tierdeps:choose]",
    "[other]",
    "[tierdeps:x.y.z]",
)
ADDED = b"""disable = ["x"]
[[dependencies]]
driver = "b"
requires = "a"
when = "root"
[[dependencies]]
driver = "b"
after = ["a", "c:one"]
"""


def texts(name: str) -> st.SearchStrategy[bytes]:
    """Return inputs of a file of settings."""
    if name == "setup.cfg":
        return documents(toml_texts(WORDS, SECTIONS).map(lambda text: text.replace('"', "")), [CFG.encode()])
    if name == "pyproject.toml":
        heads = [head.replace("[", "[tool.tierdeps.", 1).replace(".[", ".", 1) for head in HEADS[1:]]
        more = ("[tool.tierdeps]", "[[tool.tierdeps.dependencies]]", "[tool]", "[[tool]]")
        return documents(toml_texts(WORDS, [*heads, *more]), [IN_PYPROJECT.encode()])
    return documents(toml_texts(WORDS, HEADS), [TOML.encode(), ADDED])


def read(name: str, data: bytes, folder: Path) -> None:
    """Read settings, wanted or not, and what they add to a graph."""
    for required in (False, True):
        try:
            found = parse(name, data, required=required)
        except InputError as error:
            demand_sentence(error)
        else:
            if found is not None:
                assert isinstance(found.over(Declarations()), Declarations)


SOUND = {"setup.cfg": (CFG.encode(),), "pyproject.toml": (IN_PYPROJECT.encode(),)}
TOKENS = (
    '"""',
    "[[",
    "]]",
    " = ",
    "\\ud800",
    "[tierdeps:",
    "[tool.tierdeps.",
    "%(a)s",
    "\n ",
    "1979-05-27",
    "0x",
    "+inf",
)


def of_name(name: str) -> Target:
    """Return the target of a file of settings."""
    return Target(
        f"settings-{name}",
        texts(name),
        partial(read, name),
        tokens=TOKENS,
        valid=SOUND.get(name, (TOML.encode(), ADDED)),
    )


TARGETS = tuple(map(of_name, NAMES))
