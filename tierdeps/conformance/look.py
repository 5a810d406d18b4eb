"""One look at one class: what an engine could not call, and what it would never call."""

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
    raw,
    takes_one_context,
    written,
)
from tierdeps.conformance.names import near, same_spelling
from tierdeps.conformance.results import kind_of
from tierdeps.lifecycle import Lifecycle, method_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FunctionType


class Misfit(Value):
    """One thing in which a class does not fit: a sentence, what to do, and the method where it is about one.

    ``idle`` says that it merely does nothing: that is right for one that others look up for what it has.
    """

    problem: str
    advice: tuple[str, ...]
    method: str = ""
    idle: bool = False


class Look:
    """What does not fit in one class, for one row of phases; other drivers have the methods ``shared`` as phases."""

    def __init__(self, lifecycle: type[Lifecycle], phases: tuple[str, ...], shared: frozenset[str]) -> None:
        self._class = lifecycle
        self._name = lifecycle.__qualname__.rpartition("<locals>.")[2]
        self._phases = {method_name(phase): phase for phase in phases}
        self._shared = shared
        self._there = [name for name in self._phases if has_method(lifecycle, name)]
        self._verbs = [verb for verb in VERBS if has_method(lifecycle, verb)]
        self._free = [name for name in (*self._phases, *VERBS) if name not in {*self._there, *self._verbs}]

    def misfits(self) -> Iterator[Misfit]:
        """Yield what does not fit; where no phase has a method, methods that nothing calls are told with that."""
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

    # What is called and cannot be

    def _uncallable(self, name: str) -> Iterator[Misfit]:
        shown = f"{self._name}.{name}"
        fix = f"write it as def {name}(self, context)"
        attribute = raw(self._class, name)
        if not callable(attribute_of(self._class, name)):
            yield Misfit(f"{shown} is {kind_of(attribute)}, not a method", (fix,), name)
        elif not takes_one_context(self._class, name):
            signature = f"{self._name}.{written(self._class, name)}"
            yield Misfit(f"{signature} cannot be called with one argument, a context", (fix,), name)
        elif kind := generator_kind(self._class, name):
            advice = "take the yield out of it; what is to go on after it belongs into a task or a thread"
            yield Misfit(f"{shown} is {kind}: it has a yield, so that calling it runs none of it", (advice,), name)

    # What is there and never called

    def _candidates(self) -> Iterator[tuple[str, FunctionType, int]]:
        """Yield the public methods that are neither phase nor verb, and that the class does not say to be helpers."""
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
        """Return the phase or the verb without a method that a method's name is near to.

        Another spelling of a phase is enough; a slip counts only in what could be called and returns what is expected.
        """
        meant = near(name, self._free)
        if meant is None:
            return ""
        if not (meant in self._phases and same_spelling(name, meant)):
            is_context, alone = context_parameter(function, bound, called=_SHORT_NAMES)
            if not (is_context and (same_spelling(name, meant) or (alone and _returns_as(meant, function)))):
                return ""
        return "" if self._is_used(name) else meant

    def _looks_like_a_phase(self, name: str, function: FunctionType, bound: int) -> bool:
        """Return whether nothing but a phase could be meant.

        It takes a context alone, gives nothing back, nobody calls it, nobody has marked it, and no other driver of the
        class has it as a phase. What is inherited may be there for other subclasses.
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
        """Return whether neither a phase, of this driver or another one, nor a verb has a method."""
        shared = any(has_method(self._class, name) for name in self._shared)
        return not (self._there or self._verbs or shared)

    def _is_made_on_purpose(self) -> bool:
        """Return whether it has a constructor, which then is what does the work."""
        return any("__init__" in vars(base) for base in bases_of(self._class))

    # In words

    @property
    def _listed(self) -> str:
        return ", ".join(self._phases.values())

    def _misspelt(self, name: str, meant: str) -> Misfit:
        what = f"the phase {self._phases[meant]} has no method" if meant in self._phases else "it has no such method"
        problem = f"{self._name}.{name} is never called, and {what}; did you mean {meant}?"
        return Misfit(problem, (f"rename {name} to {meant}", self._as_helper(name)), name)

    def _unused(self, name: str) -> Misfit:
        problem = (
            f"{self._name}.{name} takes a context, and nothing calls it: {name} is neither a phase"
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
        nothing = "where there is nothing to do, declare no lifecycle, or Lifecycle itself"
        return Misfit(problem, (*advice, nothing), idle=not unused)


def _returns_as(meant: str, function: FunctionType) -> bool:
    """Return whether a method may return what another one is to return; without an annotation it may."""
    from tierdeps.conformance.usage import declared_result

    declared = declared_result(function)
    if not declared:
        return declared is None or meant not in _RESULTS
    return _RESULTS.get(meant, "nothing") in declared


#: What a context may be called besides in a method whose name is a slip of a phase's.
_SHORT_NAMES = frozenset({"", "c", "cx", "con", "ctxt"})
#: What stands in the annotation of those that return something.
_RESULTS = {"probe": "str", "adopt": "bool"}


def _helpers(lifecycle: type) -> frozenset[str]:
    """Return what the class and its bases name in ``helpers``."""
    found = (vars(base).get("helpers") for base in lifecycle.__mro__)
    tables = (table for table in found if isinstance(table, (tuple, list, set, frozenset)))
    return frozenset(name for table in tables for name in table if isinstance(name, str))
