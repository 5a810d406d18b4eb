"""The pages for contributors list every message that there is."""

from __future__ import annotations

import re
from typing import get_args

from tests.docs.conftest import ROOT
from tierdeps.control import messages
from tierdeps.processes import guard

PAGES = ROOT / "docs" / "contributing"


def test_every_request_and_reply_of_the_control_socket_is_described() -> None:
    page = (PAGES / "control-socket.rst").read_text()
    tags = {kind.__struct_config__.tag for kind in (*get_args(messages.Request), *get_args(messages.Reply))}
    shown = set(re.findall(r'"type":"([\w-]+)"', page)) | set(re.findall(r"\* - ``([\w-]+)``", page))
    assert shown - {"type"} == tags


def test_every_line_of_the_guard_protocol_is_described() -> None:
    page = (PAGES / "orphan-guard.rst").read_text()
    described = set(re.findall(r"\* - ``(\S)[^`]*``", page))
    assert described == set(re.findall(r"^``(\S)[^`]*``$", guard.__doc__ or "", re.MULTILINE))
