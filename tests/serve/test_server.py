"""What the server answers to its page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.serve.running import QUICK, Running, running, state
from tierdeps._util.frozen import replace
from tierdeps.errors import RunError
from tierdeps.serve.access import new_token
from tierdeps.serve.server import listen

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from tests.serve.running import Answer

JSON = "Content-Type: application/json"


@pytest.fixture
def server() -> Iterator[Running]:
    with running(control=True, limits=replace(QUICK, request_s=20, reader_s=20)) as found:
        yield found


def restart(server: Running, driver: str = "a") -> Answer:
    origin = f"Origin: http://127.0.0.1:{server.access.port}"
    body = json.dumps({"driver": driver}).encode()
    return server.request("/api/restart", JSON, origin, "Sec-Fetch-Site: same-origin", method="POST", body=body)


def events(client: socket.socket) -> Iterator[dict[str, Any]]:
    """Yield the events of a stream."""
    lines = client.makefile("rb")
    for line in lines:
        if line.startswith(b"data: "):
            yield json.loads(line[6:])


def test_the_data_of_the_page_says_whether_drivers_may_be_restarted(server: Running) -> None:
    found = json.loads(server.request("/api/graph").body)
    assert found.pop("control") is True
    assert found == server.source.document
    with running() as other:
        assert json.loads(other.request("/api/graph").body)["control"] is False


def test_a_driver_is_restarted_only_with_control(server: Running) -> None:
    found = restart(server)
    assert (found.status, json.loads(found.body)) == (200, {"ok": True, "lines": ["a is ready"]})
    assert server.source.restarted == ["a"]
    with running() as other:
        assert "run tierdeps serve --control" in restart(other).body
        assert other.source.restarted == []


def test_an_error_is_one_sentence(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    found = server.request("/api/log?driver=b")
    assert (found.status, json.loads(found.body)) == (404, {"problem": "no driver is named 'b'; available: a"})

    found = restart(server, "b")
    assert (found.status, json.loads(found.body)) == (404, {"problem": "no driver is named 'b'; available: a"})
    assert server.source.restarted == []

    def fails(driver: str) -> None:
        raise RunError("nothing is running")

    monkeypatch.setattr(server.source, "restart", fails)
    assert restart(server).body == '{"problem":"nothing is running"}'


def test_a_log_and_a_start_are_documents(server: Running) -> None:
    assert json.loads(server.request("/api/log?driver=a").body) == {"lines": ["one", "two"]}
    assert server.request("/api/start").body == "null"
    server.source.chart = {"runs": ["\ud800"]}
    assert json.loads(server.request("/api/start").body) == {"runs": ["\ud800"]}


def test_events_have_everything_first_and_then_what_has_changed(server: Running) -> None:
    with server.stream() as client:
        found = events(client)
        first = next(found)
        assert (first["whole"], [one["driver"] for one in first["drivers"]]) == (True, ["a"])
        server.source.now = state(("a", "b"))
        second = next(found)
        assert (second["whole"], [one["driver"] for one in second["drivers"]]) == (False, ["b"])
        server.source.now = state(("c",), plan="2 y")
        third = next(found)
        assert (third["whole"], [one["driver"] for one in third["drivers"]]) == (True, ["c"])


def test_the_end_of_the_server_ends_its_streams(server: Running) -> None:
    with server.stream() as client:
        assert client.recv(10)
        server.server.stop()
        client.settimeout(20)
        try:
            while client.recv(1 << 16):
                pass
        except ConnectionResetError:
            pass


def test_it_listens_on_the_loopback_address_alone() -> None:
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        with pytest.raises(RunError, match=r"port \d+ of 127.0.0.1 cannot be used: address already in use; choose"):
            listen(listener.getsockname()[1])


def test_no_two_tokens_are_equal() -> None:
    found = {new_token() for _ in range(100)}
    assert len(found) == 100
    assert min(map(len, found)) >= 43
