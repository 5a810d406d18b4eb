"""The options of ``shake``."""

from __future__ import annotations

from tierdeps._util.frozen import Value
from tierdeps.cli._baseline import BaselineOptions


class ShakeOptions(Value):
    """The options of ``shake``; times are in seconds."""

    format_name: str = "text"
    outputs: tuple[str, ...] = ()
    across_tiers: bool = False
    phases: bool = False
    slow: bool = False
    slow_time: float = 2.0
    watch: bool = False
    watch_time: float = 2.0
    drivers: frozenset[str] = frozenset()
    runs: int | None = None
    budget: float | None = None
    reset: tuple[str, ...] | None = None
    seed: int = 0
    timeout: float = 90.0
    stop_timeout: float = 30.0
    fix: bool = False
    exit_zero: bool = False
    show_known: bool = False
    baseline: BaselineOptions = BaselineOptions()
