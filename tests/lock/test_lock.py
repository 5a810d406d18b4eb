from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tierdeps._util.frozen import replace
from tierdeps.errors import InputError
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Lifecycle
from tierdeps.lock import Lock, approve, declarations, dump, load, mismatches, news
from tierdeps.model import (
    Dependency,
    Driver,
    Kind,
    Origin,
    Policy,
    Process,
    Tier,
    after,
    before,
    conflicts,
    requires,
    wants,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

TIERS = (Tier("core"), Tier("hypervisor", after=("core",)))
SECRET = Driver("secret", "core", phases=("initialize", "autostart"), provides=("secret-lookup",))
STORAGE = Driver(
    "storage",
    "core",
    dependencies=(requires("secret-lookup"), requires("secret:initialize", when="pool.auth"), wants("udev")),
)
QEMU = Driver("qemu", dependencies=(requires("storage"),))
WEB = Driver(
    "web",
    "hypervisor",
    process=Process(("python3", "-m", "http.server"), "tcp:127.0.0.1:80", (("LANG", "C"),)),
    policy=Policy("isolate", retries=2),  # type: ignore[arg-type]  # as graph files give it
    timing={"start": "lognormal(0.05, 0.5)"},
)
DRIVERS = (SECRET, STORAGE, QEMU, WEB)


def graph_of(
    *drivers: Driver, tiers: Iterable[Tier] = TIERS, auth: bool = True, disabled: Iterable[str] = ()
) -> DependencyGraph:
    return DependencyGraph(drivers or DRIVERS, tiers, facts={"pool.auth": auth}, disabled=disabled)


@pytest.fixture
def graph() -> DependencyGraph:
    return graph_of()


@pytest.fixture
def lock(graph: DependencyGraph) -> Lock:
    return load("tierdeps.lock", dump(Lock.of(graph)).encode())


def test_a_lock_is_read_as_it_was_written(graph: DependencyGraph, lock: Lock) -> None:
    assert dump(lock) == dump(Lock.of(graph))
    assert lock.plan.digest == graph.collapse().digest
    assert lock.plan.tiers == graph.collapse().tiers
    assert lock.inferred == {"qemu"}
    assert lock.tiers == {"core": (), "hypervisor": ("core",)}


def test_a_lock_has_one_driver_a_line_in_the_order_of_the_plan(graph: DependencyGraph) -> None:
    lines = [line.strip().rstrip(",") for line in dump(Lock.of(graph)).splitlines() if '"stage"' in line]
    assert [json.loads(line)["name"] for line in lines] == [driver.name for driver in graph.collapse()]


def test_a_lock_does_not_depend_on_the_order_of_declaration(graph: DependencyGraph) -> None:
    turned = graph_of(*reversed(DRIVERS), tiers=reversed(TIERS))
    assert dump(Lock.of(turned)) == dump(Lock.of(graph))


def test_a_lock_does_not_depend_on_where_it_is_made() -> None:
    here, there = (Driver("a", origin=Origin(file, line)) for file, line in (("a/x.toml", 1), ("/b/c/x.toml", 7)))
    assert dump(Lock.of(DependencyGraph([here]))) == dump(Lock.of(DependencyGraph([there])))


def test_the_locked_plan_is_the_plan(graph: DependencyGraph, lock: Lock) -> None:
    assert mismatches(lock, graph) == ()
    assert approve(lock, graph) == graph.collapse()
    assert news(lock, graph) == ()


def test_a_lifecycle_that_is_a_class_is_locked_by_its_name() -> None:
    graph = DependencyGraph([Driver("a", lifecycle=Lifecycle)])
    lock = load("x", dump(Lock.of(graph)).encode())
    assert lock.plan.drivers["a"].lifecycle == "tierdeps.lifecycle:Lifecycle"
    assert mismatches(lock, graph) == ()
    assert approve(lock, graph).drivers["a"].lifecycle is Lifecycle


def test_a_distribution_whose_version_alone_changed_is_a_note() -> None:
    def version(number: str) -> DependencyGraph:
        origin = Origin("p/a.py", 3, distribution="acme", version=number)
        return DependencyGraph([Driver("a", origin=origin)])

    lock = load("x", dump(Lock.of(version("1.0"))).encode())
    assert mismatches(lock, version("2.0")) == ()
    assert news(lock, version("2.0")) == ("acme is at version 2.0; the plan was locked with 1.0",)


def changed(old: Driver, new: Driver) -> DependencyGraph:
    return graph_of(*(new if driver is old else driver for driver in DRIVERS))


def depending(*dependencies: Dependency) -> DependencyGraph:
    return changed(STORAGE, replace(STORAGE, dependencies=(*STORAGE.dependencies, *dependencies)))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (graph_of(auth=False), "the fact pool.auth is no here, and was locked as yes"),
        (graph_of(*DRIVERS, Driver("new")), "the driver new is new"),
        (graph_of(*DRIVERS[:3]), "the driver web was removed"),
        (
            changed(QEMU, replace(QEMU, dependencies=())),
            "qemu no longer waits for storage (requires)",
        ),
        (depending(requires("web")), "storage now waits for web (requires)"),
        (
            depending(requires("web", when="x")),
            "a dependency is conditional on the fact x, which was locked without it",
        ),
        (
            changed(STORAGE, replace(STORAGE, dependencies=STORAGE.dependencies[:1])),
            "no dependency is conditional on the fact pool.auth any more",
        ),
        (depending(requires("gone")), "storage requires gone, which cannot be resolved: missing"),
        (depending(conflicts("qemu")), "storage conflicts with qemu"),
        (depending(wants("dbus")), "storage wants dbus, udev now, which no driver is or provides; it was udev"),
        (graph_of(*DRIVERS, replace(SECRET)), "2 drivers are named secret"),
        (graph_of(disabled=["web"]), "web is disabled"),
        (changed(QEMU, replace(QEMU, tier="core")), "the driver qemu names the tier core now"),
        (changed(SECRET, replace(SECRET, tier=None)), "the driver secret names no tier now"),
        (
            changed(SECRET, replace(SECRET, phases=("autostart",))),
            "the phases of secret are autostart now, and were initialize, autostart",
        ),
        (changed(QEMU, replace(QEMU, lifecycle="a.b:C")), "the lifecycle of qemu is a.b:C now, and was none"),
        (changed(WEB, replace(WEB, process=Process(("true",)))), "the process of web has changed"),
        (changed(WEB, replace(WEB, policy=Policy())), "the policy of web has changed"),
        (changed(WEB, replace(WEB, timing=())), "the timing of web has changed"),
        (
            changed(QEMU, replace(QEMU, origin=Origin(distribution="evil", version="1"))),
            "qemu is declared by evil now, and was by a file",
        ),
        (graph_of(tiers=(*TIERS, Tier("late"))), "the tier late is new"),
        (graph_of(tiers=TIERS[:1]), "the tier hypervisor was removed"),
        (
            graph_of(tiers=(TIERS[0], Tier("hypervisor"))),
            "the tier hypervisor comes after none now, and was locked after core",
        ),
        (
            graph_of(tiers=(TIERS[0], Tier("hypervisor", after=("core", "x")))),
            "the tier hypervisor comes after core, x now, and was locked after core",
        ),
    ],
)
def test_what_no_longer_matches_is_named(lock: Lock, now: DependencyGraph, said: str) -> None:
    assert said in mismatches(lock, now)


