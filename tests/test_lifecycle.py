"""Lifecycles and their contexts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tierdeps.lifecycle import Context, Lifecycle, method_name


@dataclass
class Host:
    """Keeps what it is asked and told."""

    now: float = 0.0
    heard: list[tuple[str, ...]] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def look_up(self, driver: str, phase: str, name: str) -> Lifecycle | None:
        self.heard.append((driver, phase, name))
        return None

    def failed(self, driver: str, error: BaseException) -> None:
        self.heard.append((driver, str(error)))

    def lost(self, driver: str, reason: str) -> None:
        self.heard.append((driver, reason))

    def degraded(self, context: Context, reason: str) -> None:
        self.heard.append((context.driver, context.phase, reason))

    def extend(self, context: Context, seconds: float) -> None:
        self.heard.append((context.driver, f"{seconds:.1f}"))

    def restarts(self, driver: str, reason: str | None) -> None:
        self.heard.append((driver, reason or "up again"))

    def publish(self, driver: str, key: str, value: object) -> None: ...

    def published(self, driver: str, phase: str, name: str) -> dict[str, Any]:
        return {}

    def provided(self, driver: str) -> dict[str, Any]:
        return {}

    def facts(self, driver: str) -> dict[str, bool]:
        return {f"{driver}.facts": True}

    def held(self, context: Context, seconds: float, *, ended: bool) -> None:
        self.heard.append((context.driver, f"{seconds:.1f}", "ended" if ended else "still running"))


def context(host: Host | None = None) -> Context:
    return Context("storage", "autostart", settings={"pools": 3}, timeout=9.0, deadline=10.0, host=host or Host())


def test_a_phase_is_a_method_with_underscores() -> None:
    assert method_name("auto-start") == "auto_start"


def test_what_is_not_overridden_does_nothing() -> None:
    lifecycle = Lifecycle()
    assert lifecycle.probe(context()) is None
    assert lifecycle.adopt(context()) is False
    for method in (lifecycle.reload, lifecycle.stop, lifecycle.cleanup):
        assert method(context()) is None


def test_a_context_knows_how_long_there_is_left() -> None:
    assert context().timeout == 9.0
    assert context(Host(now=4.0)).remaining == 6.0
    assert context(Host(now=14.0)).remaining == 0.0


def test_a_context_has_the_facts() -> None:
    assert context().facts == {"storage.facts": True}


def test_a_context_has_a_logger_of_its_driver() -> None:
    assert context().logger.name == "tierdeps.driver.storage"


def test_a_look_up_names_the_caller_and_its_phase() -> None:
    host = Host()
    assert context(host).get("secret") is None
    assert host.heard == [("storage", "autostart", "secret")]


def test_a_loss_says_who_works_no_more_and_why() -> None:
    host = Host()
    context(host).lost("the pool is gone")
    assert host.heard == [("storage", "the pool is gone")]


def test_a_restart_says_why_and_when_it_is_over() -> None:
    host = Host()
    context(host).restarting("it exited with 1")
    context(host).restarted()
    assert host.heard == [("storage", "it exited with 1"), ("storage", "up again")]
