"""Reloads of the active part of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.hosts import Host


def write(host: Host, targets: str, more: str = "") -> None:
    processes = "".join(f"[drivers.{name}]\ncommand = {host.command(name)}\n" for name in ("a", "b"))
    others = "[drivers.system]\nwants = ['a']\n[drivers.bad]\nrequires = ['nowhere']\n"
    (host.folder / "graph.toml").write_text(f"targets = {targets}\n{processes}{others}{more}")


def test_a_reload_starts_what_is_active_now_and_stops_what_is_no_longer(host: Host) -> None:
    write(host, '["system"]')
    assert host.ask("start", "graph.toml", "--detach").code == 0
    write(host, '["b"]')
    answer = host.ask("reload")
    assert answer.code == 0
    assert answer.out.splitlines()[:4] == [
        "will stop system",
        "will stop a",
        "will start b",
        "2 to stop, 1 to start, 0 unchanged",
    ]
    assert list(host.running()) == ["b"]
    assert host.ask("stop").code == 0