def test_another_fact_is_reported_without_its_consequences(lock: Lock) -> None:
    assert mismatches(lock, graph_of(auth=False)) == ("the fact pool.auth is no here, and was locked as yes",)


def test_another_provider_is_a_mismatch() -> None:
    config = Driver("config", provides=("secret-lookup",))
    drivers = (SECRET, config, Driver("storage", dependencies=(requires("secret-lookup"),)))
    one, other = (
        DependencyGraph(drivers, choices={"secret-lookup": name}, tiers=TIERS) for name in ("secret", "config")
    )
    assert mismatches(Lock.of(one), other) == (
        "storage now waits for config as secret-lookup (requires)",
        "storage no longer waits for secret:autostart as secret-lookup (requires)",
    )


def edited(graph: DependencyGraph, old: str, new: str) -> bytes:
    text = dump(Lock.of(graph))
    assert old in text
    return text.replace(old, new, 1).encode()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("tierdeps/lock/1", "tierdeps/lock/9", "schema: expected 'tierdeps/lock/1', got 'tierdeps/lock/9'"),
        ('"schema"', '"scheme"', "expected the key 'schema'"),
        ('"digest": "sha256:', '"digest": "sha256:0', "digest: expected the digest of the drivers below"),
        ('"stage": 1', '"stage": "1"', "drivers[0].stage: expected a whole number"),
        ('"stage": 1', '"stage": true', "drivers[0].stage: expected a whole number, 1 or more"),
        ('"stage": 1', '"stage": 3', "drivers[0].stage: expected stage 1 or 1"),
        ('"name": "secret"', '"name": "qemu"', "drivers: expected each driver once, got 'qemu' again"),
        ('"name": "secret"', '"name": "secret2"', "digest: expected the digest of the drivers below"),
        ('"name": "secret"', '"game": "secret"', "drivers[0]: expected the key 'name'"),
        ('"name": "secret"', '"name": "secret", "x": 1', "drivers[0].x: expected no such key"),
        ('"requires": "secret"', '"needs": "secret"', "waits.start[0]: expected one of requires, wants, after"),
        ('"phases": ["initialize"', '"phases": [1', "drivers[0].phases[0]: expected text"),
        ('"pool.auth": true', '"pool.auth": 1', "facts.pool.auth: expected true or false"),
        ('"distributions": {}', '"distributions": []', "distributions: expected a table"),
        ('"command":', '"comand":', "process: not a valid process"),
        ('"retries": 2', '"retries": -2', "policy: not a valid policy"),
        ('"name": "core"', '"name": "core", "name": "core"', "expected each key once"),
        ('"drivers": [', '"drivers": [<<<<<<< ours', "not valid JSON"),
        (
            '"tier": "core", "stage": 2',
            '"tier": "cord", "stage": 1',
            "expected the drivers of the tier 'core' together",
        ),
        ('"inferred": true', '"inferred": true, "distribution": "acme"', "expected one of the distributions above"),
    ],
)
def test_a_malformed_lock_is_refused_with_its_place(graph: DependencyGraph, old: str, new: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        load("some.lock", edited(graph, old, new))
    assert str(caught.value).startswith("some.lock: ")
    assert said in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"null", b"[" * 100_000, b'{"schema": "tierdeps/lock/1"}'])
