"""Lines are written and read again as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.driver_logs.log_line import STREAMS, LogLine, decoded, encoded

LINES = st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"\r")), min_size=1)


@given(st.integers(0, 1 << 61), st.sampled_from(STREAMS), LINES)
def test_what_is_written_is_read_again(time_ns: int, stream: str, lines: list[bytes]) -> None:
    found = decoded("web", encoded(time_ns, stream, lines).split(b"\n")[:-1])
    assert [(line.driver, line.stream, line.data) for line in found] == [("web", stream, line) for line in lines]
    assert {line.time for line in found} == {time_ns // 1000 / 1e6}


@given(st.binary())
def test_a_damaged_file_is_read_as_far_as_it_has_lines(data: bytes) -> None:
    good = encoded(5_000_000_000, "stdout", [b"here"])
    found = decoded("web", (good + data + b"\n" + good).split(b"\n"))
    assert found[0] == found[-1] == LogLine(5.0, "web", "stdout", b"here")


@pytest.mark.parametrize(
    ("data", "text", "raw"), [(b"\x1b[2Jx", "\\x1b[2Jx", "\x1b[2Jx"), (b"\xff", "\\xff", "\\xff"), (b"a\r", "a", "a\r")]
)
def test_text_is_escaped_for_a_terminal_and_only_bytes_elsewhere(data: bytes, text: str, raw: str) -> None:
    line = LogLine(0.0, "web", "stdout", data)
    assert (line.text, line.raw_text) == (text, raw)
