"""What plugins and graph files declare: tiers, drivers and their dependencies, all frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from tierdeps._util.frozen import Value, field, force_setattr
from tierdeps.errors import DeclarationError, InputError, together
from tierdeps.model.coupling import UNCOUPLED, Coupling
from tierdeps.model.hosts import check_host, check_hosts, checked_groups, on_host, placed, with_host
from tierdeps.model.kind import Kind, OnSkipped
from tierdeps.model.origin import Origin, here
from tierdeps.model.policy import DEFAULT_POLICY, Policy

if TYPE_CHECKING:
    from tierdeps.lifecycle import Lifecycle
    from tierdeps.model.process import Process
    from tierdeps.model.statement import Statement, Topic


#: The other methods of a lifecycle: no phase can have these names.
RESERVED = frozenset({"probe", "adopt", "check", "recover", "reload", "stop", "cleanup"})


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _check_name(what: str, value: object) -> None:
    if not _is_name(value):
        raise DeclarationError(what, "a name", value)


def _names(what: str, value: object) -> tuple[str, ...]:
    """Return names as a tuple; a string is refused, because it is not meant as a list of letters."""
    if isinstance(value, str) or not isinstance(value, (tuple, list, set, frozenset)):
        raise DeclarationError(what, "a tuple of names", value)
    names = tuple(sorted(value)) if isinstance(value, (set, frozenset)) else tuple(value)
    for name in names:
        _check_name(what, name)
    if len(set(names)) != len(names):
        raise DeclarationError(what, "names that differ", value)
    return names


class Declared(Value):
    """What somebody declares: who did, and where, makes no difference to what it says."""

    @property
    def _content(self) -> tuple[object, ...]:
        """All of it but the origin."""
        return tuple([getattr(self, name) for name in self.__struct_fields__ if name != "origin"])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Declared) or type(self) is not type(other):
            return NotImplemented
        return self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)


class Dependency(Declared):
    """An edge as its dependent declares it; made by the verbs, not by hand.

    ``optional`` says that the target may be absent on purpose: then no rule reports that it is. ``skipped`` says what
    becomes of the dependent where the target is skipped; only ``requires`` can block it. ``coupling`` says what becomes
    of it where the target fails, is lost, or is started again.
    """

    kind: Kind
    target: str
    phase: str | None = None
    when: str | None = None
    reason: str = ""
    origin: Origin = field(default_factory=here)
    optional: bool = False
    skipped: OnSkipped = OnSkipped.PASS
    coupling: Coupling = UNCOUPLED

    def __post_init__(self) -> None:
        # A graph may have millions of dependencies: the text of an error is not made before there is one.
        if not _is_name(self.target):
            raise DeclarationError(f"the target of {self.kind}", "a name", self.target)
        optional: object = self.optional
        if not isinstance(optional, bool):
            raise DeclarationError(f"optional of {self.kind}({self.target!r})", "True or False", optional)
        if self.skipped is not OnSkipped.PASS:
            self._check_skipped()
        if self.coupling is not UNCOUPLED and self.coupling != UNCOUPLED:
            self._check_coupling()
        if self.phase is not None or self.when is not None:
            self._check_phase_and_fact()

    def _check_phase_and_fact(self) -> None:
        for what, value in (("phase", self.phase), ("when", self.when)):
            if value is not None:
                _check_name(f"{what} of {self.kind}({self.target!r})", value)

    def _check_skipped(self) -> None:
        what, value = f"skipped of {self.kind}({self.target!r})", self.skipped
        if value not in tuple(OnSkipped):
            raise DeclarationError(what, '"pass" or "block"', value)
        if self.kind is not Kind.REQUIRES:
            raise DeclarationError(what, "nothing: only requires has it", value)
        if self.coupling.atleast is not None and value != OnSkipped.PASS:
            raise DeclarationError(what, "nothing beside atleast: a skipped driver does not count", value)
        force_setattr(self, "skipped", OnSkipped(value))

    def _check_coupling(self) -> None:
        coupled = (Kind.REQUIRES,) if self.coupling.passes_failed else (Kind.REQUIRES, Kind.WANTS)
        if self.kind not in coupled:
            key = next(iter(self.coupling.terms))
            verbs = " and ".join(coupled)
            has = "has" if len(coupled) == 1 else "have"
            what = f"{key} of {self.kind}({self.target!r})"
            raise DeclarationError(what, f"nothing: only {verbs} {has} it", self.coupling.terms[key])

    @property
    def blocks_skipped(self) -> bool:
        """Whether the dependent is blocked where the target is skipped."""
        return self.skipped is OnSkipped.BLOCK

    @property
    def _content(self) -> tuple[object, ...]:
        said = (self.target, self.kind, self.phase, self.when, self.reason, self.optional, self.blocks_skipped)
        return said if self.coupling == UNCOUPLED else (*said, *self.coupling.sort_key)

    def __hash__(self) -> int:
        return hash((self.target, self.phase, self.when))  # to hash a kind would run Python code

    @property
    def needs_target(self) -> bool:
        """Whether there is no plan where the target is absent."""
        return self.kind is Kind.REQUIRES and not self.optional

    @property
    def sort_key(self) -> tuple[object, ...]:
        """What dependencies are ordered by: hard before soft."""
        # one tuple: this is asked for each dependency, several times
        return (
            self.kind.softness,
            self.skipped is not OnSkipped.BLOCK,
            self.when or "",
            self.target,
            self.phase or "",
            self.reason,
            self.optional,
            self.coupling.sort_key,
            self.origin.sort_key,
            self.kind,
        )


class Addition(Value):
    """A dependency that is added to a driver declared elsewhere."""

    driver: str
    dependency: Dependency


class Tier(Declared):
    """A named group with a barrier: all of it is ready before anything of a later tier begins."""

    name: str
    after: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    origin: Origin = field(default_factory=here)

    def __post_init__(self) -> None:
        _check_name("the name of a tier", self.name)
        force_setattr(self, "after", _names(f"after of tier {self.name!r}", self.after))
        force_setattr(self, "before", _names(f"before of tier {self.name!r}", self.before))


class Driver(Declared):
    """A named part with a lifecycle.

    ``lifecycle`` is a class or ``"package.module:Class"``, imported only when the driver runs. ``timing`` says how long
    phases take, for ``simulate``: ``{"initialize": "lognormal(0.05, 0.5)"}``. ``when`` is the fact on which the driver
    is conditional: where it does not hold, the driver is absent. ``host`` is the host that it runs on. ``hosts`` are
    several, or the name of a group of them: the driver is declared for each, as ``name@host``, with the host in the
    place of ``{host}`` in all texts; beside ``host`` that is so in targets and facts.
    Raises DeclarationError for a value that cannot be.
    """

    name: str
    tier: str | None = None
    phases: tuple[str, ...] = ("start",)
    dependencies: tuple[Dependency, ...] = ()
    provides: tuple[str, ...] = ()
    lifecycle: type[Lifecycle] | str | None = None
    description: str = ""
    origin: Origin = field(default_factory=here)
    process: Process | None = None
    policy: Policy = DEFAULT_POLICY
    timing: Mapping[str, str] | tuple[tuple[str, str], ...] = ()
    when: str | None = None
    host: str | None = None
    hosts: tuple[str, ...] | str = ()

    def __post_init__(self) -> None:
        _check_name("the name of a driver", self.name)
        if self.tier is not None:
            _check_name(f"tier of driver {self.name!r}", self.tier)
        if self.when is not None:
            _check_name(f"when of driver {self.name!r}", self.when)
        force_setattr(self, "phases", _names(f"phases of driver {self.name!r}", self.phases))
        for phase in self.phases:
            if phase in RESERVED or phase.startswith("_"):
                raise DeclarationError(
                    f"phases of driver {self.name!r}", "phases, not other verbs of a lifecycle", phase
                )
        if not self.phases:
            raise DeclarationError(f"phases of driver {self.name!r}", "at least one phase", self.phases)
        force_setattr(self, "provides", _names(f"provides of driver {self.name!r}", self.provides))
        self._check_dependencies()
        if self.host is not None or self.hosts:
            self._check_hosts()
        if isinstance(self.timing, Mapping):
            force_setattr(self, "timing", tuple(sorted(self.timing.items())))
        policy: object = self.policy
        if not isinstance(policy, Policy):
            raise DeclarationError(f"policy of driver {self.name!r}", "a Policy", policy)
        if not (self.lifecycle is None or isinstance(self.lifecycle, (str, type))):
            raise DeclarationError(
                f"lifecycle of driver {self.name!r}", 'a class or "package.module:Class"', self.lifecycle
            )

    def _check_hosts(self) -> None:
        if self.host is not None:
            check_host(f"host of driver {self.name!r}", self.host)
            if self.hosts:
                raise DeclarationError(f"hosts of driver {self.name!r}", "host or hosts, not both", self.hosts)
            force_setattr(self, "when", with_host(self.when, self.host))
            force_setattr(self, "dependencies", tuple(on_host(item, self.host) for item in self.dependencies))
            return
        if isinstance(self.hosts, str):
            _check_name(f"hosts of driver {self.name!r}", self.hosts)
        else:
            force_setattr(self, "hosts", check_hosts(f"hosts of driver {self.name!r}", self.hosts))

    def _check_dependencies(self) -> None:
        value: object = self.dependencies
        if not isinstance(value, (tuple, list)) or not all(isinstance(item, Dependency) for item in value):
            raise DeclarationError(
                f"dependencies of driver {self.name!r}",
                "a tuple of requires(…), wants(…), after(…) and the like",
                value,
            )
        force_setattr(self, "dependencies", tuple(value))


def _joined(some: Sequence[Driver], more: Sequence[Driver]) -> Sequence[Driver]:
    """Return all of them; where one side has none, the other as it is, which need not be a tuple."""
    return (*some, *more) if some and more else some or more


def _frozen(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(sorted(mapping.items())))


class Reported(Protocol):
    """A finding; a fix of one changes declarations, so that these know no more of it than its code."""

    @property
    def code(self) -> str:
        """The code of the rule that reports it."""
        ...


class Overriding(Protocol):
    """An override: it is made of what is declared here, so that this knows no more of it than what it does."""

    def changed(self, drivers: Sequence[Driver]) -> Sequence[Driver] | None:
        """Return the drivers as they are afterwards; None where the one that it names is not among them."""
        ...


def _overridden(
    drivers: Sequence[Driver], overrides: Sequence[Overriding]
) -> tuple[Sequence[Driver], tuple[Overriding, ...]]:
    """Return the drivers as overrides change them, and the overrides of which none is the driver."""
    left: list[Overriding] = []
    errors: list[InputError] = []
    for override in overrides:
        try:
            changed = override.changed(drivers)
        except InputError as error:
            errors += error.errors
            continue
        if changed is None:
            left.append(override)
        else:
            drivers = changed
    if errors:
        raise together(errors)
    return drivers, tuple(left)


class Declarations(Value):
    """All that is declared of one graph: by plugins, by graph files, and by the settings.

    ``facts`` are those stated, and ``fact_sources`` says by whom, as a lock records it; ``choices`` name the
    provider chosen for a capability; ``disabled`` drivers keep their place but are not run. ``statements`` say where
    facts, choices and drivers' settings were stated, as far as that is known; plugins' facts have none.
    ``known_facts`` are those that somebody states, where the worst case takes every fact as true; None where facts are
    as they are stated. With ``partial``, errors that concern some drivers keep a start from these alone.
    ``targets`` are the drivers or capabilities that are to be active; none: all drivers are.
    ``findings`` are what an importer could not read, or not convert; a rule of each one's code reports it.
    ``overrides`` change drivers of the declarations that these are merged into, by ``earlier | later``.
    ``hosts`` are groups of hosts by name: a driver on the hosts of one is declared for each where these are merged.
    """

    drivers: Sequence[Driver] = ()
    tiers: tuple[Tier, ...] = ()
    facts: Mapping[str, bool] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)
    disabled: frozenset[str] = frozenset()
    statements: tuple[Statement, ...] = ()
    known_facts: frozenset[str] | None = None
    fact_sources: Mapping[str, str] = field(default_factory=dict)
    partial: bool = False
    targets: tuple[str, ...] = ()
    findings: tuple[Reported, ...] = ()
    overrides: tuple[Overriding, ...] = ()
    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.hosts:
            groups = {name: check_hosts(f"hosts of group {name!r}", hosts) for name, hosts in self.hosts.items()}
            force_setattr(self, "hosts", _frozen(groups))
        force_setattr(self, "facts", _frozen(self.facts))
        force_setattr(self, "choices", _frozen(self.choices))
        force_setattr(self, "fact_sources", _frozen(self.fact_sources))
        force_setattr(self, "targets", tuple(dict.fromkeys(self.targets)))

    def statements_on(self, topic: Topic) -> dict[str, list[Statement]]:
        """Return the statements on a topic by what they are about."""
        found: dict[str, list[Statement]] = {}
        for item in self.statements:
            if item.topic is topic:
                found.setdefault(item.name, []).append(item)
        return found

    def all_hosts(self) -> frozenset[str]:
        """Return the hosts of drivers and groups; this visits every driver."""
        named = (driver.host for driver in self.drivers)
        return frozenset(chain((host for host in named if host is not None), *self.hosts.values()))

    def __or__(self, other: Declarations) -> Declarations:
        """Merge two sets of declarations; what ``other`` states wins, and its overrides change the drivers of this.

        Raises InputError for an override that cannot be applied; one without a driver is kept. Raises DeclarationError
        for a group of hosts that has other hosts in each.
        """
        hosts = checked_groups(self.hosts, other.hosts)
        earlier, later = (placed(drivers, hosts) for drivers in (self.drivers, other.drivers))
        drivers, left = _overridden(earlier, other.overrides)
        return Declarations(
            _joined(drivers, later),
            self.tiers + other.tiers,
            {**self.facts, **other.facts},
            {**self.choices, **other.choices},
            self.disabled | other.disabled,
            tuple(dict.fromkeys((*self.statements, *other.statements))),
            self.known_facts if other.known_facts is None else other.known_facts.union(self.known_facts or ()),
            {**self.fact_sources, **other.fact_sources},
            self.partial or other.partial,
            self.targets + other.targets,
            self.findings + other.findings,
            self.overrides + left,
            hosts,
        )
