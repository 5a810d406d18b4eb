"""How long a step takes: a distribution, as graph files write it, ``lognormal(0.05, 0.5)``."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, replace
from tierdeps._util.seconds import MAX_DURATION_S, is_seconds
from tierdeps._util.suggest import suggestion
from tierdeps.errors import DeclarationError

if TYPE_CHECKING:
    from random import Random

#: The names of the parameters of each distribution.
PARAMETERS_OF: dict[str, tuple[str, ...]] = {
    "constant": ("seconds",),
    "uniform": ("from", "to"),
    "exponential": ("mean",),
    "normal": ("mean", "deviation"),
    "lognormal": ("median", "sigma"),
}
#: What separates the distribution of a step from that of the thread that it leaves behind.
THREAD_MARK = "+ thread"
#: ``exp`` of a larger number exceeds the range of a float.
MAX_EXPONENT = 700.0
_CALL = re.compile(r"\s*([a-z]+)\s*\(([^()]*)\)\s*")


class Timing(Value):
    """A distribution of seconds; what is drawn is never negative.

    ``lognormal(median, sigma)``: half of all draws are below the median; sigma is the deviation of their logarithm.
    ``thread`` is how long after a step's end a thread that it leaves behind uses what the step needs.
    """

    kind: str
    parameters: tuple[float, ...]
    thread: Timing | None = None

    def draw(self, random: Random) -> float:
        """Draw a number of seconds."""
        return self.at(random.random(), random.random())

    def at(self, one: float, other: float) -> float:
        """Return the number of seconds that two uniform numbers from 0 to 1 select.

        Each draw takes two numbers, whatever the distribution: so a changed distribution changes no other draw.
        """
        first, second = (*self.parameters, 0.0)[:2]
        kind, seconds = self.kind, first
        if kind == "uniform":
            seconds = first + (second - first) * one
        elif kind == "exponential":
            seconds = -first * math.log(1 - one)
        elif kind == "normal":
            seconds = max(0.0, first + second * standard_normal(one, other))
        elif kind == "lognormal":
            seconds = first * math.exp(min(second * standard_normal(one, other), MAX_EXPONENT))
        return min(seconds, MAX_DURATION_S)

    def __str__(self) -> str:
        text = f"{self.kind}({', '.join(f'{value:g}' for value in self.parameters)})"
        return text if self.thread is None else f"{text} {THREAD_MARK} {self.thread}"


def standard_normal(one: float, other: float) -> float:
    """Return a normally distributed number for two uniform ones (the method of Box and Muller)."""
    return math.sqrt(-2 * math.log(1 - one)) * math.cos(math.tau * other)


def parse_timing(text: str, what: str) -> Timing:
    """Parse how long a step takes: a distribution, or a number of seconds, with or without a thread.

    ``what`` names it in the error, which is a DeclarationError.
    """
    own, mark, thread = text.partition(THREAD_MARK)
    timing = _distribution(own, what)
    return replace(timing, thread=_distribution(thread, f"{what}, {THREAD_MARK}")) if mark else timing


def _distribution(text: str, what: str) -> Timing:
    number = _number(text)
    if number is not None:
        return _checked(Timing("constant", (number,)), what, text)
    found = _CALL.fullmatch(text)
    if found is None or found[1] not in PARAMETERS_OF:
        near = suggestion(found[1], PARAMETERS_OF) if found else ""
        raise DeclarationError(
            what, f'a distribution such as "lognormal(0.05, 0.5)" ({", ".join(PARAMETERS_OF)}{near})', text
        )
    names = PARAMETERS_OF[found[1]]
    values = [_number(part) for part in found[2].split(",")]
    if len(values) != len(names) or None in values:
        raise DeclarationError(what, f"{found[1]}({', '.join(names)})", text)
    return _checked(Timing(found[1], tuple(value for value in values if value is not None)), what, text)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _checked(timing: Timing, what: str, text: str) -> Timing:
    good = all(is_seconds(value, zero=True) for value in timing.parameters)
    if not good or (timing.kind == "uniform" and timing.parameters[0] > timing.parameters[1]):
        raise DeclarationError(what, f"numbers of seconds from 0 up to {MAX_DURATION_S}, the smaller one first", text)
    return timing
