"""Show a graph and its instance in a browser, live."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from tierdeps.cli._help import Command
from tierdeps.cli._options import graph_options, session_options
from tierdeps.cli._session import Session
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.run.signals import StartSignals, wake_on_signals
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from tierdeps.cli._graph_request import GraphRequest
    from tierdeps.serve.server import Server


@click.command(
    "serve",
    cls=Command,
    examples=(
        ("tierdeps serve graph.toml", "Serve the page of graph.toml; open the address that is printed."),
        ("tierdeps serve --control graph.toml", "Allow the page to restart drivers."),
    ),
)
@graph_options
@click.option("--control", is_flag=True, help="Allow the page to restart drivers of the running instance.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default="any free one",
    metavar="N",
    help="Port of 127.0.0.1 to listen at.",
)
@session_options
def command(session: Session, graph_request: GraphRequest, control: bool, port: int) -> None:
    """Show a graph and its instance in a browser, live.

    The page shows the graph with its findings, and the state of the instance that was started from the same GRAPHs, as
    long as one runs. The printed address contains a token; without it, nothing is served to anybody. SIGINT and SIGTERM
    end the server.
    """
    try:
        from tierdeps.serve.server import Server, listen
    except ImportError:
        raise InputError("serve", "it needs uvicorn and starlette: pip install 'tierdeps[serve]'") from None
    from tierdeps.cli.run.source import GraphSource
    from tierdeps.serve.access import new_token

    if "-" in graph_request.graphs:
        raise click.UsageError(
            "the page reads its graph again when it is opened, and standard input only once; name a file"
        )
    source = GraphSource(session, graph_request)
    source.page()  # a graph that cannot be read is an error now, and not in the browser
    with StartSignals() as signals, listen(port) as listener:
        server = Server(new_token(), listener, source, control=control)
        ANSWER.echo(server.access.address)
        session.info(_about(control=control))
        signals.hold()
        asyncio.run(_serve(server, signals))


def _about(*, control: bool) -> str:
    control_note = "it can restart drivers" if control else "it changes nothing"
    return f"open this address in a browser, and give it to nobody; {control_note}; Ctrl-C ends the server"


async def _serve(server: Server, signals: StartSignals) -> None:
    loop = asyncio.get_running_loop()
    signals.connect(loop.call_soon_threadsafe, server.stop)
    with wake_on_signals(loop):
        await server.run_until_stopped()
