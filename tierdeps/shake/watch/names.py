"""Names in what a process sent: D-Bus names that it registered or called, and names that it looked up by DNS."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The name and the calls of the bus itself; the first argument of each is a name.
BUS, REGISTERS = "org.freedesktop.DBus", "RequestName"
LOOKS_UP = frozenset({"GetNameOwner", "NameHasOwner", "StartServiceByName"})
_METHOD_CALL, _VERSION, _HEADER, _FIELDS = 1, 1, 12, 16
_WANTED = {b"\x03": "member", b"\x06": "destination"}
_LABEL, _DNS_HEADER, _TYPE_AND_CLASS = 63, 12, 4


class BusName(NamedTuple):
    """A name, the call in which it was sent, and whether that call registers it."""

    name: str
    call: str
    makes: bool


def bus_names(payload: bytes) -> Iterator[BusName]:
    """Yield the name in a D-Bus message, if it is one; only the start of it needs to be there."""
    try:
        member, destination, argument = _method_call(payload)
    except (struct.error, ValueError, UnicodeDecodeError):
        return
    if destination == BUS and member == REGISTERS and argument:
        yield BusName(argument, member, makes=True)
    elif destination == BUS and member in LOOKS_UP and argument and not argument.startswith(":"):
        yield BusName(argument, member, makes=False)
    elif destination and destination != BUS and not destination.startswith(":"):
        yield BusName(destination, member, makes=False)


def _method_call(payload: bytes) -> tuple[str, str, str]:
    """Return member, destination and first argument of a method call. Raises ValueError if it is none."""
    order = {b"l": "<", b"B": ">"}.get(payload[:1])
    if order is None or payload[1:2] != bytes([_METHOD_CALL]) or payload[3:4] != bytes([_VERSION]):
        raise ValueError("no method call")
    (length,) = struct.unpack_from(f"{order}I", payload, _HEADER)
    at, end = _FIELDS, _FIELDS + length
    found = {"member": "", "destination": ""}
    if end > len(payload):
        raise ValueError("the message is cut off")
    while at < end:
        code, signature = payload[at : at + 1], payload[at + 2 : at + 3]
        if signature in {b"s", b"o"}:
            value, after = _string(payload, at + 4, order)
            if code in _WANTED:
                found[_WANTED[code]] = value
        elif signature == b"g":
            after = at + 4 + payload[at + 4] + 2
        else:
            after = at + 8
        at = _aligned(after)
    body = payload[_aligned(end) :]
    argument = _string(body, 0, order)[0] if found["destination"] == BUS and body else ""
    return found["member"], found["destination"], argument


def _aligned(place: int) -> int:
    return place + -place % 8


def _string(payload: bytes, at: int, order: str) -> tuple[str, int]:
    (length,) = struct.unpack_from(f"{order}I", payload, at)
    end = at + 4 + length
    if len(payload) <= end:
        raise ValueError("the message is cut off")
    return payload[at + 4 : end].decode(), end + 1


def queried_name(payload: bytes) -> str | None:
    """Return the name that a DNS message asks for; None if it is no query."""
    if len(payload) <= _DNS_HEADER:
        return None
    _, flags, questions, answers = struct.unpack_from(">4H", payload)
    if flags & 0xF800 or (questions, answers) != (1, 0):
        return None
    labels, at = [], _DNS_HEADER
    while at < len(payload) and (length := payload[at]):
        label = payload[at + 1 : at + 1 + length]
        if length > _LABEL or len(label) < length or not label.isascii() or not label.decode().isprintable():
            return None
        labels.append(label.decode())
        at += 1 + length
    is_whole = len(payload) >= at + 1 + _TYPE_AND_CLASS
    return ".".join(labels) if labels and is_whole else None
