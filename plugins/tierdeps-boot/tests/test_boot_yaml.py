"""YAML as nodes: the same with the parser in C and with the one in Python."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import tierdeps_boot._yaml
from tierdeps_boot._problems import Problems

if TYPE_CHECKING:
    from types import ModuleType

TEXTS = [
    "a: &x {b: [1, 'two', \"three\"], c: !reset null}\nd: *x\n",
    "a: |\n  text\n  more\nb: >-\n  folded\n",
    "--- 1\n--- {a: 2}\n",
    "",
    "a: [",
    "a: *unknown",
    "a: &x 1\nb: &x 2\n",
    "a: \x07",
    "[" * 3000,
]


@pytest.fixture
def in_python(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load the module where PyYAML has no parser in C."""
    monkeypatch.setitem(sys.modules, "yaml.cyaml", None)
    spec = spec_from_file_location("without_c", tierdeps_boot._yaml.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def plain(node: yaml.Node) -> Any:
    """Return what a node says, and on which line."""
    line = tierdeps_boot._yaml.line_of(node)
    if isinstance(node, yaml.MappingNode):
        return node.tag, line, [(plain(key), plain(value)) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return node.tag, line, [plain(item) for item in node.value]
    return node.tag, line, node.value


@pytest.mark.parametrize("text", TEXTS)
def test_both_parsers_say_the_same(text: str, in_python: ModuleType) -> None:
    ours, theirs = Problems(), Problems()
    one = tierdeps_boot._yaml.documents(text, "x", ours)
    other = in_python.documents(text, "x", theirs)
    assert [plain(root) for root in one] == [plain(root) for root in other]
    assert [item.place.file for item in ours.found] == [item.place.file for item in theirs.found]
    assert {item.message.split(":")[0] for item in ours.found} == {item.message.split(":")[0] for item in theirs.found}
