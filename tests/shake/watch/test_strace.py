"""The output of strace as accesses, and which of them are uses of what another driver made."""

from __future__ import annotations

import pytest

from tierdeps.shake.watch.accesses import Access, Thing, uses
from tierdeps.shake.watch.strace import parse

START = 1000.0
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
