"""The kit for those who write drivers: a pytest plugin, which imports nothing of tierdeps before it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from tierdeps.clock import run_virtually
    from tierdeps.lifecycle import Lifecycle
    from tierdeps.model import Driver
    from tierdeps.testing._conformance import Conformance
    from tierdeps.testing._fleet import SimulatedFleet, SimulatedWorker
    from tierdeps.testing._trial import Trial

__all__ = [
    "Conformance",
    "RunDriver",
    "SimulatedFleet",
    "SimulatedWorker",
    "Trial",
    "assert_conforms",
    "assert_no_undeclared",
    "run_driver",
    "run_virtually",
]


def __getattr__(name: str) -> object:
    """Import the types, and what imports asyncio, on first use."""
    if name == "Trial":
        from tierdeps.testing._trial import Trial

        return Trial
    if name == "Conformance":
        from tierdeps.testing._conformance import Conformance

        return Conformance
    if name in ("SimulatedFleet", "SimulatedWorker"):
        from tierdeps.testing import _fleet

        return getattr(_fleet, name)
    if name == "run_virtually":
        from tierdeps.clock import run_virtually

        return run_virtually
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--tierdeps-check``."""
    parser.getgroup("tierdeps").addoption(
        "--tierdeps-check",
        action="store_true",
        help="Test the graph of the installed drivers too: one test for each rule of tierdeps check.",
    )


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add an item for each rule if the option is given."""
    if config.getoption("tierdeps_check"):
        from tierdeps.testing._items import rule_items

        items.extend(rule_items(session))


class RunDriver(Protocol):
    """Starts and stops one driver, as ``run_driver`` does."""

    def __call__(
        self,
        driver: Driver,
        *,
        fakes: Iterable[Driver] = (),
        failures: Mapping[str, str | BaseException] | None = None,
        delays: Mapping[str, float] | None = None,
        settings: Mapping[str, object] | None = None,
        facts: Mapping[str, bool] | None = None,
        values: Mapping[str, Mapping[str, object]] | None = None,
        when_ready: Callable[[Lifecycle], Awaitable[object] | object] | None = None,
        real_time: bool = False,
    ) -> Trial:
        """Return the trial."""
        ...


def run_driver(
    driver: Driver,
    *,
    fakes: Iterable[Driver] = (),
    failures: Mapping[str, str | BaseException] | None = None,
    delays: Mapping[str, float] | None = None,
    settings: Mapping[str, object] | None = None,
    facts: Mapping[str, bool] | None = None,
    values: Mapping[str, Mapping[str, object]] | None = None,
    when_ready: Callable[[Lifecycle], Awaitable[object] | object] | None = None,
    real_time: bool = False,
) -> Trial:
    """Start and stop one driver on a virtual clock, on which waiting takes no real time.

    ``fakes`` are drivers in place of those that it depends on; for every other name there is one that does nothing but
    publish its ``values``: ``{"osd@ceph1": {"address": "10.0.0.1"}}``.
    ``failures`` and ``delays`` (in seconds) are injected into calls, by step (``secret:start``) or by driver;
    ``settings`` are the driver's own; facts that ``facts`` does not mention are true. ``when_ready`` is called with the
    driver's lifecycle while everything is ready. With ``real_time`` the clock is the real one, and plain methods run in
    threads: for a driver that waits for threads, files or processes. Raises GraphError if there is no order.
    """
    from tierdeps.testing._engine import Injection
    from tierdeps.testing._trial import attempt, setting_of

    injection = Injection(failures or {}, delays or {})
    setting = setting_of(driver, fakes, settings, facts, values=values, real_time=real_time)
    return attempt(setting.changed(injection=injection, when_ready=when_ready))


def assert_conforms(
    driver: Driver,
    *,
    fakes: Iterable[Driver] = (),
    settings: Mapping[str, object] | None = None,
    facts: Mapping[str, bool] | None = None,
    values: Mapping[str, Mapping[str, object]] | None = None,
    may_be_skipped: bool = False,
    real_time: bool = False,
) -> Conformance:
    """Raise AssertionError, with all that is wrong, unless a driver does what is expected of every driver.

    It is declared validly, and its lifecycle fits its phases; starts and stops; starts without what it only wants;
    looks up only what it declared; can be stopped after any phase failed; adopts what another run started, if it has
    ``adopt``; can be interrupted at each await of its start; and leaves no task, thread, open file or process behind.
    The arguments are those of ``run_driver``. An exception of the driver, if that is what is wrong, is the
    ``__cause__`` of the AssertionError. A driver that its probe skips is not tested, which is an error too unless it
    ``may_be_skipped``.
    """
    from tierdeps.testing._conformance import conform
    from tierdeps.testing._trial import setting_of

    __tracebackhide__ = True
    setting = setting_of(driver, fakes, settings, facts, values=values, real_time=real_time)
    conformance, violations = conform(setting, may_be_skipped=may_be_skipped)
    if violations:
        listed = "".join(f"\n- {item.text}" for item in violations)
        raised = next((item.error for item in violations if item.error is not None), None)
        raise AssertionError(f"the driver {driver.name!r} does not conform:{listed}") from raised
    return conformance


def assert_no_undeclared(
    drivers: Iterable[Driver],
    *,
    fakes: Iterable[Driver] = (),
    settings: Mapping[str, Mapping[str, object]] | None = None,
    facts: Mapping[str, bool] | None = None,
    real_time: bool = False,
) -> None:
    """Raise AssertionError if one of the drivers needs another one without declaring it, as ``tierdeps shake`` does.

    The drivers are started one at a time in other legal orders on a virtual clock, whatever their tiers. ``settings``
    are those of drivers by name; the other arguments are those of ``run_driver``. That a driver fails in every order is
    an error too.
    """
    from tierdeps.testing._undeclared import problems_of

    __tracebackhide__ = True
    problems = problems_of(drivers, fakes, settings or {}, facts or {}, real_time=real_time)
    if problems:
        raise AssertionError("".join(f"\n- {problem}" for problem in problems))


@pytest.fixture(name="run_driver")
def _run_driver() -> RunDriver:
    """Start one driver and stop it again, on a virtual clock, with stand-ins; see tierdeps.testing.run_driver."""
    return run_driver
