"""Which steps are swift: there is no more to do than to await a method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.engines import Awaiter
from tierdeps.lifecycle import Lifecycle, method_name

if TYPE_CHECKING:
    from tierdeps.executor.run import Run
    from tierdeps.model import PlannedDriver


def methods_of(run: Run) -> list[str]:
    """Name the method of each step that is swift: nothing comes before it, and the executor may await it itself.

    The others have an empty name.
    """
    worker = run.worker
    if run.options.jobs is not None or not isinstance(worker, Awaiter):
        return [""] * len(run.blueprint.owner)
    crashed = run.options.crashed
    # By identity: a metaclass may have made its classes unhashable.
    kinds: dict[tuple[int, tuple[str, ...]], list[str]] = {}
    methods: list[str] = []
    for driver in run.blueprint.planned:
        kind = id(driver.lifecycle), driver.phases
        found = kinds.get(kind)
        if found is None:
            found = kinds[kind] = _of(worker, driver)
        if driver.disabled or driver.name in crashed:
            methods.extend([""] * len(found))
        else:
            methods.extend(found)
    return methods


def _of(worker: Awaiter, driver: PlannedDriver) -> list[str]:
    try:
        return _methods_of(worker, driver)
    except BaseException:  # noqa: BLE001  a class that cannot even be looked at fails when its driver's turn comes
        return [""] * len(driver.phases)


def _methods_of(worker: Awaiter, driver: PlannedDriver) -> list[str]:
    kind = driver.lifecycle
    if not isinstance(kind, type) or not issubclass(kind, Lifecycle):
        return [""] * len(driver.phases)
    names = map(method_name, driver.phases)
    methods = [name if worker.awaits(kind, name) else "" for name in names]
    if kind.probe is not Lifecycle.probe or kind.adopt is not Lifecycle.adopt:
        methods[0] = ""
    return methods
