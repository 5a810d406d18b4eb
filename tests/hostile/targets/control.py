"""The messages on an instance's socket, at both ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.hostile.inputs import KEYS, broken, documents, json_texts
from tests.hostile.target import Target, demand_sentence
from tests.test_damaged_inputs import REPLIES, REQUESTS
from tierdeps.control.messages import MAX_REQUEST_BYTES, decode_reply, encode
from tierdeps.control.server import UnreadableRequestError, read_request

if TYPE_CHECKING:
    from pathlib import Path

WORDS = KEYS | st.sampled_from(["type", "ping", "stop", "stop-fast", "reload", "ack", "output", "notice", "exit"])
WORDS |= st.sampled_from(["format", "verbose", "dry_run", "allow_empty", "pid", "text", "error", "code"])
LINES = st.lists(documents(json_texts(WORDS), [encode(one) for one in (*REQUESTS, *REPLIES)]), max_size=3).map(
    b"\n".join
)


def request(data: bytes, folder: Path) -> None:
    """Read a request as the server does, from a connection that then ends."""

    async def main() -> None:
        reader = asyncio.StreamReader(limit=MAX_REQUEST_BYTES)
        reader.feed_data(data)
        reader.feed_eof()
        try:
            found = await read_request(reader, 600)
        except UnreadableRequestError as error:
            demand_sentence(error)
        else:
            assert found is None or encode(found)

    asyncio.run(main())


def reply(data: bytes, folder: Path) -> None:
    for line in data.split(b"\n"):
        try:
            found = decode_reply(line)
        except ValueError as error:
            assert str(error).startswith("not a valid reply: ")  # noqa: PT017
        else:
            encode(found)


SOUND = (tuple(encode(one) for one in REQUESTS), tuple(encode(one) for one in REPLIES))
TOKENS = ('{"', '": ', "null", "NaN", "1e999", "\\ud800", "[[", "]]", "\n")
TARGETS = (
    Target(
        "control-requests", LINES | broken([b"x" * (MAX_REQUEST_BYTES + 9)]), request, tokens=TOKENS, valid=SOUND[0]
    ),
    Target("control-replies", LINES, reply, tokens=TOKENS, valid=SOUND[1]),
)
