"""Graphs to measure with: names and what each requires, every name a string of its own as a parser gives it.

A shape declares drivers in the order of their names, and each after what it requires. Real names have no such order,
and an algorithm may profit from it: what is measured has its names and declarations ``permuted``.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

Requirements = dict[str, list[str]]

LAYERS, NEEDED, SEED = 32, 5, 7


def _name(number: int) -> str:
    return f"driver-{number:07}"


def layered(count: int) -> Requirements:
    """Return drivers in layers, each of which requires five of earlier layers."""
    chance = random.Random(SEED)  # noqa: S311  nothing here is secret
    width = max(1, count // LAYERS)
    return {
        _name(number): [_name(chance.randrange(number // width * width)) for _ in range(NEEDED)]
        if number >= width
        else []
        for number in range(count)
    }


def chain(count: int) -> Requirements:
    """Return drivers that each require the one before."""
    return {_name(number): [_name(number - 1)] if number else [] for number in range(count)}


def star(count: int) -> Requirements:
    """Return drivers that all require one."""
    return {_name(number): [_name(0)] if number else [] for number in range(count)}


def deep(count: int) -> Requirements:
    """Return drivers that each require five of any earlier ones."""
    chance = random.Random(SEED)  # noqa: S311  nothing here is secret
    return {
        _name(number): [_name(chance.randrange(number)) for _ in range(NEEDED)] if number else []
        for number in range(count)
    }


def skewed(count: int) -> Requirements:
    """Return drivers that each require five of earlier ones, most often of the first few."""
    chance = random.Random(SEED)  # noqa: S311  nothing here is secret
    return {
        _name(number): [_name(int(number * chance.random() ** 4)) for _ in range(NEEDED)] if number else []
        for number in range(count)
    }


def comb(count: int) -> Requirements:
    """Return a chain of half the drivers, each of which one of the other half requires."""
    half = count // 2
    return chain(half) | {_name(number): [_name(number - half)] for number in range(half, count)}


def ring(count: int) -> Requirements:
    """Return drivers that each require the next, and the last one the first."""
    return {_name(number): [_name((number + 1) % count)] for number in range(count)}


def pairs(count: int) -> Requirements:
    """Return drivers that require each other two by two."""
    return {_name(number): [_name(number ^ 1)] for number in range(count)}


def ladder(count: int) -> Requirements:
    """Return two rails, and a rung at each step: more ways than can be counted one by one."""
    half = count // 2
    left = {f"a{number:07}": [f"a{number - 1:07}", f"b{number - 1:07}"] if number else [] for number in range(half)}
    right = {f"b{number:07}": [f"b{number - 1:07}", f"a{number:07}"] if number else [] for number in range(half)}
    return left | right


def knotted_ladder(count: int) -> Requirements:
    """Return a ladder climbed on one rail and descended on the other: one component, of as many cycles as rungs."""
    half = count // 2
    up = {
        f"a{number:07}": [f"b{number:07}", *([f"a{number + 1:07}"] if number + 1 < half else [])]
        for number in range(half)
    }
    down = {f"b{number:07}": [f"b{number - 1:07}" if number else "a0000000"] for number in range(half)}
    return up | down


def complete(count: int) -> Requirements:
    """Return drivers that each require all before them."""
    return {_name(number): [_name(other) for other in range(number)] for number in range(count)}


def mutual(count: int) -> Requirements:
    """Return drivers that each require all others."""
    return {_name(number): [_name(other) for other in range(count) if other != number] for number in range(count)}


def debian(_count: int = 0) -> Requirements:
    """Return Debian's packages from apt's lists, each with what it depends on; of alternatives the first."""
    text = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=False).stdout  # noqa: S607
    found: dict[str, list[str]] = {}
    for entry in text.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Depends|Pre-Depends): (.*)$", entry, re.MULTILINE))
        if fields:
            wanted = f"{fields.get('Depends', '')},{fields.get('Pre-Depends', '')}"
            found[fields["Package"]] = re.findall(r"(?:^|,)\s*([\w.+-]+)", wanted)
    return {name: sorted({other for other in wanted if other in found} - {name}) for name, wanted in found.items()}


def _long(number: int) -> str:
    """Return a name of 100 bytes that differs from others only at its end."""
    return f"{'region/zone/rack/' * 5}{number:015}"


def _uuid(number: int) -> str:
    return str(uuid.UUID(int=random.Random(number).getrandbits(128)))  # noqa: S311


#: What drivers are called, by a number.
NAMES: dict[str, Callable[[int], str]] = {"short": "d{}".format, "uuid": _uuid, "long": _long}


def permuted(requirements: Requirements, names: str = "short") -> Requirements:
    """Return the same graph with other names, in an order that has nothing to do with that of the names."""
    chance = random.Random(SEED)  # noqa: S311  nothing here is secret
    numbers = list(range(len(requirements)))
    chance.shuffle(numbers)
    texts = {name: NAMES[names](number).encode() for name, number in zip(requirements, numbers, strict=True)}
    declared = list(requirements)
    chance.shuffle(declared)
    return {texts[name].decode(): [texts[other].decode() for other in requirements[name]] for name in declared}


GRAPHS: dict[str, Callable[[int], Requirements]] = {
    "layered": layered,
    "skewed": skewed,
    "deep": deep,
    "chain": chain,
    "star": star,
    "comb": comb,
    "debian": debian,
}
#: Shapes that recursion or a second look at everything would not survive.
SHAPES: dict[str, Callable[[int], Requirements]] = {
    shape.__name__: shape for shape in (chain, ring, star, pairs, ladder, knotted_ladder, complete, mutual)
}


def write_lines(path: Path, requirements: Requirements) -> None:
    """Write JSON lines."""
    rows: Iterable[str] = (
        json.dumps({"name": name, "requires": list(others)}) for name, others in requirements.items()
    )
    path.write_text("".join(f"{row}\n" for row in rows))
