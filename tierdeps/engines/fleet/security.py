"""TLS as Dask does it: every side shows a certificate of the same authority, and refuses one that has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from distributed import Security

from tierdeps.engines import TlsFiles

if TYPE_CHECKING:
    from collections.abc import Mapping


def security_of(files: TlsFiles | None) -> Any:
    """Return Dask's value for TLS files; without them, nothing is encrypted."""
    if files is None:
        return Security(require_encryption=False)
    values = {"tls_ca_file": files.ca}
    for role in ("client", "worker", "scheduler"):
        values |= {f"tls_{role}_cert": files.cert, f"tls_{role}_key": files.key}
    return Security(require_encryption=True, **values)


def temporary_files() -> TlsFiles:
    """Return an identity for one run on this machine; it is in memory alone, as texts."""
    made = Security.temporary()
    return TlsFiles(made.tls_ca_file, made.tls_client_cert, made.tls_client_key)


def connection_arguments(security: Any) -> Mapping[str, Any]:
    """Return the arguments of a connection."""
    arguments: Mapping[str, Any] = security.get_connection_args("client")
    return arguments
