"""Requests of other sites, other users and clients that misbehave, on a real socket."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from time import sleep
from typing import TYPE_CHECKING

import pytest

from tests.serve.running import QUICK, TOKEN, Running, answer_of, running, state
from tierdeps._util.frozen import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

PATHS = ("/api/graph", "/api/start", "/api/events", "/api/log?driver=a", "/api/restart", "/nowhere", "/favicon.ico")


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(control=True) as found:
        yield found


@pytest.fixture(autouse=True)
def _nothing_is_restarted_or_printed(server: Running, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    assert server.source.restarted == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "\xff"])
def test_without_the_token_every_path_is_forbidden_in_the_same_way(
    server: Running, path: str, token: str | None
) -> None:
    found = server.request(path, token=token)
    assert (found.status, found.body) == (403, "forbidden\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "X"])
def test_without_the_token_every_method_is_forbidden(server: Running, method: str) -> None:
    assert server.request("/", method=method, token=None).status == 403
    assert server.request("/api/restart", method=method, token=None).status == 403


def test_the_token_is_accepted_in_the_header_only(server: Running) -> None:
    assert server.request("/api/graph").status == 200
    assert server.request(f"/api/graph?token={TOKEN}", token=None).status == 403
    assert server.request("/api/graph", f"Cookie: token={TOKEN}", token=None).status == 403
    assert server.request("/api/graph", f"Authorization: Basic {TOKEN}", token=None).status == 403


def test_the_page_has_no_data_and_cannot_be_framed(server: Running) -> None:
    page = server.request("/", token=None)
    assert page.status == 200
    assert "shop.toml" not in page.body
    assert TOKEN not in page.head + page.body
    assert "frame-ancestors 'none'" in page.head
    assert "default-src 'none'" in page.head
    for header in ("x-frame-options: deny", "referrer-policy: no-referrer", "cache-control: no-store"):
        assert header in page.head
    assert "set-cookie" not in page.head
    assert "access-control" not in page.head
    assert "server:" not in page.head


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1:{port}.evil.example", "{port}"],
)
@pytest.mark.parametrize("path", ["/", "/api/graph"])
def test_a_name_of_another_site_that_resolves_to_this_host_is_refused(server: Running, host: str, path: str) -> None:
    found = server.request(path, host=host.format(port=server.access.port))
    assert (found.status, found.body) == (403, "forbidden\n")


def test_requests_without_or_with_two_hosts_are_refused(server: Running) -> None:
    port = server.access.port
    assert server.send(b"GET / HTTP/1.0\r\n\r\n").status == 403
    assert server.send(b"GET / HTTP/1.1\r\n\r\n").status == 400
    assert server.send(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: evil\r\n\r\n".encode()).status == 400
    assert server.request("/", host=f"LOCALHOST:{port}").status == 200


@pytest.mark.parametrize(
    "header",
    [
        *(
            "Origin: http://evil.example",
            "Origin: null",
            "Origin: https://127.0.0.1:{port}",
            "Origin: http://127.0.0.1",
        ),
        *("Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Sec-Fetch-Site: none"),
    ],
)
def test_a_request_from_another_site_is_refused_even_with_the_token(server: Running, header: str) -> None:
    header = header.format(port=server.access.port)
    body = b'{"driver": "a"}'
    for found in (
        server.request("/api/graph", header),
        server.request("/api/restart", header, "Content-Type: application/json", method="POST", body=body),
    ):
        assert (found.status, found.body) == (403, "forbidden\n")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_a_form_of_another_site_can_send_restarts_nothing(server: Running, kind: str) -> None:
    found = server.request("/api/restart", f"Content-Type: {kind}", method="POST", body=b'{"driver": "a"}')
    assert found.status == 415
    assert server.request("/api/restart?driver=a").status == 405


@pytest.mark.parametrize(
    "path",
    [
        *("/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/api/../../etc/passwd", "/..%5c..%5cx"),
        *("/api/log?driver=../../../etc/passwd", "/page.css", "/%00", "http://evil.example/etc/passwd", "/%ff", "*"),
    ],
)
def test_no_path_leads_to_a_file(server: Running, path: str) -> None:
    assert server.request(path, token=None).status == 403
    found = server.request(path)
    assert found.status == 404
    assert "root:" not in found.body


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "X"])
def test_other_methods_are_not_allowed(server: Running, method: str) -> None:
    assert server.request("/api/restart", method=method).status == 405
    assert server.request("/api/graph", method="POST").status == 405


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"driver": 3}', 400),
        (b'{"driver": "\xff"}', 400),
        (b"[" * 99, 400),
        (b'{"driver": "' + b"x" * 100 + b'"}', 413),
    ],
)
def test_a_body_that_is_no_request_is_refused(server: Running, body: bytes, status: int) -> None:
    kind = "Content-Type: application/json"
    assert server.request("/api/restart", kind, method="POST", body=body).status == status


def test_a_body_without_end_is_refused(server: Running) -> None:
    lines = ("POST /api/restart HTTP/1.1", f"Host: 127.0.0.1:{server.access.port}", f"Authorization: Bearer {TOKEN}")
    head = "\r\n".join((*lines, "Content-Type: application/json", "Transfer-Encoding: chunked", "", ""))
    with server.connect() as client:
        client.sendall(head.encode() + b"40\r\n" + b"x" * 64 + b"\r\n40\r\n" + b"x" * 64 + b"\r\n")
        assert answer_of(client).status == 413


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
        b"\r\n" * 5_000 + b"\x00\xff",
    ],
)
def test_what_is_too_long_or_no_request_gets_an_error(server: Running, request_: bytes) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):  # it ended the connection while we still sent
        assert server.send(request_).status in {400, 0}
    assert server.request("/").status == 200


def test_a_second_request_in_the_same_connection_is_not_answered(server: Running) -> None:
    one = f"GET /api/graph HTTP/1.1\r\nHost: 127.0.0.1:{server.access.port}\r\n\r\n".encode()
    found = server.send(one + one)
    assert (found.status, found.body.count("HTTP/1.1")) == (403, 0)


@pytest.mark.parametrize(
    "part", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x", b"POST /api/restart HTTP/1.1\r\nContent-Length: 9\r\n"]
)
def test_a_request_that_does_not_arrive_ends_with_its_connection(server: Running, part: bytes) -> None:
    with server.connect() as client:
        client.sendall(part)
        assert answer_of(client).status == 0


def test_a_body_that_does_not_arrive_ends_with_its_connection(server: Running) -> None:
    lines = ("POST /api/restart HTTP/1.1", f"Host: 127.0.0.1:{server.access.port}", f"Authorization: Bearer {TOKEN}")
    head = "\r\n".join((*lines, "Content-Type: application/json", "Content-Length: 9", "", ""))
    with server.connect() as client:
        client.sendall(head.encode() + b"{")
        assert answer_of(client).status == 0


def test_connections_on_which_nothing_arrives_keep_nobody_out(server: Running) -> None:
    idle = [server.connect() for _ in range(60)]
    try:
        assert server.request("/api/graph").status == 200
        assert len(server.server.server_state.connections) <= 21
    finally:
        for client in idle:
            client.close()


def test_a_reader_that_stops_is_disconnected_and_nothing_is_kept_for_it() -> None:
    # this thread looks at the connection before the reader's time is over, also on a busy machine
    with running(limits=replace(QUICK, request_s=20, reader_s=3)) as server, socket.socket() as client:
        names = [f"driver-{number}" for number in range(2000)]
        server.source.now = state(names, reason="x" * 2000)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(20)
        client.connect(("127.0.0.1", server.access.port))
        lines = ("GET /api/events HTTP/1.1", f"Host: 127.0.0.1:{server.access.port}", f"Authorization: Bearer {TOKEN}")
        client.sendall("\r\n".join((*lines, "", "")).encode())
        assert client.recv(12) == b"HTTP/1.1 200"
        buffered = 0
        while connections := list(server.server.server_state.connections):
            buffered = max(buffered, *(one.transport.get_write_buffer_size() for one in connections))
            sleep(0.01)
        # not the four megabytes of the event
        assert 0 < buffered < 200_000


def test_more_pages_than_the_server_serves_are_refused(server: Running) -> None:
    opened = []
    try:
        for _ in range(2):
            opened.append(server.stream())
            assert opened[-1].recv(100).startswith(b"HTTP/1.1 200")
        found = server.request("/api/events")
        assert (found.status, json.loads(found.body)["problem"]) == (503, "2 pages are open; close one of them")
    finally:
        for client in opened:
            client.close()