def test_what_is_no_lock_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"^some\.lock: "):
        load("some.lock", data)


def test_every_kind_of_wait_is_kept() -> None:
    others = tuple(Driver(name, provides=(f"cap-{name}",)) for name in ("r", "w", "a"))
    dependent = Driver(
        "x",
        dependencies=(
            Dependency(Kind.REQUIRES, "cap-r"),
            Dependency(Kind.WANTS, "w"),
            Dependency(Kind.AFTER, "cap-a"),
            Dependency(Kind.BEFORE, "z"),
        ),
    )
    graph = DependencyGraph([*others, dependent, Driver("z")])
    assert load("x", dump(Lock.of(graph)).encode()).plan.drivers["x"].waits == graph.collapse().drivers["x"].waits
    assert load("x", dump(Lock.of(graph)).encode()).plan.drivers["z"].waits == graph.collapse().drivers["z"].waits


CONDITIONAL = Driver(
    "x",
    phases=("initialize", "start"),
    dependencies=(
        requires("cap:start", phase="start", when="hot"),
        wants("nobody", when="hot"),
        after("a", when="cold"),
        before("z", when="hot"),
        conflicts("nobody", when="hot"),
    ),
)


def conditional(*dependencies: Dependency, **facts: bool) -> DependencyGraph:
    x = replace(CONDITIONAL, dependencies=(*CONDITIONAL.dependencies, *dependencies))
    return DependencyGraph([Driver("a", provides=("cap",)), x, Driver("z")], facts=facts)


def test_what_is_declared_under_a_fact_that_does_not_hold_is_kept() -> None:
    text = dump(Lock.of(conditional()))
    (line,) = (line.strip().rstrip(",") for line in text.splitlines() if '"x"' in line)
    assert json.loads(line)["inactive"] == [
        {"requires": "cap:start", "when": "hot"},
        {"wants": "nobody", "phase": "initialize", "when": "hot"},
        {"after": "a", "phase": "initialize", "when": "cold"},
    ]
    assert dump(load("x", text.encode())) == text
    assert "inactive" not in dump(Lock.of(conditional(hot=True, cold=True)))


