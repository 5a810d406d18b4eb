"""How methods of a class can be called, without instantiating the class or running any of its code."""

from __future__ import annotations

from functools import partial, partialmethod
from types import FunctionType
from typing import TYPE_CHECKING, Any

from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model.declarations import RESERVED

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The verbs in the order in which they are called.
VERBS = ("probe", "adopt", "check", "recover", "reload", "stop", "cleanup")
#: Flags in ``co_flags``, as in ``inspect``: importing that module would cost more than all checks here.
ITERABLE_COROUTINE, GENERATOR, ASYNC_GENERATOR = 0x100, 0x20, 0x200
_VARIABLE, _VARIABLE_KEYWORDS = 0x04, 0x08
_CONTEXT_NAMES = frozenset({"context", "ctx"})
_NO_HINT = frozenset({"", "Any", "object", "typing.Any"})

assert set(VERBS) == RESERVED  # noqa: S101  the same, in their order


def has_method(lifecycle: type, name: str) -> bool:
    """Return whether an engine would call something of this name."""
    found = attribute_of(lifecycle, name)
    return not (found is None or name.startswith("_") or found is getattr(Lifecycle, name, None))


def attribute_of(lifecycle: type, name: str) -> Any:
    """Return what an engine finds in a class; a descriptor that cannot be looked up there, as it is."""
    try:
        return getattr(lifecycle, name, None)
    except Exception:  # noqa: BLE001  plugin code
        return raw_attribute(lifecycle, name)


def bases_of(lifecycle: type) -> Iterator[type]:
    """Yield the class and its bases below Lifecycle, in the order of look-up."""
    for base in lifecycle.__mro__:
        if base is not Lifecycle and base is not object:
            yield base


def raw_attribute(lifecycle: type, name: str) -> Any:
    """Return an attribute of a class without binding it; None if no class has it."""
    return next((vars(base)[name] for base in lifecycle.__mro__ if name in vars(base)), None)


def function_of(attribute: object) -> tuple[FunctionType | None, int]:
    """Return the function behind an attribute of a class, and how many arguments its look-up binds."""
    if isinstance(attribute, staticmethod):
        return _function(attribute.__func__), 0
    if isinstance(attribute, classmethod):
        return _function(attribute.__func__), 1
    return _function(attribute), 1


def _function(value: object) -> FunctionType | None:
    return value if isinstance(value, FunctionType) else None


def innermost(function: FunctionType) -> FunctionType:
    """Return what decorators that use ``functools.wraps`` have wrapped."""
    seen = {id(function)}
    while isinstance(inner := getattr(function, "__wrapped__", None), FunctionType) and id(inner) not in seen:
        seen.add(id(inner))
        function = inner
    return function


def takes_one_context(lifecycle: type, name: str) -> bool:
    """Return whether a call with one positional argument fits the signature; what cannot be read is taken to fit."""
    attribute = raw_attribute(lifecycle, name)
    function, bound = function_of(attribute)
    if function is None:
        return _binds(attribute, lifecycle)
    code, defaults = function.__code__, len(function.__defaults__ or ())
    keywords = function.__kwdefaults__ or {}
    only_by_keyword = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    if any(keyword not in keywords for keyword in only_by_keyword):
        return False
    most = float("inf") if code.co_flags & _VARIABLE else code.co_argcount
    return code.co_argcount - defaults <= bound + 1 <= most


def _binds(attribute: Any, lifecycle: type) -> bool:
    """Ask the signature of a callable that is no plain function."""
    from inspect import signature

    try:
        bound = attribute.__get__(object(), lifecycle) if hasattr(type(attribute), "__get__") else attribute
        found = signature(bound, follow_wrapped=False)
    except Exception:  # noqa: BLE001  plugin code, or one without a signature
        return True
    try:
        found.bind(None)
    except TypeError:
        return False
    return True


def signature_text(lifecycle: type, name: str) -> str:
    """Return a method's name with its parameters, as it was written."""
    function, _ = function_of(raw_attribute(lifecycle, name))
    if function is None:
        return name
    code = function.__code__
    names = code.co_varnames
    places = [*names[: code.co_argcount]]
    only = [*names[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]]
    rest = [*names[code.co_argcount + code.co_kwonlyargcount :]]
    star = f"*{rest.pop(0)}" if code.co_flags & _VARIABLE else "*" if only else ""
    keywords = f"**{rest.pop(0)}" if code.co_flags & _VARIABLE_KEYWORDS else ""
    return f"{name}({', '.join(part for part in (*places, star, *only, keywords) if part)})"


def generator_kind(lifecycle: type, name: str) -> str:
    """Return what kind of generator a method is, or an empty string; a decorator may run one, and is believed."""
    attribute = raw_attribute(lifecycle, name)
    while isinstance(attribute, (partialmethod, partial)):
        attribute = attribute.func
    function, _ = function_of(attribute)
    flags = function.__code__.co_flags if function is not None else 0
    if flags & ASYNC_GENERATOR:
        return "an async generator"
    return "a generator" if flags & GENERATOR and not flags & ITERABLE_COROUTINE else ""


def context_parameter(function: FunctionType, bound: int, *, called: frozenset[str] = frozenset()) -> tuple[bool, bool]:
    """Return whether the first parameter is a context, and whether it is alone.

    Its annotation says so, or else its name: a usual one, or one of those ``called``.
    """
    function = innermost(function)
    code = function.__code__
    if code.co_argcount <= bound:
        return False, False
    name = code.co_varnames[bound]
    hint = annotation(function, name)
    if hint in _NO_HINT:
        is_context = name.strip("_") in (_CONTEXT_NAMES | called)
    else:
        is_context = hint == "Context" or (hint.startswith("tierdeps.") and hint.endswith(".Context"))
    starred = code.co_flags & (_VARIABLE | _VARIABLE_KEYWORDS)
    return is_context, code.co_argcount == bound + 1 and not code.co_kwonlyargcount and not starred


def annotation(function: FunctionType, name: str) -> str:
    """Return an annotation as text; an empty string where there is none, or it cannot be evaluated."""
    try:
        found = function.__annotations__.get(name, "")
    except Exception:  # noqa: BLE001  from Python 3.14 on they are evaluated when they are read
        return ""
    if found is Context:
        return "Context"
    if isinstance(found, str):
        return _resolved(found.strip("'\" "), function.__globals__)
    return "None" if found is None else f"{getattr(found, '__module__', '')}.{getattr(found, '__qualname__', found)}"


def _resolved(text: str, names: dict[str, Any]) -> str:
    """Return an annotation that was not evaluated, under the name of what it means there, if that is known."""
    first, *others = text.split(".")
    value = names.get(first)
    for part in others:
        value = getattr(value, part, None)
    if value is Context:
        return "Context"
    return f"another {text}" if isinstance(value, type) and text.endswith("Context") else text


def required_parameters(lifecycle: type) -> tuple[str, ...]:
    """Return the parameters without which a class cannot be made; what cannot be read is taken to need none."""
    if not {"__init__", "__new__"} & {name for base in bases_of(lifecycle) for name in vars(base)}:
        return ()
    from inspect import Parameter, signature

    try:
        parameters = signature(lifecycle, follow_wrapped=False).parameters.values()
    except Exception:  # noqa: BLE001  plugin code, or one without a signature
        return ()
    starred = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return tuple(item.name for item in parameters if item.default is Parameter.empty and item.kind not in starred)
