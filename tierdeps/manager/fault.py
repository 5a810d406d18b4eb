"""Faults of plugins, and calls into plugin code that turn its exceptions and its delays into faults."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from functools import reduce
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from tierdeps.model import PluginStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Thread

T = TypeVar("T")


class Fault(Exception):  # noqa: N818  callers turn it into a status and a sentence
    """Why a plugin cannot be used; ``problem`` completes a sentence that starts with the plugin's name."""

    def __init__(self, problem: str, traceback: str = "", status: PluginStatus = PluginStatus.BROKEN) -> None:
        self.problem = problem
        self.traceback = traceback
        self.status = status
        super().__init__(problem)


def import_reference(reference: str) -> object:
    """Import ``module`` or ``module:attribute``. Raises Fault for any exception.

    Even for SystemExit: a plugin that exits while it is imported does not end the program.
    """
    module, colon, attributes = reference.partition(":")
    if not all(part.isidentifier() for part in f"{module}.{attributes if colon else module}".split(".")):
        raise Fault(f"is registered as {reference!r}, which is neither 'module' nor 'module:attribute'")
    try:
        with redirect_stdout(sys.stderr):  # the standard output is for the command's answer
            found: object = import_module(module)
            return reduce(getattr, filter(None, attributes.split(".")), found)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  plugin code is run here
        raise Fault(f"cannot be imported: {sentence(error)}", traceback_text(error)) from None


def call(hook: str, function: Callable[[], T], seconds: float) -> T:
    """Return what a function of a plugin returns. Raises Fault if it raises, or does not return in time.

    It runs in a daemon thread: no other code can be abandoned when it hangs.
    """
    from threading import Thread

    returned: list[T] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            returned.append(function())
        except BaseException as error:  # noqa: BLE001  plugin code is run here
            raised.append(error)

    thread = Thread(target=work, name=f"tierdeps: {hook}", daemon=True)
    with redirect_stdout(sys.stderr):
        thread.start()
        thread.join(seconds)
    if returned:
        return returned[0]
    if not raised:
        raise Fault(f"does not return from {hook} within {seconds:g} s", _stack(thread))
    if isinstance(raised[0], (Fault, KeyboardInterrupt)):
        raise raised[0]
    raise Fault(f"fails in {hook}: {sentence(raised[0])}", traceback_text(raised[0]))


def sentence(error: BaseException) -> str:
    """Return an exception's type and text in one line."""
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001  a plugin's __str__
        text = ""
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def traceback_text(error: BaseException) -> str:
    """Return the traceback of an exception."""
    from traceback import format_exception

    return "".join(format_exception(error))


def _stack(thread: Thread) -> str:
    """Return the stack of a thread that does not return."""
    from traceback import format_stack

    frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001  documented for just this
    return "".join(("It hangs here:\n", *format_stack(frame))) if frame else ""
