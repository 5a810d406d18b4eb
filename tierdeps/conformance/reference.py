"""References to lifecycle classes: parsed, imported and checked."""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING

from tierdeps._util.suggest import nearest, suggestion
from tierdeps.conformance.methods import function_of, innermost, raw_attribute, required_parameters
from tierdeps.conformance.results import kind_of
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Origin

if TYPE_CHECKING:
    from types import ModuleType


class UnusableReference(Exception):  # noqa: N818  callers turn it into a finding or a LifecycleError
    """Why a reference leads to no lifecycle; ``problem`` completes a sentence that starts with the reference."""

    def __init__(self, problem: str, advice: str = "") -> None:
        self.problem = problem
        self.advice = advice
        super().__init__(problem)


def check_form(reference: str) -> tuple[str, str]:
    """Return the module and the attribute path of a reference. Raises UnusableReference for another form."""
    module, _, path = reference.partition(":")
    if all(part and part == part.strip() for part in (*module.split("."), *path.split("."))):
        return module, path
    parent, dot, name = reference.rpartition(".")
    meant = f"{parent}:{name}" if dot and ":" not in reference and parent.strip(".") and name else ""
    question = f"; did you mean {meant!r}?" if meant else ""
    advice = f'write "{meant or "package.module:Class"}"'
    raise UnusableReference(f'is not "package.module:Class"{question}', advice)


def class_of(reference: object) -> type[Lifecycle]:
    """Return the class of a reference, imported if the reference is text. Raises UnusableReference."""
    found = _find(*check_form(reference)) if isinstance(reference, str) else reference
    if isinstance(found, Lifecycle):
        kind = type(found).__qualname__
        raise UnusableReference(f"is an instance of {kind}, not a class", f"name the class {kind} instead")
    if not isinstance(found, type):
        raise UnusableReference(f"is not a class but {kind_of(found)}", "name a subclass of tierdeps.Lifecycle")
    if not issubclass(found, Lifecycle):
        raise UnusableReference(
            "is not a subclass of tierdeps.Lifecycle", f"derive it: class {found.__name__}(Lifecycle), from tierdeps"
        )
    return found


def check_constructor(lifecycle: type[Lifecycle]) -> None:
    """Raise UnusableReference for a class that cannot be instantiated without arguments, without instantiating it."""
    missing = sorted(getattr(lifecycle, "__abstractmethods__", ()))
    if missing:
        raise UnusableReference(
            f"cannot be instantiated: it is abstract and lacks {' and '.join(missing)}",
            "name a subclass that defines what is missing",
        )
    needed = required_parameters(lifecycle)
    if needed:
        raise UnusableReference(
            f"cannot be instantiated without arguments: its constructor requires {' and '.join(needed)}",
            "give its parameters default values, and read the rest from context.settings",
        )


def _find(module: str, path: str) -> object:
    found: object = _import(module)
    parent = module
    for part in path.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            near = suggestion(part, (name for name in dir(found) if not name.startswith("_")))
            raise UnusableReference(f"cannot be found: {parent} has no {part}{near}", _correct(part, found)) from None
        except BaseException as error:
            raise UnusableReference(f"cannot be found: {sentence_of(error)}", f"fix {parent}") from error
        parent = f"{parent}.{part}"
    return found


def _correct(wrong: str, found: object) -> str:
    near = nearest(wrong, (name for name in dir(found) if not name.startswith("_")))
    return f"name {near} instead" if near else "correct the name of the class"


def _import(module: str) -> ModuleType:
    try:
        return import_module(module)
    except KeyboardInterrupt:
        raise
    except ModuleNotFoundError as error:
        absent = error.name or ""
        if module == absent or module.startswith(f"{absent}."):
            raise UnusableReference(
                f"cannot be imported: there is no module {absent!r}",
                "correct the name, install the package that provides it, or add its folder to PYTHONPATH",
            ) from error
        raise UnusableReference(f"cannot be imported: {sentence_of(error)}", f"install {absent!r}") from error
    except SystemExit as error:
        code = 0 if error.code is None else error.code
        raise UnusableReference(
            f"cannot be imported: {module} exits while it is imported (SystemExit: {code})", _GUARD
        ) from error
    except BaseException as error:
        raise UnusableReference(f"cannot be imported: {sentence_of(error)}", f"fix {module}") from error


_GUARD = 'move the code for scripts under: if __name__ == "__main__"'


def sentence_of(error: BaseException) -> str:
    """Return an exception's type and text in one line."""
    kind = str.__str__(type.__dict__["__name__"].__get__(type(error)))  # a metaclass may override all of it
    try:
        text = " ".join(str(error).split())
    except BaseException:  # noqa: BLE001  plugin code
        text = ""
    return f"{kind}: {text}" if text else kind


def origin_of(lifecycle: type, method: str) -> Origin | None:
    """Return where a method is defined, with a path made from dotted names, the same wherever it is installed."""
    function, _ = function_of(raw_attribute(lifecycle, method)) if method else (None, 0)
    if function is None:
        return None
    function = innermost(function)
    name = PurePath(function.__code__.co_filename).name
    parents = function.__module__.split(".")
    if name != "__init__.py":
        parents.pop()
    return Origin(file="/".join((*parents, name)), line=function.__code__.co_firstlineno)
