"""The output of strace as accesses, and which of them are uses of what another driver made."""

from __future__ import annotations

import pytest

from tierdeps.shake.watch.accesses import Access, Thing, uses
from tierdeps.shake.watch.names import bus_names, queried_name
from tierdeps.shake.watch.strace import parse

START = 1000.0
#: What dbus-send and busctl wrote to a bus.
REQUEST_NAME = (
    r'{iov_base="l\1\0\1\30\0\0\0\2\0\0\0p\0\0\0\1\1o\0\1\0\0\0/\0\0\0\0\0\0\0\2\1s\0\24\0\0\0org.freedesktop.DBus'
    r"\0\0\0\0\3\1s\0\v\0\0\0RequestName\0\0\0\0\0\6\1s\0\24\0\0\0org.freedesktop.DBus\0\0\0\0\10\1g\0\2su\0"
    r'", iov_len=128}, {iov_base="\16\0\0\0com.example.Db\0\0\0\0\0\0", iov_len=24}'
)
CALL = (
    r'{iov_base="l\1\4\1\0\0\0\0\2\0\0\0O\0\0\0\1\1o\0\1\0\0\0/\0\0\0\0\0\0\0\3\1s\0\1\0\0\0Y\0\0\0\0\0\0\0\2\1s\0\r\0'
    r'\0\0com.example.X\0\0\0\6\1s\0\16\0\0\0com.example.Db\0\0", iov_len=96}'
)
#: What calls look like, and what they do: the thing, its name, and whether they make it.
CALLS = {
    'openat(AT_FDCWD</srv>, "data", O_RDONLY) = 3</srv/data>': [(Thing.FILE, "/srv/data", False)],
    'openat(AT_FDCWD</srv>, "data", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3</srv/data>': [(Thing.FILE, "/srv/data", True)],
    'openat(AT_FDCWD</srv>, "data", O_RDWR|O_CREAT, 0666) = 3</srv/data>': [
        (Thing.FILE, "/srv/data", True),
        (Thing.FILE, "/srv/data", False),
    ],
    'creat("/srv/data", 0666) = 3</srv/data>': [(Thing.FILE, "/srv/data", True)],
    'openat(AT_FDCWD</srv>, "data", O_RDONLY) = -1 ENOENT (No such file or directory)': [],
    'openat(AT_FDCWD</srv>, "/dev/null", O_RDWR) = 3</dev/null>': [],
    'openat(AT_FDCWD</srv>, "m.pyc", O_RDONLY) = 3</srv/__pycache__/m.pyc>': [],
    'renameat2(AT_FDCWD</srv>, "new", AT_FDCWD</srv>, "data", 0) = 0': [(Thing.FILE, "/srv/data", True)],
    'rename("/srv/new", "/srv/data") = 0': [(Thing.FILE, "/srv/data", True)],
    'rename("new", "data") = 0': [],
    'bind(3<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path="/run/db.sock"}, 110) = 0': [
        (Thing.SOCKET, "/run/db.sock", True)
    ],
    'connect(3<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path=@"abstract"}, 110) = 0': [
        (Thing.SOCKET, "@abstract", False)
    ],
    'connect(3<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path="/run/db.sock"}, 110) = -1 ECONNREFUSED (refused)': [],
    'bind(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(5432), sin_addr=inet_addr("0.0.0.0")}, 16) = 0': [
        (Thing.PORT, "0.0.0.0:5432", True)
    ],
    'connect(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(5432), sin_addr=inet_addr("127.0.0.1")}, 16)'
    " = -1 EINPROGRESS (Operation now in progress)": [(Thing.PORT, "127.0.0.1:5432", False)],
    "bind(3<TCPv6:[1]>, {sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0),"
    ' inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0': [(Thing.PORT, "::1:80", True)],
    'bind(3<TCP:[1]>, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0': [],
    'link("/srv/new", "/srv/data") = 0': [(Thing.FILE, "/srv/data", True)],
    'connect(3<UDP:[1]>, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.1")}, 16) = 0': [],
    'sendto(3<UDP:[127.0.0.1:45495->127.0.0.1:53]>, "hello", 5, 0, NULL, 0) = 5': [(Thing.PORT, "127.0.0.1:53", False)],
    'sendto(3<UDPv6:[[::1]:45495->[::1]:53]>, "hello", 5, 0, NULL, 0) = 5': [(Thing.PORT, "::1:53", False)],
    'sendto(4<UDP:[1]>, "hello", 5, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.1")}, 16)'
    " = 5": [(Thing.PORT, "127.0.0.1:53", False)],
    'sendto(4<UDP:[1]>, "hello", 5, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.1")}, 16)'
    " = -1 EPERM (Operation not permitted)": [],
    'sendto(3<TCP:[127.0.0.1:45495->127.0.0.1:5432]>, "select 1", 8, 0, NULL, 0) = 8': [],
    f"sendmsg(3<UNIX-STREAM:[1->2]>, {{msg_name=NULL, msg_iov=[{REQUEST_NAME}], msg_iovlen=2}}, 0) = 152": [
        (Thing.BUS_NAME, "com.example.Db", True)
    ],
    f"sendmsg(3<UNIX-STREAM:[1->2]>, {{msg_name=NULL, msg_namelen=0, msg_iov=[{CALL}], msg_iovlen=1}}, 0) = 96": [
        (Thing.BUS_NAME, "com.example.Db", False)
    ],
    "+++ exited with 0 +++": [],
    "something that nobody has seen before": [],
}


