"""An inventory from a live connection: what is defined there, as it would be after a boot, and what is active now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps import InputError, replace
from tierdeps_libvirt._connection import leads_here
from tierdeps_libvirt._deadline import Answers, NoAnswerError
from tierdeps_libvirt._library import load_library, sentence
from tierdeps_libvirt._objects.definition import Inventory
from tierdeps_libvirt._objects.machine import Machine, ThisMachine
from tierdeps_libvirt._objects.reader import Reader
from tierdeps_libvirt._objects.tls import settings_in
from tierdeps_libvirt._ownboot import MARKER, boot_problem, is_owned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps_libvirt._library import Library
    from tierdeps_libvirt._objects.definition import Definition

#: The time limit of each answer, in seconds: a stopped daemon accepts connections, and never answers.
SECONDS = 15.0
_QEMU_SETTINGS = "/etc/libvirt/qemu.conf"


def ask(
    uri: str, library: Library | None = None, *, seconds: float = SECONDS, machine: Machine | None = None
) -> Inventory:
    """Read all that is defined. Raises InputError if the connection cannot be opened, or does not answer."""
    try:
        library = library or load_library()
    except ImportError as error:
        problem = f"libvirt-python cannot be used ({error}): pip install 'tierdeps-libvirt[live]'"
        raise InputError(uri, problem) from None
    answers = Answers("tierdeps asks libvirt")
    try:
        connection = _opened(uri, library, answers, seconds)
        try:
            found = tuple(_one_by_one(Reader(uri, library, connection).definitions(), answers, seconds))
        except library.libvirtError as error:
            raise InputError(uri, f"libvirt does not say what is defined: {sentence(error)}") from None
        finally:
            answers.clean_up(connection.close, seconds)
    except NoAnswerError:
        problem = f"libvirt took the connection and did not answer for {seconds:g} s: see whether its daemon is stopped"
        raise InputError(uri, problem) from None
    finally:
        answers.close()
    return _inventory(uri, found, machine or (ThisMachine() if leads_here(uri) else Machine()))


def _opened(uri: str, library: Library, answers: Answers, seconds: float) -> Any:
    try:
        return answers.ask(lambda: library.open(uri), seconds)
    except library.libvirtError as error:
        raise InputError(uri, f"libvirt does not answer: {sentence(error)}") from None


def _one_by_one(found: Iterator[Definition], answers: Answers, seconds: float) -> Iterator[Definition]:
    """Yield what is found, with a time limit for each object: there may be many, over a slow connection."""
    while (item := answers.ask(lambda: next(found, None), seconds)) is not None:
        yield item


def _inventory(uri: str, found: Iterable[Definition], machine: Machine) -> Inventory:
    settings = settings_in(machine.text(_QEMU_SETTINGS)) if uri.endswith("/system") else {}
    owned = machine.has_path(f"/etc/libvirt/{MARKER}") if uri.endswith("/system") else None
    boot = "" if owned is None else boot_problem(owned=owned, here=True)
    by_tierdeps = owned is not None and is_owned(marked=owned, here=True)
    whole = Inventory(uri, address=uri, machine=machine, settings=settings, boot=boot, owned=by_tierdeps)
    told = list(found)
    kept = [item for item in told if item.element is not None or item.problem]
    passing = [item for item in told if item.element is None and not item.problem]
    return replace(whole, definitions=tuple(kept), passing=tuple(passing))
