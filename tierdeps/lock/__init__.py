"""The plan as a file that can be reviewed, and its comparison with the current graph."""

from tierdeps.lock.compare import approve, as_recorded, mismatches, news
from tierdeps.lock.declare import declarations
from tierdeps.lock.read import load
from tierdeps.lock.value import Lock, reference
from tierdeps.lock.write import dump

__all__ = ["Lock", "approve", "as_recorded", "declarations", "dump", "load", "mismatches", "news", "reference"]
