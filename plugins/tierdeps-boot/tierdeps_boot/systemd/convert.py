"""From units to drivers: what each verb of systemd, or several of one unit together, is in tierdeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Dependency, Driver, Kind, Origin, replace, requires, wants
from tierdeps_boot.systemd.lacking import find_lacking
from tierdeps_boot.systemd.links import PULLING, REQUIRING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tierdeps_boot.systemd.boot import Boot
    from tierdeps_boot.systemd.links import Link
    from tierdeps_boot.systemd.units import Unit

#: What one unit says of another, the first link for each verb.
Said = dict[str, "Link"]
_ORDERS = ("After", "Before", "Conflicts")
#: The couplings, taken from verbs that make them, so that they are those of the library.
_STOPPED = requires("x", on_loss="stop").coupling
_RESTARTED = wants("x", on_restart="restart").coupling


def drivers_of(boot: Boot, absence: Callable[[str], str], *, with_conflicts: bool) -> Iterator[Driver]:
    """Yield a driver for each unit; what only refers to what is not there is omitted, as systemd does.

    ``absence`` returns why a unit is not there, if that is known.
    """
    by_unit: dict[str, dict[str, Said]] = {name: {} for name in boot.units}
    for link in boot.links:
        by_unit[link.unit].setdefault(link.target, {}).setdefault(link.verb, link)
    lacking = find_lacking(boot)
    for name, unit in boot.units.items():
        said = by_unit[name]
        found: list[Dependency] = []
        for target, verbs in said.items():
            if target in boot.units:
                reverse = by_unit[target].get(name, {})
                found += _between(target, verbs, reverse, with_conflicts=with_conflicts)
                if target in lacking and "After" not in verbs and "Before" not in reverse:
                    found += _missing_through(target, verbs, lacking[target])
            else:
                found += _missing(target, verbs, absence(target))
        yield Driver(name, dependencies=tuple(found), description=_description(unit), origin=Origin(unit.file))


def _description(unit: Unit) -> str:
    entry = unit.last("Unit", "Description")
    return entry.value if entry is not None else ""


def _between(target: str, said: Said, reverse: Said, *, with_conflicts: bool) -> Iterator[Dependency]:
    """Yield the dependencies of a unit on one that is there; ``reverse`` is what that one says of this unit."""
    after = said.get("After") or reverse.get("Before")
    pulled = _first(said, ("BindsTo", "Requires", "Upholds", "Wants"))
    if after is not None and pulled is not None:
        yield _ordered(target, said, after, pulled)
    else:
        if "After" in said:
            yield _plain(Kind.AFTER, target, said["After"], said.get("Requisite"))
        if pulled is not None:
            yield _plain(Kind.PULLS, target, pulled)
    if "Before" in said and not _is_pulled(reverse):
        yield _plain(Kind.BEFORE, target, said["Before"])
    if with_conflicts and "Conflicts" in said:
        yield _plain(Kind.CONFLICTS, target, said["Conflicts"])


def _is_pulled(said: Said) -> bool:
    """Return whether an order that the other unit states is part of what this one requires or wants."""
    return not PULLING.isdisjoint(said)


def _first(said: Mapping[str, Link], verbs: Iterable[str]) -> Link | None:
    return next((said[verb] for verb in verbs if verb in said), None)


def _ordered(target: str, said: Said, after: Link, pulled: Link) -> Dependency:
    """Return the dependency of what is pulled in and waited for; its origin is the entry that says the order."""
    kind = Kind.REQUIRES if pulled.verb in REQUIRING else Kind.WANTS
    place = _place(pulled, after)
    reason = f"{pulled.verb}= {place}" if place else _reason(after, pulled)
    found = _dependency(kind, target, after, reason)
    if pulled.verb == "BindsTo":
        return replace(found, coupling=_STOPPED)
    return replace(found, coupling=_RESTARTED) if "PartOf" in said else found


def _place(link: Link, other: Link) -> str:
    """Return where a link is said, if that is not where the other one is."""
    if (link.file, link.line) == (other.file, other.line) or link.why:
        return ""
    return f"in {link.file}:{link.line}" if link.line else f"by {link.file}"


def _reason(link: Link, other: Link | None = None) -> str:
    if link.why and other is not None and not other.why:
        return f"{other.verb}=, and {link.why}"
    if link.why:
        return link.why
    return f"{link.verb}=" if other is None or other.verb == link.verb else f"{other.verb}= and {link.verb}="


def _plain(kind: Kind, target: str, link: Link, other: Link | None = None) -> Dependency:
    said = link.verb in _ORDERS and not link.why and other is None  # the line says no more than the dependency
    return _dependency(kind, target, link, "" if said else _reason(link, other))


def _dependency(kind: Kind, target: str, link: Link, reason: str, *, optional: bool = False) -> Dependency:
    return Dependency(kind, target, reason=reason, origin=Origin(link.file, link.line or None), optional=optional)


def _missing_through(through: str, said: Said, target: str) -> Iterator[Dependency]:
    """Yield what a unit cannot start without where it is pulled: no order says that it requires that."""
    link = _first(said, ("BindsTo", "Requires"))
    if link is not None:
        yield _dependency(Kind.REQUIRES, target, link, f"{link.verb}={through}, which cannot start without it")


def _missing(target: str, said: Said, absence: str) -> Iterator[Dependency]:
    """Yield what is required and is not there: only that keeps a unit from starting."""
    link = _first(said, ("BindsTo", "Requires", "Requisite"))
    if link is not None:
        reason = f"it {absence}" if absence else _reason(link)
        yield _dependency(Kind.REQUIRES, target, link, reason)
