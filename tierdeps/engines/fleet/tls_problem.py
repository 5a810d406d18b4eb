"""Whether TLS is why a scheduler cannot be reached: Dask does not say, and may leave a connection open."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tierdeps.engines.fleet.security import connection_arguments

if TYPE_CHECKING:
    from asyncio import StreamReader

#: How long the scheduler may take to refuse a certificate, in seconds.
ANSWER_S = 2.0
EXPECTED = "it expects TLS; name it as tls://…, and give the TLS files"
NOT_SPOKEN = "it does not speak TLS; name it as tcp://…, or start it with TLS files"
REFUSED = "it refuses the certificate given here; use one of its authority"
UNTRUSTED = "its certificate is not trusted ({why}); use the file of its authority"


async def tls_problem(scheduler: str, security: Any) -> str:
    """Return what is wrong with TLS between here and a scheduler; empty if that is not the reason, or is unknown."""
    is_tls = scheduler.startswith("tls://")
    context = connection_arguments(security)["ssl_context"] if is_tls else _any_certificate()
    try:
        address = urlsplit(scheduler)
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_connection(address.hostname, address.port, ssl=context)
            try:
                return await _refusal(reader) if is_tls else EXPECTED
            finally:
                writer.close()
    except ssl.SSLCertVerificationError as error:
        return UNTRUSTED.format(why=error.verify_message)
    except ssl.SSLError as error:
        if not is_tls:
            return ""
        return REFUSED if "ALERT" in (error.reason or "") else NOT_SPOKEN
    except (OSError, ValueError):
        return ""


async def _refusal(reader: StreamReader) -> str:
    """Wait for the refusal of a certificate, which TLS 1.3 sends after the handshake, and raise it as SSLError."""
    await reader.read(1)
    return ""


def _any_certificate() -> ssl.SSLContext:
    """Return a context for a server that was named without TLS: only whether it speaks TLS counts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
