"""The messages on the control socket of a running instance: one JSON object a line, frozen values at both ends.

A client sends one request on a connection. The server answers with an Ack, any number of Output and Notice messages,
and one Exit; a refused request has no Ack. One that was accepted may still fail when its turn has come: the Notice
messages say why. The Ack has the version of the protocol that the server speaks: each version adds requests, keys or
replies to those of the ones before, and changes none of them. With ``quiet`` the Output in text has no events but
failures, as ``start --quiet``; an instance that does not know a key ignores it.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

#: The version of these messages. 1: Ping, Stop, FastStop and Reload; 2: Perform, and the version in the Ack.
PROTOCOL_VERSION = 2
#: The version since which there is Perform.
PERFORM_VERSION = 2
#: The server reads no request that is longer.
MAX_REQUEST_BYTES = 1 << 16


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    """Request an acknowledgement, and nothing else."""


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    """Request a stop of the instance; the replies report its progress."""

    format: Literal["text", "json"] = "text"
    verbose: bool = False
    quiet: bool = False


class FastStop(msgspec.Struct, frozen=True, tag="stop-fast"):
    """Request a stop in which every remaining call has no more than a second."""

    format: Literal["text", "json"] = "text"
    verbose: bool = False
    quiet: bool = False


class Reload(msgspec.Struct, frozen=True, tag="reload"):
    """Request that the instance reads its graph and settings again and applies the difference."""

    format: Literal["text", "json"] = "text"
    verbose: bool = False
    dry_run: bool = False
    allow_empty: bool = False
    quiet: bool = False


class Perform(msgspec.Struct, frozen=True, tag="perform"):
    """Request a restart, stop, start or reload of single drivers, and of what goes with them; since version 2."""

    action: Literal["restart", "stop", "start", "reload"]
    drivers: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    dependents: Literal["coupled", "all", "none"] = "coupled"
    format: Literal["text", "json"] = "text"
    verbose: bool = False
    dry_run: bool = False
    quiet: bool = False


Request = Ping | Stop | FastStop | Reload | Perform


class Ack(msgspec.Struct, frozen=True, tag="ack"):
    """The first reply, sent at once: the process with this id has accepted the request, and speaks this version.

    Whether the request can be carried out is seen when its turn has come, as a reload before it may change that.
    """

    pid: Annotated[int, msgspec.Meta(ge=1)]
    version: Annotated[int, msgspec.Meta(ge=1)] = 1


class Output(msgspec.Struct, frozen=True, tag="output"):
    """A line for the client's standard output."""

    text: str


class Notice(msgspec.Struct, frozen=True, tag="notice"):
    """A line for the client's standard error; ``--quiet`` hides it unless it is about an error."""

    text: str
    error: bool = False


class Exit(msgspec.Struct, frozen=True, tag="exit"):
    """The last reply: the exit code of the request."""

    code: Annotated[int, msgspec.Meta(ge=0, le=255)]


Reply = Ack | Output | Notice | Exit

_REQUESTS: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
_REPLIES: msgspec.json.Decoder[Reply] = msgspec.json.Decoder(Reply)
_ENCODER = msgspec.json.Encoder()
_DECODE_ERRORS = (msgspec.DecodeError, UnicodeError, RecursionError)


def encode(message: Request | Reply) -> bytes:
    """Return a message as a line; lone surrogates, which names of files may contain, are escaped."""
    try:
        return _ENCODER.encode(message) + b"\n"
    except UnicodeEncodeError:
        raw = msgspec.to_builtins(message)
        text = raw["text"].encode("utf-8", "backslashreplace").decode()
        return _ENCODER.encode({**raw, "text": text}) + b"\n"


def decode_request(line: bytes) -> Request:
    """Return the request in a line. Raises ValueError with a message for the user."""
    try:
        return _REQUESTS.decode(line)
    except _DECODE_ERRORS as error:
        raise ValueError(f"not a valid request: {error}") from None


def decode_reply(line: bytes) -> Reply:
    """Return the reply in a line. Raises ValueError with a message for the user."""
    try:
        return _REPLIES.decode(line)
    except _DECODE_ERRORS as error:
        raise ValueError(f"not a valid reply: {error}") from None
