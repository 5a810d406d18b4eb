"""The plan as a reviewable file, and whether it still holds."""

from tierdeps.lock.compare import approve, mismatches, news
from tierdeps.lock.declare import declarations
from tierdeps.lock.read import load
from tierdeps.lock.recorded import as_recorded
from tierdeps.lock.value import Lock, reference
from tierdeps.lock.write import dump

__all__ = ["Lock", "approve", "as_recorded", "declarations", "dump", "load", "mismatches", "news", "reference"]
