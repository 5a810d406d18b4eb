"""The options by which a fleet is reached, for ``start`` and ``worker``."""

from __future__ import annotations

from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import click

from tierdeps.cli._completion import file_names
from tierdeps.cli._help import Option
from tierdeps.engines import TlsFiles

if TYPE_CHECKING:
    from tierdeps.cli._options import Command

GROUP = "Hosts of a fleet"
_option = partial(click.option, cls=Option, group=GROUP)


def scheduler_option(function: Command) -> Command:
    """Add the address of the scheduler, for ``start``."""
    text = (
        "Address of the scheduler that knows the workers of a fleet, such as tcp://10.0.0.1:8786; with --engine dask."
        " Without it, that engine starts a scheduler and a worker for each host on this machine."
    )
    return _option("--scheduler", metavar="ADDRESS", help=text)(function)


def tls_options(function: Command) -> Command:
    """Add the files of a TLS identity, and pass them on as one ``tls``: TlsFiles or None."""
    path = click.Path(exists=True, dir_okay=False, resolve_path=True)
    file = partial(_option, type=path, metavar="FILE", shell_complete=file_names)

    @file("--tls-ca", help="PEM file of the authority that signed the certificates of all hosts of the fleet.")
    @file("--tls-cert", help="PEM file of the certificate to show to the other hosts.")
    @file("--tls-key", help="PEM file of its key.")
    @wraps(function)
    def wrapper(*, tls_ca: str | None, tls_cert: str | None, tls_key: str | None, **rest: Any) -> None:
        function(tls=_files(tls_ca, tls_cert, tls_key), **rest)

    return wrapper


def _files(ca: str | None, cert: str | None, key: str | None) -> TlsFiles | None:
    if ca is not None and cert is not None and key is not None:
        return TlsFiles(ca, cert, key)
    given = [name for name, value in (("--tls-ca", ca), ("--tls-cert", cert), ("--tls-key", key)) if value is not None]
    if given:
        raise click.UsageError(f"TLS needs --tls-ca, --tls-cert and --tls-key, and only {' and '.join(given)} is given")
    return None


def check_scheduler(address: str, tls: TlsFiles | None) -> None:
    """Raise UsageError for an address of a scheduler that cannot be one, or that does not fit the TLS files.

    Raises InputError, which names the file, for TLS files that cannot be used.
    """
    scheme, separator, rest = address.partition("://")
    port = rest.rpartition(":")[2]
    if not separator or scheme not in ("tcp", "tls") or not port.isdigit():
        raise click.UsageError(f"{address!r} is no address of a scheduler; expected tcp://HOST:PORT or tls://HOST:PORT")
    if scheme == "tls" and tls is None:
        raise click.UsageError(f"{address} needs --tls-ca, --tls-cert and --tls-key")
    if scheme == "tcp" and tls is not None:
        raise click.UsageError(f"{address} is not encrypted, although TLS files are given; use tls://{rest}")
    if tls is not None:
        from tierdeps.engines.fleet.tls_files import verify_files

        verify_files(tls)
