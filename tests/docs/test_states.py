"""The picture of a driver's states is the same wherever it is drawn."""

from __future__ import annotations

from inspect import cleandoc
from textwrap import dedent

from tests.docs.conftest import ROOT
from tierdeps.model import State


def drawing(text: str, after: str) -> list[str]:
    """Take the indented block after a line."""
    lines = text[text.index(after) + len(after) :].lstrip("\n").splitlines()
    end = next(number for number, line in enumerate(lines) if line and not line.startswith(" "))
    return dedent("\n".join(lines[:end])).strip().splitlines()


def test_the_page_draws_the_states_as_the_program_does() -> None:
    page = (ROOT / "docs/explanation/running.rst").read_text()
    ours = drawing(cleandoc(State.__doc__ or ""), "::\n")
    assert len(ours) > 5
    assert drawing(page, ".. code-block:: text\n") == ours


def test_every_state_is_in_the_picture() -> None:
    assert all(str(state) in (State.__doc__ or "") for state in State)
