"""``tierdeps shake`` on real servers that use each other and do not declare it: by order, and by one watched run."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

#: Creates a database with the page of the site, and removes it when it stops.
DATABASE = """\
import os, signal, sqlite3, sys
connection = sqlite3.connect("site.db")
connection.execute("create table pages (body text)")
connection.execute("insert into pages values ('hello')")
connection.commit()
def stop(*_):
    os.unlink("site.db")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("up", flush=True)
while True:
    signal.pause()
"""
#: Serves the page that is in the database.
WEB = """\
import http.server, sqlite3
(page,) = sqlite3.connect("file:site.db?mode=ro", uri=True).execute("select body from pages").fetchone()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(page.encode())
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print("up", flush=True)
server.serve_forever()
"""
#: Listens on a Unix socket, and removes it when it stops.
BACKEND = """\
import os, signal, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind("backend.sock")
server.listen()
def stop(*_):
    os.unlink("backend.sock")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
print("up", flush=True)
while True:
    server.accept()
"""
#: Keeps a connection to that socket.
FRONTEND = """\
import signal, socket
client = socket.socket(socket.AF_UNIX)
client.connect("backend.sock")
print("up", flush=True)
while True:
    signal.pause()
"""
#: Of each site, the script of the driver that is needed, that of the one that needs it, and what that one uses.
SITES = {
    "a database file": ({"database": DATABASE, "web": WEB}, r"web used the file \S+/site\.db \(openat\) "),
    "a Unix socket": (
        {"backend": BACKEND, "frontend": FRONTEND},
        r"frontend used the socket backend\.sock \(connect\) ",
    ),
}


@pytest.fixture(name="site", params=SITES)
def _site(ask: Ask, request: pytest.FixtureRequest) -> str:
    del ask
    text = ""
    scripts, _ = SITES[request.param]
    for name, script in scripts.items():
        Path(f"{name}.py").write_text(script)
        command = json.dumps([sys.executable, "-S", f"{name}.py"])
        text += f'[drivers.{name}]\ncommand = {command}\nready = "log:^up"\nsettle = 0\n'
    Path("site.toml").write_text(text)
    return str(request.param)


def test_other_orders_show_what_is_not_declared(ask: Ask, site: str) -> None:
    (needed, dependent), _ = SITES[site]
    answer = ask("shake", "--fix", "site.toml")
    assert answer.code == 0, answer.err
    assert answer.out.startswith(
        f"error[TD305] undeclared dependency: {dependent} needs {needed}, seen in 4 of 4 runs\n"
    )
    assert answer.out.endswith("\n1 undeclared dependency\n")
    assert Path("site.toml").read_text().endswith(f'requires = ["{needed}"]\n')
    assert ask("shake", "site.toml").code == 0
    left = [name for name in ("site.db", "backend.sock") if Path(name).exists()]
    assert left == [], "all that was started is stopped"


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_a_watched_run_shows_what_is_not_declared(ask: Ask, site: str) -> None:
    (needed, dependent), used = SITES[site]
    answer = ask("shake", "--watch", "--watch-time", "0.1", "site.toml")
    assert answer.code == 1, answer.err
    assert answer.out.startswith(
        f"error[TD305] undeclared dependency: {dependent} needs {needed}, seen in a watched run\n"
    )
    assert re.search(used, answer.out)
    assert answer.out.endswith("\n1 undeclared dependency\n")
