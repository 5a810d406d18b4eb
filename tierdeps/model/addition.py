"""A dependency that is declared for somebody else's driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from tierdeps.model.declarations import Dependency


class Addition(Value):
    """A dependency to add to a driver, which is named, for it was declared elsewhere."""

    driver: str
    dependency: Dependency
