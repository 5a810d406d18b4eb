"""Single objects are found by their driver's name, adopted where they are up, and else started."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from libvirt_played import FakeLibvirt, Host, PlayedError, Secret, Thing, context, guest, played

from tierdeps import Context, Lifecycle, RunError, replace
from tierdeps_libvirt import _live_objects as live
from tierdeps_libvirt._kinds import DOMAINS
from tierdeps_libvirt._markup import parse
from tierdeps_libvirt._objects import fixed_connection
from tierdeps_libvirt._objects.declare import declare
from tierdeps_libvirt._objects.definition import Definition, Inventory, Noun
from tierdeps_libvirt._objects.objects import LIFECYCLES

KEY = "0a81f5b2-8403-4b23-88d6-21ccc2f80d6f"


class Guest(live.DomainLifecycle):
    kind = replace(DOMAINS, settles=0.0)


def start(lifecycle: type[Lifecycle], name: str, libvirt: FakeLibvirt, **settings: Any) -> Any:
    """Do what a run does, and return the lifecycle unless it was adopted."""
    made, told = played(lifecycle, libvirt), context(name, **settings)
    made.probe(told)
    if made.adopt(told):
        return None
    made.start(told)
    assert libvirt.connected == 0
    return made


@pytest.mark.parametrize("reference", LIFECYCLES.values())
def test_there_is_one_for_each_kind_that_is_imported(reference: str) -> None:
    module, _, name = reference.partition(":")
    assert module == live.__name__
    assert issubclass(getattr(live, name), Lifecycle)


@pytest.mark.parametrize(
    ("lifecycle", "noun", "kind"),
    [
        (live.PoolLifecycle, "pool", "pools"),
        (live.NetworkLifecycle, "network", "networks"),
        (Guest, "domain", "domains"),
    ],
)
def test_one_that_is_down_is_started_and_one_that_is_up_adopted(
    lifecycle: type[Lifecycle], noun: str, kind: str
) -> None:
    things = guest("up", active=True), guest("down", marked=False)
    libvirt = FakeLibvirt(**{kind: things})  # type: ignore[arg-type]
    assert start(lifecycle, f"{noun}/up", libvirt) is None
    assert start(lifecycle, f"{noun}/down", libvirt) is not None
    assert [thing.log for thing in things] == [[], ["create"]]


def test_one_that_does_not_start_says_why() -> None:
    libvirt = FakeLibvirt(pools=[Thing("a", refusals=[PlayedError("no such folder")])])
    with pytest.raises(RunError, match=r"^pool a: no such folder$"):
        start(live.PoolLifecycle, "pool/a", libvirt)


def test_one_that_libvirt_does_not_have_is_a_failure() -> None:
    with pytest.raises(RunError, match=r"^xen:///system does not have it: nothing is called 'a'$"):
        start(Guest, "domain/a", FakeLibvirt())


def test_a_host_without_the_library_is_a_failure() -> None:
    with pytest.raises(RunError, match=r"libvirt-python cannot be used .*: pip install"):
        played(live.PoolLifecycle, None).adopt(context("pool/a"))


def test_a_libvirt_that_does_not_answer_is_a_failure() -> None:
    libvirt = FakeLibvirt()
    libvirt.up = False
    with pytest.raises(RunError, match=r"^libvirt does not answer at storage:///system: no one is at"):
        start(live.PoolLifecycle, "pool/a", libvirt)


def test_a_uri_in_the_settings_is_the_only_one_asked() -> None:
    libvirt = FakeLibvirt("test:///default", "storage:///system", pools=[Thing("a")])
    start(live.PoolLifecycle, "pool/a", libvirt, uri="test:///default")
    assert {line.partition(" ")[2] for line in libvirt.log} == {"test:///default"}


def test_of_two_guests_of_one_name_each_hypervisor_has_its_own() -> None:
    libvirt = FakeLibvirt(domains=[guest("web")])
    start(Guest, "domain/lxc/web", libvirt)
    assert {line.partition(" ")[2] for line in libvirt.log} == {"lxc:///system"}


def test_a_passing_guest_of_another_hypervisor_is_not_taken_for_the_one_that_is_defined() -> None:
    box = Definition(Noun.DOMAIN, "box", "lxc/box.xml", parse(b"<domain/>"), marked=True, hypervisor="lxc")
    (driver,) = declare(Inventory("root", (box,))).drivers
    lifecycle = getattr(fixed_connection, str(driver.lifecycle).partition(":")[2])
    of_qemu, of_lxc = guest("box", active=True), guest("box")
    of_qemu.persistent = False

    class Host(FakeLibvirt):
        def open(self, uri: str, /) -> Any:
            self.domains[:] = [of_lxc if uri.startswith("lxc:") else of_qemu]
            return super().open(uri)

    assert start(type("Box", (lifecycle,), {"kind": Guest.kind}), driver.name, Host()) is not None
    assert (of_qemu.log, of_lxc.log) == ([], ["create"])


def test_a_secret_is_to_have_a_value() -> None:
    start(live.SecretLifecycle, f"secret/{KEY}", FakeLibvirt(secrets=[Secret(KEY)]))
    with pytest.raises(RunError, match=f"^it has no value; set it with: virsh secret-set-value {KEY} --file FILE$"):
        start(live.SecretLifecycle, f"secret/{KEY}", FakeLibvirt(secrets=[Secret(KEY, value=None)]))


def test_a_filter_is_to_be_defined() -> None:
    start(live.NwfilterLifecycle, "nwfilter/clean", FakeLibvirt(domains=[Thing("clean")]))
    with pytest.raises(RunError, match="does not have it"):
        start(live.NwfilterLifecycle, "nwfilter/clean", FakeLibvirt())


@pytest.mark.parametrize(
    ("settings", "log"),
    [
        ({}, ["create"]),
        ({"guests": "leave"}, ["create"]),
        ({"guests": "shutdown"}, ["create", "shutdown"]),
        ({"guests": "shutdown-all"}, ["create", "shutdown"]),
    ],
)
def test_a_guest_is_shut_down_only_where_asked_for(settings: dict[str, Any], log: list[str]) -> None:
    libvirt = FakeLibvirt(domains=[guest("a")])
    start(Guest, "domain/a", libvirt, **settings).stop(context("domain/a", **settings))
    assert libvirt.domains[0].log == log
    assert libvirt.connected == 0


def test_a_guest_that_ran_before_is_shut_down_only_where_all_are_meant() -> None:
    libvirt = FakeLibvirt(domains=[guest("a", active=True)])
    assert start(Guest, "domain/a", libvirt, guests="shutdown") is None
    lifecycle = start(Guest, "domain/a", libvirt, guests="shutdown-all")
    lifecycle.stop(context("domain/a", guests="shutdown-all"))
    assert libvirt.domains[0].log == ["shutdown"]


def test_the_start_of_a_guest_lasts_until_its_delay_is_over() -> None:
    class Extended(Host):
        seconds: ClassVar[list[float]] = []

        def extend(self, context: Context, seconds: float) -> None:
            self.seconds.append(seconds - context.timeout)

    told = Context("domain/a", "start", settings={"delay": "0.3"}, timeout=5.0, deadline=5.0, host=Extended())
    played(Guest, FakeLibvirt(domains=[guest("a")])).start(told)
    assert Extended.seconds == pytest.approx([0.0, 0.3])


def test_a_guest_that_runs_and_a_pool_have_no_delay() -> None:
    libvirt = FakeLibvirt(domains=[guest("a", active=True)], pools=[Thing("a")])
    assert start(Guest, "domain/a", libvirt, delay=3600) is None
    assert played(live.PoolLifecycle, libvirt).pace(context("pool/a", delay=3600)).delay == 0


@pytest.mark.parametrize("delay", ["soon", -1, True])
def test_a_delay_that_means_nothing_is_refused_before_the_guest_starts(delay: object) -> None:
    libvirt = FakeLibvirt(domains=[guest("a")])
    with pytest.raises(RunError, match="the setting delay: expected a number of seconds"):
        start(Guest, "domain/a", libvirt, delay=delay)
    assert libvirt.domains[0].log == []


def test_settings_that_mean_nothing_are_refused_before_it_starts() -> None:
    libvirt = FakeLibvirt(domains=[guest("a")])
    with pytest.raises(RunError, match="the setting guests"):
        start(Guest, "domain/a", libvirt, guests="stop")
    assert libvirt.domains[0].log == []