def test_what_comes_or_goes_under_a_fact_that_does_not_hold_is_reported() -> None:
    more, less = conditional(requires("z:start", phase="start", when="cold")), conditional()
    assert mismatches(Lock.of(less), more) == ("x requires z:start only when cold now",)
    assert mismatches(Lock.of(more), less) == ("x requires z:start only when cold no longer",)
    assert mismatches(Lock.of(more), more) == ()


def test_who_could_be_meant_by_it_makes_no_difference() -> None:
    lock = load("x", dump(Lock.of(conditional())).encode())
    assert mismatches(lock, conditional()) == ()
    assert approve(lock, conditional()).drivers["x"].inactive[0].drivers == ("a",)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('{"wants": "nobody"', '{"needs": "nobody"', "inactive[1]: expected one of requires, wants and after"),
        ('{"wants": "nobody"', '{"wants": "nobody", "after": "z"', "inactive[1]: expected one of requires, wants and"),
        ('"after": "a"', '"before": "a"', "inactive[2]: expected one of requires, wants and after"),
        ('"cap:start", "when": "hot"', '"cap:start"', "inactive[0]: expected the key 'when'"),
        ('"inactive": [', '"inactive": 1, "x": [', "inactive: expected a list"),
    ],
)
def test_a_malformed_condition_is_refused_with_its_place(old: str, new: str, said: str) -> None:
    text = dump(Lock.of(conditional()))
    assert old in text
    with pytest.raises(InputError) as caught:
        load("some.lock", text.replace(old, new).encode())
    assert said in str(caught.value)


def strict(*, skipped: bool = True) -> DependencyGraph:
    return DependencyGraph(
        [Driver("a"), Driver("x", dependencies=(requires("a", skipped="block" if skipped else "pass"),))]
    )


def test_what_must_not_be_skipped_is_kept() -> None:
    text = dump(Lock.of(strict()))
    assert '"waits": {"start": [{"requires": "a", "skipped": "block"}]}' in text
    assert load("x", text.encode()).plan.drivers["x"].waits == strict().collapse().drivers["x"].waits
    assert dump(load("x", text.encode())) == text
    assert '"skipped"' not in dump(Lock.of(strict(skipped=False)))
    (dependency,) = declarations(load("x", text.encode())).drivers[1].dependencies
    assert dependency.blocks_skipped


def test_what_may_be_skipped_now_is_reported() -> None:
    assert mismatches(Lock.of(strict()), strict(skipped=False)) == (
        "x now waits for a (requires)",
        "x no longer waits for a (requires, not skipped)",
    )


def test_a_malformed_word_for_it_is_refused() -> None:
    with pytest.raises(InputError, match=r'waits\.start\[0\]\.skipped: expected "pass" or "block"'):
        load("some.lock", dump(Lock.of(strict())).replace('"block"', '"never"').encode())


def test_couplings_are_kept_and_compared() -> None:
    coupled = requires("a", failed="pass", on_restart="restart", on_loss="keep")
    graph = DependencyGraph([Driver("a"), Driver("x", dependencies=(coupled,))])
    text = dump(Lock.of(graph))
    assert '[{"requires": "a", "failed": "pass", "on_restart": "restart", "on_loss": "keep"}]' in text
    lock = load("x", text.encode())
    assert lock.plan.drivers["x"].waits == graph.collapse().drivers["x"].waits
    assert dump(lock) == text
    (dependency,) = declarations(lock).drivers[1].dependencies
    assert dependency.coupling == coupled.coupling
    assert "x no longer waits for a (requires, failed = pass, on_restart = restart, on_loss = keep)" in mismatches(
        lock, strict(skipped=False)
    )


@pytest.mark.parametrize("value", ['"maybe"', "1", "true"])
@pytest.mark.parametrize("key", ["failed", "on_restart", "on_loss"])
def test_a_malformed_coupling_is_refused_with_its_place(key: str, value: str) -> None:
    text = dump(Lock.of(strict())).replace('"skipped": "block"', f'"{key}": {value}')
    with pytest.raises(InputError) as caught:
        load("some.lock", text.encode())
    assert f"drivers[1].waits.start[0].{key}: expected " in str(caught.value)
