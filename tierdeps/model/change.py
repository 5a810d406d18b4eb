"""Changes to declarations, as data: what a fix proposes can be applied, and so be verified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tierdeps._util.frozen import Value, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tierdeps.model.declarations import Declarations, Dependency, Driver, Tier


class Change(Protocol):
    """A change of declarations."""

    @property
    def action(self) -> str:
        """Its name, one word."""
        ...

    def apply(self, declarations: Declarations) -> Declarations:
        """Return the declarations as they are afterwards."""
        ...


def _edit(declarations: Declarations, name: str, edit: Callable[[Driver], Driver]) -> Declarations:
    drivers = tuple(edit(driver) if driver.name == name else driver for driver in declarations.drivers)
    return replace(declarations, drivers=drivers)


def _edit_dependencies(
    declarations: Declarations, name: str, edit: Callable[[tuple[Dependency, ...]], Iterable[Dependency]]
) -> Declarations:
    return _edit(declarations, name, lambda driver: replace(driver, dependencies=tuple(edit(driver.dependencies))))


class Drop(Value):
    """Remove a dependency of a driver."""

    driver: str
    dependency: Dependency
    action: str = "drop"

    def apply(self, declarations: Declarations) -> Declarations:
        """Return the declarations without it."""
        return _edit_dependencies(
            declarations, self.driver, lambda items: (item for item in items if item != self.dependency)
        )


class Add(Value):
    """Add a dependency to a driver, behind those of its kind."""

    driver: str
    dependency: Dependency
    action: str = "add"

    def apply(self, declarations: Declarations) -> Declarations:
        """Return the declarations with it."""

        def edit(items: tuple[Dependency, ...]) -> tuple[Dependency, ...]:
            alike = [place for place, item in enumerate(items) if item.kind is self.dependency.kind]
            place = alike[-1] + 1 if alike else 0
            return (*items[:place], self.dependency, *items[place:])

        return _edit_dependencies(declarations, self.driver, edit)


class Deduplicate(Value):
    """Keep the first of several equal dependencies of a driver."""

    driver: str
    dependency: Dependency
    action: str = "deduplicate"

    def apply(self, declarations: Declarations) -> Declarations:
        """Return the declarations with one of them."""

        def edit(items: tuple[Dependency, ...]) -> Iterable[Dependency]:
            first = items.index(self.dependency) if self.dependency in items else 0
            return (item for place, item in enumerate(items) if item != self.dependency or place == first)

        return _edit_dependencies(declarations, self.driver, edit)


class Replace(Value):
    """Replace a dependency: another target, or other phases."""

    driver: str
    dependency: Dependency
    replacement: Dependency
    action: str = "replace"

    def apply(self, declarations: Declarations) -> Declarations:
        """Return the declarations with the replacement."""
        return _edit_dependencies(
            declarations,
            self.driver,
            lambda items: (self.replacement if item == self.dependency else item for item in items),
        )


class Choose(Value):
    """Choose the provider of a capability."""

    capability: str
    provider: str
    action: str = "choose"

    def apply(self, declarations: Declarations) -> Declarations:
        """Return the declarations with the choice made."""
        return replace(declarations, choices={**declarations.choices, self.capability: self.provider})


class Move(Value):
    """Declare another tier for a driver."""

    driver: str
    tier: str
    action: str = "move"

    def apply(self, declarations: Declarations) -> Declarations:
        """Return the declarations with the driver in the other tier."""
        return _edit(declarations, self.driver, lambda driver: replace(driver, tier=self.tier))


class Disable(Value):
    """Disable a driver: it keeps its place in the order, and is not run."""

    driver: str
    action: str = "disable"

    def apply(self, declarations: Declarations) -> Declarations:
        """Return the declarations with the driver disabled."""
        return replace(declarations, disabled=declarations.disabled | {self.driver})


class Enable(Value):
    """Enable a driver that is disabled."""

    driver: str
    action: str = "enable"

    def apply(self, declarations: Declarations) -> Declarations:
        """Return the declarations with the driver enabled."""
        return replace(declarations, disabled=declarations.disabled - {self.driver})


class Unorder(Value):
    """Remove every declaration that one tier comes after another."""

    earlier: str
    later: str
    action: str = "unorder"

    def apply(self, declarations: Declarations) -> Declarations:
        """Return the declarations without it."""

        def edit(tier: Tier) -> Tier:
            if tier.name == self.later:
                tier = replace(tier, after=tuple(name for name in tier.after if name != self.earlier))
            if tier.name == self.earlier:
                tier = replace(tier, before=tuple(name for name in tier.before if name != self.later))
            return tier

        return replace(declarations, tiers=tuple(map(edit, declarations.tiers)))
