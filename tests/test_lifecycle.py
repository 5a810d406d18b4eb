"""Life cycles and their contexts."""

from __future__ import annotations

from tierdeps.lifecycle import Context, Lifecycle, method_name


def context(now: float = 0.0, deadline: float = 10.0) -> Context:
    return Context(
        "storage", "autostart", settings={"pools": 3}, deadline=deadline, clock=lambda: now, look_up=lambda *asked: None
    )


def test_a_phase_is_a_method_with_underscores() -> None:
    assert method_name("auto-start") == "auto_start"


def test_what_is_not_overridden_does_nothing() -> None:
    lifecycle = Lifecycle()
    assert lifecycle.probe(context()) is None
    assert lifecycle.adopt(context()) is False
    for method in (lifecycle.reload, lifecycle.stop, lifecycle.cleanup):
        assert method(context()) is None


def test_a_context_knows_how_long_there_is_left() -> None:
    assert context(now=4.0).remaining == 6.0
    assert context(now=14.0).remaining == 0.0


def test_a_context_has_a_logger_of_its_driver() -> None:
    assert context().logger.name == "tierdeps.driver.storage"


def test_a_look_up_says_who_asks_and_when() -> None:
    asked: list[tuple[str, str, str]] = []

    def look_up(driver: str, phase: str, name: str) -> Lifecycle | None:
        asked.append((driver, phase, name))
        return None

    Context("storage", "autostart", settings={}, deadline=1, clock=lambda: 0, look_up=look_up).get("secret")
    assert asked == [("storage", "autostart", "secret")]
