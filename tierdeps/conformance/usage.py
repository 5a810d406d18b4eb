"""What bytecode says about a method: whether anything calls it, and whether it returns a value.

A helper that takes a context looks like a phase that nobody declared; only a call distinguishes the two.
"""

from __future__ import annotations

import dis
import sys
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

from tierdeps.conformance.methods import ASYNC_GENERATOR, GENERATOR, annotation, bases_of, function_of, innermost

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: A flag in ``co_flags`` that functions have and class bodies do not.
_FUNCTION = 0x01
_LOADS = frozenset({"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "LOAD_SUPER_METHOD"})


def is_used(lifecycle: type, name: str) -> bool:
    """Return whether the class, a base or its module refers to a method by name, or has it in a table."""
    for base in bases_of(lifecycle):
        held = vars(base)
        for key, value in held.items():
            if key != name and (_refers(_codes(value), name, texts=True) or _holds(value, name, held.get(name))):
                return True
    return _is_used_in_module(lifecycle, name)


def _is_used_in_module(lifecycle: type, name: str) -> bool:
    """Return whether a class of the same module calls it; for classes inside functions this is not checked."""
    module = sys.modules.get(lifecycle.__module__)
    if module is None or "<locals>" in lifecycle.__qualname__:
        return False
    kinds = (value for value in list(vars(module).values()) if isinstance(value, type))
    own = (kind for kind in kinds if kind.__module__ == lifecycle.__module__)
    members = (item for kind in own for item in list(vars(kind).items()))
    return any(key != name and _refers(_codes(member), name, texts=False) for key, member in members)


def _holds(value: object, name: str, method: object) -> bool:
    """Return whether a class attribute is the method under another name, or a table that contains it."""
    items = (*value, *value.values()) if isinstance(value, dict) else value
    if not isinstance(items, (tuple, list, set, frozenset)):
        items = (value,) if value is method else ()
    return any(item is method or (isinstance(item, str) and item == name) for item in items if item is not None)


def _codes(value: object) -> Iterator[CodeType]:
    """Yield the code behind an attribute: a function's, or those of a property."""
    parts = (value.fget, value.fset, value.fdel) if isinstance(value, property) else (value,)
    for part in parts:
        function, _ = function_of(getattr(part, "func", part))
        if function is not None:
            yield function.__code__
            if (inner := innermost(function)) is not function:
                yield inner.__code__


def _refers(codes: Iterable[CodeType], name: str, *, texts: bool) -> bool:
    stack = list(codes)
    while stack:
        code = stack.pop()
        inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
        stack.extend(
            constant for constant in inner if constant.co_flags & _FUNCTION
        )  # code in local classes does not count
        if texts and any(isinstance(constant, str) and constant == name for constant in code.co_consts):
            return True  # most likely for getattr
        if name in code.co_names and any(
            item.opname in _LOADS and item.argval == name for item in dis.get_instructions(code)
        ):
            return True
    return False


def gives_nothing(function: FunctionType) -> bool:
    """Return whether a method only returns None, as phases do: by its annotation, or else by its bytecode."""
    function = innermost(function)
    if function.__code__.co_flags & (GENERATOR | ASYNC_GENERATOR):
        return False
    declared = declared_result(function)
    if declared is not None:
        return declared == ""
    previous = None
    for item in dis.get_instructions(function.__code__):
        if item.opname == "RETURN_CONST" and item.argval is not None:
            return False
        if item.opname == "RETURN_VALUE" and (item.is_jump_target or not _is_none(previous)):
            return False  # another path to this return has a value
        previous = item
    return True


def _is_none(instruction: dis.Instruction | None) -> bool:
    return instruction is not None and instruction.opname == "LOAD_CONST" and instruction.argval is None


def declared_result(function: FunctionType) -> str | None:
    """Return the annotated result of a method, empty if that is None; None if there is no annotation."""
    text = annotation(innermost(function), "return")
    if not text or text.endswith("Any"):
        return None
    awaitable = "Awaitable" in text or "Coroutine" in text
    nothing = text in {"None", "NoReturn", "Never"} or (awaitable and text.endswith(("[None]", ", None]")))
    return "" if nothing else text
