"""Who may use the server: only pages that it served itself, in the browser of the user who has its token.

The token stands in the address after the #, which browsers send to no server: it is in no log and no Referer. The
script of the page sends it in the header Authorization. It is in no cookie, because browsers send a cookie to all
servers of a host, whatever their port, so another user's server on this machine could receive it. Without a cookie, a
page of another site cannot send a request that is accepted.
"""

from __future__ import annotations

import secrets
from hmac import compare_digest
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The address that the server listens at; other machines cannot reach it.
LOOPBACK = "127.0.0.1"
TOKEN_BYTES = 32


def new_token() -> str:
    """Return a token that nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


class Access(Value):
    """What a request must have to be answered by the server at a port."""

    token: str
    port: int

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins of pages that this server serves."""
        return tuple(f"http://{host}:{self.port}" for host in (LOOPBACK, "localhost"))

    @property
    def address(self) -> str:
        """The address of the page, with the token."""
        return f"{self.origins[0]}/#token={self.token}"

    def is_for_us(self, headers: Mapping[str, str]) -> bool:
        """Return whether a request names this server as its host.

        A name of another site that resolves to 127.0.0.1 (DNS rebinding) would make that site's pages ours.
        """
        return f"http://{headers.get('host', '').lower()}" in self.origins

    def is_from_us(self, headers: Mapping[str, str]) -> bool:
        """Return whether a request comes from a page of this server, or from a program that is no browser."""
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return False
        return headers.get("origin", self.origins[0]) in self.origins

    def has_token(self, headers: Mapping[str, str]) -> bool:
        """Return whether a request has the token; how long this takes says nothing about a wrong one."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        is_right = compare_digest(given.strip().encode("utf-8", "surrogateescape"), self.token.encode())
        return is_right and scheme.lower() == "bearer"