def parsed(*lines: str) -> list[Access]:
    return list(parse("web", lines, START))


@pytest.mark.parametrize("call", CALLS)
def test_calls_are_read(call: str) -> None:
    found = parsed(f"17 1000.250000 {call}")
    assert [(access.thing, access.name, access.makes) for access in found] == CALLS[call]
    assert all(access.at == 0.25 for access in found)


def test_a_call_that_others_interrupt_is_put_together() -> None:
    lines = (
        '17 1000.1 connect(3<UNIX-STREAM:[1]>, {sa_family=AF_UNIX, sun_path="/run/a"}, 110 <unfinished ...>',
        '18 1000.2 openat(AT_FDCWD</>, "/srv/x", O_RDONLY) = 3</srv/x>',
        "17 1000.3 <... connect resumed>) = 0",
    )
    assert [(access.call, access.name) for access in parsed(*lines)] == [("openat", "/srv/x"), ("connect", "/run/a")]


def port(driver: str, at: float, address: str, *, makes: bool) -> Access:
    return Access(driver, at, Thing.PORT, address, "bind" if makes else "connect", makes)


@pytest.mark.parametrize(
    ("made", "used", "is_use"),
    [
        ("127.0.0.1:80", "127.0.0.1:80", True),
        ("0.0.0.0:80", "127.0.0.1:80", True),
        (":::80", "127.0.0.1:80", True),
        ("127.0.0.1:80", "127.0.0.1:81", False),
        ("0.0.0.0:443", "192.0.2.1:443", False),
    ],
)
def test_a_port_is_used_where_it_is_listened_on(made: str, used: str, is_use: bool) -> None:
    found = list(uses([port("db", 1, made, makes=True), port("web", 2, used, makes=False)]))
    assert [use.pair for use in found] == ([("web", "db")] if is_use else [])


def test_what_is_used_before_it_was_made_or_by_its_maker_is_no_use() -> None:
    accesses = [
        port("web", 1, "127.0.0.1:80", makes=False),
        port("db", 2, "127.0.0.1:80", makes=True),
        port("db", 3, "127.0.0.1:80", makes=False),
    ]
    assert list(uses(accesses)) == []


def test_a_query_names_what_is_looked_up() -> None:
    query = r"\0224\1\0\0\1\0\0\0\0\0\0\2db\7example\4test\0\0\1\0\1"
    (access,) = parsed(f'17 1000.1 sendto(3<UDP:[127.0.0.1:4->127.0.0.1:53]>, "{query}", 33, 0, NULL, 0) = 33')
    assert access.call == "sendto, a query for db.example.test"
    both = f'[{{msg_hdr={{msg_iov=[{{iov_base="{query}", iov_len=33}}]}}, msg_len=33}}]'
    (access,) = parsed(f"17 1000.1 sendmmsg(3<UDP:[127.0.0.1:4->127.0.0.1:53]>, {both}, 1, 0) = 1")
    assert access.call == "sendmmsg, a query for db.example.test"


@pytest.mark.parametrize(
    "sent", [b"", b"l", b"l\1\0\1", b"l\1\0\1" + b"\xff" * 40, b"GET / HTTP/1.1\r\n\r\n", bytes(40)]
)
def test_what_is_no_message_of_a_bus_and_no_query_has_no_name(sent: bytes) -> None:
    assert list(bus_names(sent)) == []
    assert queried_name(sent) is None
