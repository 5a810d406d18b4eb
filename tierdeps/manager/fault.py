"""What is wrong with a plugin, and the calls into strangers' code that can show it."""

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


class Fault(Exception):  # noqa: N818  it is never seen outside: it becomes a status and a sentence
    """Why a plugin cannot be used: ``problem`` is a sentence whose subject is the plugin, ``story`` a traceback."""

    def __init__(self, problem: str, story: str = "", status: PluginStatus = PluginStatus.BROKEN) -> None:
        self.problem = problem
        self.story = story
        self.status = status
        super().__init__(problem)


def import_reference(reference: str) -> object:
    """Import ``module`` or ``module:attribute``; what goes wrong is raised as a Fault.

    Even SystemExit: a plugin that exits while it is imported does not end the program.
    """
    module, colon, attributes = reference.partition(":")
    if not all(part.isidentifier() for part in f"{module}.{attributes if colon else module}".split(".")):
        raise Fault(f"is registered as {reference!r}, which is neither 'module' nor 'module:attribute'")
    try:
        with redirect_stdout(sys.stderr):  # the standard output is for our answer
            found: object = import_module(module)
            return reduce(getattr, filter(None, attributes.split(".")), found)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  a stranger's code is run here
        raise Fault(f"cannot be imported: {sentence(error)}", story(error)) from None


def call(hook: str, function: Callable[[], T], seconds: float) -> T:
    """Return what a stranger's function returns; raise a Fault where it raises, or does not return in time.

    It runs in a daemon thread, the only kind of code that can be left behind when it hangs.
    """
    from threading import Thread

    returned: list[T] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            returned.append(function())
        except BaseException as error:  # noqa: BLE001  a stranger's code is run here
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
    raise Fault(f"fails in {hook}: {sentence(raised[0])}", story(raised[0]))


def sentence(error: BaseException) -> str:
    """Return an exception's type and text in one line."""
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001  a stranger's __str__
        text = ""
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def story(error: BaseException) -> str:
    """Return the whole traceback."""
    from traceback import format_exception

    return "".join(format_exception(error))


def _stack(thread: Thread) -> str:
    """Return where a thread is."""
    from traceback import format_stack

    frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001  documented for just this
    return "".join(("It hangs here:\n", *format_stack(frame))) if frame else ""
