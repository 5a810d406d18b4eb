"""What the engine and its worker process say to each other: one JSON object a line."""

from __future__ import annotations

import msgspec

from tierdeps import DriverSpec, RemoteCall, RemoteFailure, RemoteNotice  # noqa: TC001  msgspec reads the annotations


class Load(msgspec.Struct, frozen=True, tag=True):
    """Load a driver's lifecycle."""

    number: int
    driver: DriverSpec


class Invoke(msgspec.Struct, frozen=True, tag=True):
    """Make a call."""

    number: int
    call: RemoteCall


class Cancel(msgspec.Struct, frozen=True, tag=True):
    """Cancel a request."""

    number: int


class Reply(msgspec.Struct, frozen=True, tag=True):
    """The end of a request: its result, or its failure."""

    number: int
    result: object = None
    failure: RemoteFailure | None = None


class Noticed(msgspec.Struct, frozen=True, tag=True):
    """A driver reports something outside its calls."""

    notice: RemoteNotice


to_worker: msgspec.json.Decoder[Load | Invoke | Cancel] = msgspec.json.Decoder(Load | Invoke | Cancel)
to_engine: msgspec.json.Decoder[Reply | Noticed] = msgspec.json.Decoder(Reply | Noticed)


def line(message: msgspec.Struct) -> bytes:
    """Return a message as a line."""
    return msgspec.json.encode(message) + b"\n"
