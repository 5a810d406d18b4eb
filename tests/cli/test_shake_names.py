"""``tierdeps shake --watch`` on real processes of which one registers a name and another one looks it up."""

from __future__ import annotations

import json
import re
import shutil
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")

UP = '\nprint("up", flush=True)\nimport signal\nsignal.pause()\n'
LISTEN = (
    'import socket\nserver = socket.socket(socket.AF_UNIX)\nserver.bind("\\0tierdeps-test-names")\nserver.listen()' + UP
)
CONNECT = 'import socket\nclient = socket.socket(socket.AF_UNIX)\nclient.connect("\\0tierdeps-test-names")' + UP
SERVE_DNS = (
    """\
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", PORT))
"""
    + UP
)
#: Asks the server as a resolver does: connect, then send.
ASK_DNS = (
    r"""
import socket
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.connect(("127.0.0.1", PORT))
client.send(b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x02db\x07example\x04test\0\0\x01\0\x01")
"""
    + UP
)
DNS = {"a": SERVE_DNS, "b": ASK_DNS}
#: Speaks to the bus as D-Bus libraries do.
BUS_CLIENT = r"""
import socket, struct
bus = socket.socket(socket.AF_UNIX)
bus.connect("bus.sock")
bus.sendall(b"\0AUTH EXTERNAL\r\n")
bus.recv(1000)
bus.sendall(b"DATA\r\n")
bus.recv(1000)
bus.sendall(b"BEGIN\r\n")
def field(code, signature, value):
    size = b"%c" % len(value) if signature == b"g" else struct.pack("<I", len(value))
    found = bytes([code, 1]) + signature + b"\0" + size + value + b"\0"
    return found + b"\0" * (-len(found) % 8)
def call(destination, member, signature=b"", body=b""):
    fields = field(1, b"o", b"/") + field(2, b"s", destination) + field(3, b"s", member) + field(6, b"s", destination)
    end = field(8, b"g", signature) if signature else b""
    length = len(fields + end.rstrip(b"\0") + b"\0") if signature else len(fields.rstrip(b"\0") + b"\0")
    header = struct.pack("<4sIII", b"l\1\0\1", len(body), 1, length) + fields + end
    bus.sendall(header + b"\0" * (-len(header) % 8) + body)
    bus.recv(1000)
call(b"org.freedesktop.DBus", b"Hello")
"""
NAME = 'name = b"com.example.Db"\nbody = struct.pack("<I", len(name)) + name + b"\\0"\n'
OWN = (
    BUS_CLIENT
    + NAME
    + (
        'call(b"org.freedesktop.DBus", b"RequestName", b"su", body + b"\\0" * (-len(body) % 4) + struct.pack("<I", 0))'
        + UP
    )
)
LOOK_UP = BUS_CLIENT + NAME + 'call(b"org.freedesktop.DBus", b"GetNameOwner", b"s", body)' + UP


def shaken(ask: Ask, *drivers: tuple[str, list[str], str]) -> list[str]:
    """Return the lines of evidence of a watched run of drivers; each has a name, a command, and more of its section."""
    text = "".join(
        f"[drivers.{name}]\ncommand = {json.dumps(command)}\nsettle = 0\n{more}\n" for name, command, more in drivers
    )
    Path("site.toml").write_text(text)
    answer = ask("shake", "--watch", "--watch-time", "0.2", "site.toml")
    assert "failed: " not in answer.out
    return [line.strip() for line in answer.out.splitlines() if " used the " in line]


def python(name: str, script: str) -> tuple[str, list[str], str]:
    """Return a driver that runs a script."""
    Path(f"{name}.py").write_text(script)
    return name, [sys.executable, "-S", f"{name}.py"], 'ready = "log:^up"'


def test_an_abstract_socket_is_a_name(ask: Ask) -> None:
    (found,) = shaken(ask, python("a", LISTEN), python("b", CONNECT))
    assert found.startswith("b used the socket @tierdeps-test-names (connect) ")
    assert "; a had made it (bind) at " in found


def test_a_name_is_looked_up_at_a_name_server_of_another_driver(ask: Ask) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    (found,) = shaken(ask, *(python(name, text.replace("PORT", port)) for name, text in DNS.items()))
    assert re.match(r"b used the port 127\.0\.0\.1:\d+ \(sendto, a query for db\.example\.test\) ", found)
    assert "; a had made it (bind) at " in found


@pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="dbus-daemon is not installed")
def test_a_name_on_a_bus_is_owned_by_one_driver_and_looked_up_by_another(ask: Ask) -> None:
    bus = ["dbus-daemon", "--session", "--nofork", "--address=unix:path=bus.sock", "--print-address"]
    needs_bus = 'requires = ["bus"]'
    drivers = [
        (name, command, f"{more}\n{needs_bus}") for name, command, more in (python("a", OWN), python("b", LOOK_UP))
    ]
    (found,) = shaken(ask, ("bus", bus, 'ready = "log:^unix"'), *drivers)
    assert found.startswith("b used the D-Bus name com.example.Db (GetNameOwner) ")
    assert "; a had made it (RequestName) at " in found
