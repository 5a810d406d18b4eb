"""What the shell offers for the word being typed; nothing if an error keeps it from being found."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click
    from click.shell_completion import CompletionItem

    from tierdeps.cli._session import Session

    Offer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

#: The document whose formats ``--format`` names, for commands that are named otherwise.
DOCUMENTS = {"lock": "order", "start": "order"}


def _offers(list_names: Callable[[Session, click.Context], Iterable[tuple[str, str]]]) -> Offer:
    """Turn a function that lists names with their help into one that click calls."""

    @wraps(list_names)
    def offer(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from tierdeps.cli.output.answer import ANSWER

        del parameter
        try:
            with ANSWER.kept_aside():  # what a plugin prints is not offered
                found = sorted(set(list_names(_session(context), context)))
        except Exception:  # noqa: BLE001  the command itself will report it
            return []
        return [CompletionItem(name, help=help_) for name, help_ in found if name.startswith(incomplete)]

    return offer


def _session(context: click.Context) -> Session:
    from tierdeps.cli._session import Session

    given = context.params
    only, block = (tuple(given.get(name) or ()) for name in ("only", "block"))
    return Session(quiet=True, config=given.get("config"), only=only, block=block)


def _graphs(context: click.Context) -> tuple[str, ...]:
    """Return the GRAPHs on the command line, without ``-``, which is not read for this.

    Behind an option without its value, click has not assigned the arguments; it leaves them in ``context.args``.
    """
    names = context.params.get("graphs") or (context.args if _has_graph_arguments(context) else ())
    return tuple(name for name in names if name != "-")


def _has_graph_arguments(context: click.Context) -> bool:
    return any(each.name == "graphs" and each.param_type_name == "argument" for each in context.command.params)


@_offers
def driver_names(session: Session, context: click.Context) -> Iterable[tuple[str, str]]:
    """Offer the drivers of the GRAPHs on the command line, or of the installed plugins."""
    graphs = _graphs(context)
    return [(driver.name, driver.description) for driver in session.declarations(graphs).drivers]


@_offers
def plugin_names(session: Session, context: click.Context) -> Iterable[tuple[str, str]]:
    """Offer plugins and their distributions, without importing them."""
    del session, context
    from tierdeps._util.entry_points import entry_points

    points = entry_points("tierdeps")
    return [(name, point.distribution) for point in points for name in (point.name, point.distribution)]


@_offers
def codes(session: Session, context: click.Context) -> Iterable[tuple[str, str]]:
    """Offer the codes of all rules."""
    del context
    return [(rule.code, rule.name) for rule in session.manager.rules()]


@_offers
def format_names(session: Session, context: click.Context) -> Iterable[tuple[str, str]]:
    """Offer the formats of the command's answer."""
    command = context.info_name or ""
    document = DOCUMENTS.get(command, command)
    return [(item.name, "") for item in session.manager.formats(document)]


@_offers
def engine_names(session: Session, context: click.Context) -> Iterable[tuple[str, str]]:
    """Offer the engines of ``start``."""
    del context
    return [(engine.name, engine.summary) for engine in session.manager.engines()]


@_offers
def exporter_names(session: Session, context: click.Context) -> Iterable[tuple[str, str]]:
    """Offer what ``export`` can write."""
    del context
    return [(exporter.name, exporter.summary) for exporter in session.manager.exporters()]


@_offers
def facts(session: Session, context: click.Context) -> Iterable[tuple[str, str]]:
    """Offer the facts on which dependencies are conditional, each with yes and no."""
    graphs = _graphs(context)
    drivers = session.declarations(graphs).drivers
    names = {driver.when for driver in drivers}.union(item.when for driver in drivers for item in driver.dependencies)
    return [(f"{name}={answer}", "") for name in names if name for answer in ("yes", "no")]


def file_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Let the shell offer files."""
    from click.shell_completion import CompletionItem

    del context, parameter
    return [CompletionItem(incomplete, type="file")]
