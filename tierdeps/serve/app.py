"""What the server answers: its page to everybody, and the data of the page to those who have the token."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from tierdeps._util.daemon_thread import in_thread
from tierdeps._util.frozen import Value
from tierdeps.errors import TierdepsError, UnknownNameError
from tierdeps.page import live_page, live_policy
from tierdeps.serve.feed import Feed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from tierdeps.serve.access import Access
    from tierdeps.serve.connections import Limits
    from tierdeps.serve.source import Source

#: The reason why a request is refused is nobody's business who has no token.
REFUSED = "forbidden\n"
#: Pages of other sites cannot frame, open or read this one, and nothing is kept on disk.
HEADERS = {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def headers() -> dict[str, str]:
    """Return the headers of every response."""
    return {**HEADERS, "Content-Security-Policy": f"{live_policy()}; frame-ancestors 'none'"}


class Guard:
    """Refuses requests that are not for this server, not from its page, or without the token."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        await (self._refusal(scope) or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        given = Headers(scope=scope)
        if not self._access.is_for_us(given):
            return PlainTextResponse(REFUSED, 403)
        # the page itself has no data, and may be opened from a link elsewhere
        is_page = scope["path"] == "/" and scope["method"] == "GET"
        if not is_page and not (self._access.is_from_us(given) and self._access.has_token(given)):
            return PlainTextResponse(REFUSED, 403)
        if scope["method"] not in {"GET", "POST"}:
            return PlainTextResponse("method not allowed\n", 405, {"Allow": "GET, POST"})
        return None


class DriverRequest(Value):
    """The body of a request about one driver."""

    driver: str


class Answers:
    """The answers to requests that have passed the guard."""

    def __init__(self, source: Source, limits: Limits, *, control: bool) -> None:
        self._source = source
        self._limits = limits
        self._control = control
        self._feed = Feed(source.state)
        self._streams = 0
        self._restarts = asyncio.Lock()

    def routes(self) -> list[Route]:
        """Return what is answered by path."""
        return [
            Route("/", self.page),
            Route("/api/graph", self._guarded(self.graph)),
            Route("/api/start", self._guarded(self.start)),
            Route("/api/events", self.events),
            Route("/api/log", self._guarded(self.log)),
            Route("/api/restart", self._guarded(self.restart), methods=["POST"]),
        ]

    async def page(self, _request: Request) -> Response:
        """Return the page, which has no data yet."""
        return Response(live_page(), media_type="text/html")

    async def graph(self, _request: Request) -> Response:
        """Return the data of the page."""
        document = await in_thread(self._source.page)
        return _json({**document, "control": self._control})

    async def start(self, _request: Request) -> Response:
        """Return the chart of the last start."""
        return _json(await in_thread(self._source.start))

    async def log(self, request: Request) -> Response:
        """Return the last lines of a driver."""
        driver = request.query_params.get("driver", "")
        return _json({"lines": list(await in_thread(partial(self._source.log, driver)))})

    async def restart(self, request: Request) -> Response:
        """Restart a driver, one at a time."""
        if not self._control:
            return _problem(403, "this server only shows; to restart drivers, run tierdeps serve --control")
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _problem(415, "the request must be application/json")
        body = await _body(request, self._limits.max_body_bytes)
        if body is None:
            return _problem(413, f"a request has at most {self._limits.max_body_bytes} bytes")
        try:
            wanted = msgspec.json.decode(body, type=DriverRequest)
        except msgspec.DecodeError:
            return _problem(400, "the request must name a driver")
        if self._restarts.locked():
            return _problem(409, "another restart is going on; try again when it is over")
        async with self._restarts:
            await self._refuse_unknown(wanted.driver)
            done = await in_thread(partial(self._source.restart, wanted.driver))
        return _json({"ok": done.ok, "lines": list(done.lines)})

    async def _refuse_unknown(self, driver: str) -> None:
        """Refuse a driver that the run does not have; without a run, the source says that nothing is running."""
        known = (await in_thread(self._source.state)).drivers
        if known and driver not in known:
            raise UnknownNameError("driver", driver, known)

    async def events(self, _request: Request) -> Response:
        """Stream the state of the instance."""
        if self._streams >= self._limits.max_streams:
            return _problem(503, f"{self._limits.max_streams} pages are open; close one of them")
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[bytes]:
        self._streams += 1
        try:
            async for part in self._feed.events():
                yield part
        finally:
            self._streams -= 1

    @staticmethod
    def _guarded(answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Return an answer that tells errors of users as such."""

        async def guarded(request: Request) -> Response:
            try:
                return await answer(request)
            except TierdepsError as error:
                return _problem(404 if isinstance(error, UnknownNameError) else 500, "; ".join(error.sentences))

        return guarded


def make_app(access: Access, source: Source, limits: Limits, *, control: bool) -> ASGIApp:
    """Return the application of the server."""
    return Guard(Starlette(routes=Answers(source, limits, control=control).routes()), access)


async def _body(request: Request, most: int) -> bytes | None:
    """Return the body of a request; None if it is too long, of which no more than that is read."""
    found = bytearray()
    with suppress(ClientDisconnect):  # the answer reaches nobody then
        async for part in request.stream():
            found += part
            if len(found) > most:
                return None
    return bytes(found)


def _problem(status: int, text: str) -> Response:
    return JSONResponse({"problem": text}, status)


def _json(document: object) -> Response:
    """Return a document; names may have halves of surrogate pairs, so it is in ASCII."""
    return Response(json.dumps(document, separators=(",", ":")), media_type="application/json")
