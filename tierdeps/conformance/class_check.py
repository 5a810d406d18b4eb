"""The check of one class: methods that an engine could not call, and methods that it would never call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.conformance.methods import (
    VERBS,
    attribute_of,
    bases_of,
    context_parameter,
    function_of,
    generator_kind,
    has_method,
    raw_attribute,
    signature_text,
    takes_one_context,
)
from tierdeps.conformance.results import kind_of
from tierdeps.conformance.spelling import closest, same_spelling
from tierdeps.lifecycle import Lifecycle, method_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FunctionType


class Misfit(Value):
    """One reason why a class does not fit: a sentence, what to do about it, and the method if it is about one.

    With ``idle``, the class only does nothing: that is fine for a lifecycle that others look up to use its attributes.
    """

    problem: str
    advice: tuple[str, ...]
    method: str = ""
    idle: bool = False


class ClassCheck:
    """Checks one class for one list of phases; ``shared`` are methods that are phases of other drivers of the class."""

    def __init__(self, lifecycle: type[Lifecycle], phases: tuple[str, ...], shared: frozenset[str]) -> None:
        self._class = lifecycle
        self._name = lifecycle.__qualname__.rpartition("<locals>.")[2]
        self._phases = {method_name(phase): phase for phase in phases}
        self._shared = shared
        self._there = [name for name in self._phases if has_method(lifecycle, name)]
        self._verbs = [verb for verb in VERBS if has_method(lifecycle, verb)]
        self._free = [name for name in (*self._phases, *VERBS) if name not in {*self._there, *self._verbs}]

    def misfits(self) -> Iterator[Misfit]:
        """Yield the misfits; if no phase has a method, methods that nothing calls are part of that misfit."""
        if self._class is Lifecycle:
            return
        for name in (*self._there, *self._verbs):
            yield from self._uncallable(name)
        near_ones, others = [], []
        for name, function, bound in self._candidates():
            meant = self._meant(name, function, bound)
            if meant:
                near_ones.append(self._misspelt(name, meant))
            elif self._looks_like_a_phase(name, function, bound):
                others.append(name)
        yield from near_ones
        if self._does_nothing() and not near_ones:
            if others or not self._is_made_on_purpose():
                yield self._idle(others)
        else:
            yield from map(self._unused, others)

    # Methods that an engine calls but cannot call

    def _uncallable(self, name: str) -> Iterator[Misfit]:
        shown = f"{self._name}.{name}"
        fix = f"write it as def {name}(self, context)"
        attribute = raw_attribute(self._class, name)
        if not callable(attribute_of(self._class, name)):
            yield Misfit(f"{shown} is {kind_of(attribute)}, not a method", (fix,), name)
        elif not takes_one_context(self._class, name):
            signature = f"{self._name}.{signature_text(self._class, name)}"
            yield Misfit(f"{signature} cannot be called with one argument, a context", (fix,), name)
        elif kind := generator_kind(self._class, name):
            advice = "remove the yield; work that continues after the method belongs in a task or a thread"
            yield Misfit(
                f"{shown} is {kind}: it contains a yield, so calling it runs none of its code", (advice,), name
            )

    # Methods that exist and are never called

    def _candidates(self) -> Iterator[tuple[str, FunctionType, int]]:
        """Yield the public methods that are neither phases, nor verbs, nor declared as helpers."""
        helpers = _helpers(self._class)
        seen: set[str] = set()
        for base in bases_of(self._class):
            for name, attribute in vars(base).items():
                known = name in seen or name in self._phases or name in VERBS or name in helpers
                seen.add(name)
                function, bound = function_of(attribute)
                if not known and function is not None and not name.startswith("_"):
                    yield name, function, bound

    def _meant(self, name: str, function: FunctionType, bound: int) -> str:
        """Return the phase or verb without a method whose name a method's name is similar to; empty if there is none.

        A different spelling of a phase is enough; a typing error only counts if the method could be called and returns
        what is expected.
        """
        meant = closest(name, self._free)
        if meant is None:
            return ""
        if not (meant in self._phases and same_spelling(name, meant)):
            is_context, alone = context_parameter(function, bound, called=_SHORT_NAMES)
            if not (is_context and (same_spelling(name, meant) or (alone and _returns_as(meant, function)))):
                return ""
        return "" if self._is_used(name) else meant

    def _looks_like_a_phase(self, name: str, function: FunctionType, bound: int) -> bool:
        """Return whether a method can only be meant as a phase.

        It takes only a context, returns nothing, is never called or decorated with attributes, and is no phase of
        another driver of the class. An inherited method does not count: it may be for other subclasses.
        """
        own = name in vars(self._class) and name not in self._shared and not set(vars(function)) - {"__wrapped__"}
        if not own or context_parameter(function, bound) != (True, True):
            return False
        from tierdeps.conformance.usage import gives_nothing

        return gives_nothing(function) and not self._is_used(name)

    def _is_used(self, name: str) -> bool:
        from tierdeps.conformance.usage import is_used

        return is_used(self._class, name)

    def _does_nothing(self) -> bool:
        """Return whether no phase of any driver of the class, and no verb, has a method."""
        shared = any(has_method(self._class, name) for name in self._shared)
        return not (self._there or self._verbs or shared)

    def _is_made_on_purpose(self) -> bool:
        """Return whether it has a constructor: that may be what does the work."""
        return any("__init__" in vars(base) for base in bases_of(self._class))

    # Sentences

    @property
    def _listed(self) -> str:
        return ", ".join(self._phases.values())

    def _misspelt(self, name: str, meant: str) -> Misfit:
        what = f"the phase {self._phases[meant]} has no method" if meant in self._phases else "it has no such method"
        problem = f"{self._name}.{name} is never called, and {what}; did you mean {meant}?"
        return Misfit(problem, (f"rename {name} to {meant}", self._as_helper(name)), name)

    def _unused(self, name: str) -> Misfit:
        problem = (
            f"{self._name}.{name} takes a context, but nothing calls it: {name} is neither a phase"
            f" ({self._listed}) nor one of {', '.join(VERBS)}"
        )
        return Misfit(problem, (f'add "{name}" to the phases', f"remove {name}", self._as_helper(name)), name)

    def _as_helper(self, name: str) -> str:
        return f'if others call it, say so: helpers = ("{name}",) in {self._name}; or begin its name with an underscore'

    def _idle(self, unused: list[str]) -> Misfit:
        noun = "its only phase" if len(self._phases) == 1 else "any of its phases"
        calls = f"; nothing calls {' and '.join(unused)}" if unused else ""
        first = next(iter(self._phases))
        problem = f"{self._name} has no method for {noun} ({self._listed}), so starting it does nothing{calls}"
        advice = [f"write def {first}(self, context)"]
        if unused:
            names = ", ".join(f'"{name}"' for name in unused)
            advice.append(f"or declare what it has: phases=({names}{',' if len(unused) == 1 else ''})")
        nothing = "if there is nothing to do, declare no lifecycle, or Lifecycle itself"
        return Misfit(problem, (*advice, nothing), idle=not unused)


def _returns_as(meant: str, function: FunctionType) -> bool:
    """Return whether a method's annotation agrees with what ``meant`` returns; without an annotation it does."""
    from tierdeps.conformance.usage import declared_result

    declared = declared_result(function)
    if not declared:
        return declared is None or meant not in _RESULTS
    return _RESULTS.get(meant, "nothing") in declared


#: Further names of a context parameter, accepted in methods whose name is a misspelt phase.
_SHORT_NAMES = frozenset({"", "c", "cx", "con", "ctxt"})
#: A part of the annotation of the verbs that return something.
_RESULTS = {"probe": "str", "adopt": "bool", "recover": "bool"}


def _helpers(lifecycle: type) -> frozenset[str]:
    """Return the names that the class and its bases have in ``helpers``."""
    found = (vars(base).get("helpers") for base in lifecycle.__mro__)
    tables = (table for table in found if isinstance(table, (tuple, list, set, frozenset)))
    return frozenset(name for table in tables for name in table if isinstance(name, str))
