"""Start everything, stay until SIGTERM or Ctrl-C, then stop it in reverse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tierdeps.cli._instance.manner import Manner, manner_options
from tierdeps.cli._instance.signals import StartSignals
from tierdeps.cli._locked import LockedCommand
from tierdeps.cli._options import graph_options, session_options
from tierdeps.cli._session import Session, Wanted

if TYPE_CHECKING:
    from typing import NoReturn

    from tierdeps.model import Plan, Report


class _Start(LockedCommand):
    """Keeps its arguments as they came: a start in the background is given the same."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.obj = tuple(args)
        return super().parse_args(ctx, args)


@click.command("start", cls=_Start)
@graph_options
@manner_options
@session_options
def command(session: Session, wanted: Wanted, manner: Manner) -> None:
    """Start everything, stay until SIGTERM or Ctrl-C, then stop it in reverse."""
    with StartSignals() as signals:
        if manner.detach and not (manner.detached or manner.dry_run):
            from tierdeps.cli._instance.background import detach

            detach(wanted.graphs, manner, click.get_current_context().obj, signals)
        from tierdeps.cli._instance.planning import planned

        plan = planned(session, wanted, manner)
        if manner.dry_run:
            _rehearse(session, wanted, manner, plan)
        from tierdeps.cli._instance.live import live

        live(session, wanted, manner, plan, signals)


def _rehearse(session: Session, wanted: Wanted, manner: Manner, plan: Plan) -> NoReturn:
    """Say what would be done."""
    import asyncio

    from tierdeps.cli._instance.telling import teller
    from tierdeps.engines.dry_run import ENGINE
    from tierdeps.executor import Executor

    reporters = (teller(session, manner), *session.reporters())
    executor = Executor(
        plan,
        engine=ENGINE,
        reporters=reporters,
        settings=session.settings,
        on_failure=manner.on_failure,
        allow_empty=wanted.allow_empty,
    )

    async def rehearse() -> Report:
        await executor.start()
        return executor.leave()

    raise click.exceptions.Exit(0 if asyncio.run(rehearse()).ok else 4)
