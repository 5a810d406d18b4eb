"""What is said over an instance's socket: one JSON object a line, frozen values at both ends."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

#: The longest request, in bytes.
LONGEST = 1 << 16


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    """Ask whether anybody is there."""


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """Ask an instance to stop, and to tell how it goes."""

    format: Literal["text", "json"] = "text"
    verbose: bool = False


class Hurry(msgspec.Struct, frozen=True, tag="hurry"):
    """Ask the same, and not to wait long for anything."""

    format: Literal["text", "json"] = "text"
    verbose: bool = False


class Reload(msgspec.Struct, frozen=True, tag="reload"):
    """Ask an instance to read its graph and settings again, and to become what they say now."""

    format: Literal["text", "json"] = "text"
    verbose: bool = False
    dry_run: bool = False
    allow_empty: bool = False


Request = Ping | Stop | Hurry | Reload


class Heard(msgspec.Struct, frozen=True, tag="heard"):
    """The first answer, at once: the request was understood, by this process."""

    pid: Annotated[int, msgspec.Meta(ge=1)]


class Said(msgspec.Struct, frozen=True, tag="said"):
    """A line of the answer."""

    text: str


class Talked(msgspec.Struct, frozen=True, tag="talked"):
    """A line on the side; one about an error is for those too who want to hear nothing."""

    text: str
    error: bool = False


class Over(msgspec.Struct, frozen=True, tag="over"):
    """The last answer: the exit code of what was asked for."""

    code: Annotated[int, msgspec.Meta(ge=0, le=255)]


Reply = Heard | Said | Talked | Over

_REQUESTS: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_REPLIES: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)
_ENCODER = msgspec.json.Encoder()
_MISREAD = (msgspec.DecodeError, UnicodeError, RecursionError)


def line_of(message: Request | Reply) -> bytes:
    """Return a message as a line; what is no Unicode, as in names of files, is escaped."""
    try:
        return _ENCODER.encode(message) + b"\n"
    except UnicodeEncodeError:
        raw = msgspec.to_builtins(message)
        text = raw["text"].encode("utf-8", "backslashreplace").decode()
        return _ENCODER.encode({**raw, "text": text}) + b"\n"


def request_of(line: bytes) -> Request:
    """Return the request in a line; raises ValueError, in words."""
    try:
        return _REQUESTS.decode(line)
    except _MISREAD as error:
        raise ValueError(f"no request: {error}") from None


def reply_of(line: bytes) -> Reply:
    """Return the reply in a line; raises ValueError, in words."""
    try:
        return _REPLIES.decode(line)
    except _MISREAD as error:
        raise ValueError(f"no reply: {error}") from None
