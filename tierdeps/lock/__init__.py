"""The plan as a file that can be reviewed, and its comparison with the current graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.lazy import lazily

if TYPE_CHECKING:
    from tierdeps.lock.compare import approve as approve
    from tierdeps.lock.compare import as_recorded as as_recorded
    from tierdeps.lock.compare import mismatches as mismatches
    from tierdeps.lock.compare import news as news
    from tierdeps.lock.declare import declarations as declarations
    from tierdeps.lock.read import load as load
    from tierdeps.lock.value import Lock as Lock
    from tierdeps.lock.value import reference as reference
    from tierdeps.lock.write import dump as dump
else:
    __all__, __getattr__, __dir__ = lazily(
        __name__,
        {
            "compare": ("approve", "as_recorded", "mismatches", "news"),
            "declare": ("declarations",),
            "read": ("load",),
            "value": ("Lock", "reference"),
            "write": ("dump",),
        },
    )
