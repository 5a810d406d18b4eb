"""How long something takes, in words."""

from __future__ import annotations

#: From so many seconds on, minutes are counted.
LONG = 120


def seconds_text(seconds: float) -> str:
    """Say how long, as exactly as one would care to know: ``0.012 s``, ``4.2 s``, ``3 min 20 s``, ``2 d 4 h``."""
    if round(seconds, 3) < 1:
        return f"{seconds:.3f} s"
    if seconds < LONG:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    for unit, size, below, small in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // small} {below}"
    return f"{whole} s"


def exact_text(seconds: float) -> str:
    """Say how long to the thousandth of a second: so that lines can be compared."""
    return f"{seconds:.3f} s"
