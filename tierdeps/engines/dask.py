"""The engine that makes the calls of drivers on the hosts of a fleet, through workers of Dask distributed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.engines import Engine
from tierdeps.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tierdeps.engines import EngineOptions, Worker
    from tierdeps.engines.fleet.session import FleetOptions
    from tierdeps.engines.remote import RemoteNotice, RemoteSession

NAME = "dask"
SUMMARY = "runs lifecycles on the hosts of a fleet, by workers that a scheduler of Dask knows"


def dask_engine(options: FleetOptions | None = None) -> Engine:
    """Return the engine; without options it starts a scheduler and a worker for each host on this machine.

    Raises InputError, when it is opened, if Dask distributed is not installed.
    """
    return Engine(
        NAME, SUMMARY, lambda: _open(options), configure=_configured, require=_prepare, host_facts=_host_facts
    )


def _configured(options: EngineOptions) -> Engine:
    from tierdeps.engines.fleet.options import quiet_dask
    from tierdeps.engines.fleet.session import FleetOptions

    quiet_dask()
    return dask_engine(
        FleetOptions(
            options.scheduler,
            options.tls,
            options.instance,
            keep=options.keep,
            replace=options.replace,
            host_facts=options.host_facts,
            held=options.held,
        )
    )


def _host_facts(options: EngineOptions, hosts: Sequence[str]) -> Mapping[str, Mapping[str, bool] | str]:
    from tierdeps.engines.fleet.facts import facts_of
    from tierdeps.engines.fleet.options import quiet_dask

    quiet_dask()
    return facts_of(options, hosts)


def _open(options: FleetOptions | None) -> Worker:
    require_dask()
    from tierdeps.engines.fleet.session import FleetOptions, FleetSession
    from tierdeps.engines.remote import remote_engine

    def connect(notify: Callable[[RemoteNotice], None]) -> RemoteSession:
        return FleetSession(options or FleetOptions(), notify)

    return remote_engine(NAME, SUMMARY, connect).open()


def _prepare() -> None:
    """Do what takes a while and needs no loop; metadata first, for what Dask imports makes reading it slower."""
    from tierdeps.engines.fleet.versions import read_distributions

    read_distributions()
    require_dask()


def require_dask() -> None:
    """Import Dask, before a loop runs that this would block. Raises InputError where that fails."""
    from tierdeps.errors import InputError

    try:
        import distributed  # noqa: F401  only whether it is there
    except ImportError:
        raise InputError("engine dask", "it needs Dask distributed: pip install tierdeps[dask]") from None


ENGINE = dask_engine()


@hookimpl
def tierdeps_engines() -> tuple[Engine, ...]:
    """Offer it."""
    return (ENGINE,)
