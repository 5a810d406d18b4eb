"""What a command is to work on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.model import Statement


class GraphRequest(Value, dict=True):
    """The GRAPHs that a command is to work on (none: the installed plugins), and the facts that are assumed.

    ``given`` are those of the command line; if it names none, ``graphs`` are those of the settings. ``targets`` replace
    those of the graph.
    """

    graphs: tuple[str, ...] = ()
    assumed: Mapping[str, bool] = field(default_factory=dict)
    allow_empty: bool = False
    given: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        """The assumed facts, with their options on the command line as origin."""
        from tierdeps.model import Origin, Statement, Topic

        return tuple(
            Statement(Topic.ASSUME, name, Origin(key=f"--assume {name}={'yes' if holds else 'no'}"))
            for name, holds in self.assumed.items()
        )
