"""The output of bpftrace as accesses, and when bpftrace is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps.shake.watch.accesses import Thing
from tierdeps.shake.watch.bpftrace import Bpftrace, parse
from tierdeps.shake.watch.strace import Strace
from tierdeps.shake.watch.tracer import chosen_tracer

if TYPE_CHECKING:
    from pathlib import Path

#: Recorded with bpftrace 0.17 on Linux 6.18: a process that opens its mark, writes, renames and reads a file, and
#: listens on a socket and a port to which it then connects. What follows an address is what was in
#: memory behind it.
RECORDED = r"""Attaching 12 probes...
fork 24675 25095
fork 24675 25108
openat 25108 67699084991013 3 0 /trace/0.mark
openat 25108 67699098483585 3 524288 /srv/config
openat 25108 67699112551351 3 524865 made
rename 25108 67699112671650 0 0 data
openat 25108 67699112730578 3 524288 data
openat 25108 67699112730579 -2 524288 missing
bind 25108 67699112807442 0 11 \x01\x00\x00abstract\x82\x88\x7f\x00\x00 \x1c\x13\
connect 25108 67699112911347 0 11 \x01\x00\x00abstract\xaf\xfc\x7f\x00\x00\xc0)\x5c\xa1
bind 25108 67699113003293 0 16 \x02\x00\xb0D\x7f\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x80d\x10
connect 25108 67699116294757 -115 16 \x02\x00\xb0D\x7f\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\xc0*\xa1
bind 25108 67699116294758 0 28 \x0a\x00\x00P\x00\x00\x00\x00IPV6
openat 4711 67699116294759 3 524288 /of/another/process
fork 25108 25200
connect 25200 67699116294760 0 12 \x01\x00/run/db.s\x00
connect 25200 67699116294761 -111 12 \x01\x00/run/xx.s\x00
openat 25108 677
"""


def test_calls_of_a_process_and_its_children_are_read() -> None:
    found = list(
        parse(
            RECORDED.replace("IPV6", "\\x00" * 15 + "\\x01").splitlines(),
            67699.0,
            {"/trace/0.mark": "web"},
            {"web": "/srv"},
        )
    )
    assert {access.driver for access in found} == {"web"}
    assert [(access.call, access.thing, access.name, access.makes) for access in found] == [
        ("openat", Thing.FILE, "/srv/config", False),
        ("openat", Thing.FILE, "/srv/made", True),
        ("rename", Thing.FILE, "/srv/data", True),
        ("openat", Thing.FILE, "/srv/data", False),
        ("bind", Thing.SOCKET, "@abstract", True),
        ("connect", Thing.SOCKET, "@abstract", False),
        ("bind", Thing.PORT, "127.0.0.1:45124", True),
        ("connect", Thing.PORT, "127.0.0.1:45124", False),
        ("bind", Thing.PORT, "::1:80", True),
        ("connect", Thing.SOCKET, "/run/db.s", False),
    ]
    assert found[0].at == pytest.approx(0.098, abs=0.001)


@pytest.mark.parametrize(
    ("installed", "uid", "has_events", "chosen"),
    [
        ({"strace", "bpftrace"}, 0, True, Strace),
        ({"bpftrace"}, 0, True, Bpftrace),
        ({"bpftrace"}, 1000, True, type(None)),
        ({"bpftrace"}, 0, False, type(None)),
        (set(), 0, True, type(None)),
    ],
)
def test_strace_is_chosen_if_it_is_installed_and_else_bpftrace_if_it_may_be_used(
    tmp_path: Path, installed: set[str], uid: int, *, has_events: bool, chosen: type
) -> None:
    events = tmp_path if has_events else tmp_path / "missing"
    tracer = chosen_tracer(lambda name: name if name in installed else None, uid, str(events))
    assert type(tracer) is chosen
