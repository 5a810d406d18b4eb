"""The question before a driver is stopped or restarted."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from tierdeps.ui.texts import paragraph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult


class Confirm(ModalScreen[bool]):
    """Asks, with the lines that say what would be done; only ``y`` confirms."""

    DEFAULT_CSS: ClassVar[str] = """
    Confirm { align: center middle; }
    Confirm VerticalScroll {
        width: 60; max-width: 100%; height: auto; max-height: 80%; border: round $warning; background: $surface;
        padding: 0 1;
    }
    Confirm Static { height: auto; }
    """
    BINDINGS: ClassVar = [("y", "answer(True)", "Yes"), ("n,escape,q", "answer(False)", "No")]

    def __init__(self, question: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._lines = (f"{question} (y: yes, n: no)", "", *lines)

    def compose(self) -> ComposeResult:
        """Yield the question."""
        with VerticalScroll():
            yield Static(paragraph(self._lines))

    def action_answer(self, confirmed: bool) -> None:
        """Close the question."""
        self.dismiss(confirmed)
