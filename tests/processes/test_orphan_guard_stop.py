"""How the guard stops sessions, on a host of the tests' own: its clock, its processes, its signals."""

from __future__ import annotations

import signal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.processes.kill_delay import kill_delay
from tierdeps.processes.orphan_guard_state import GuardState, Order, Session
from tierdeps.processes.orphan_guard_stop import INSIST_S, STRAY_GRACE_S, GuardStop, sweep
from tierdeps.processes.proc import ProcessInfo

FOR_EVER = float("inf")


class FakeHost:
    """Each session has a leader, whose pid is its number and a thousand; who is asked to end takes its time for it."""

    def __init__(self, takes: dict[str, float], strays: dict[str, float] | None = None) -> None:
        self.clock, self.scans = 0.0, 0
        self.ended: list[str] = []
        self.asked: dict[str, float] = {}
        self.killed: dict[str, float] = {}
        self._takes = takes
        self._ends = dict.fromkeys(takes, FOR_EVER)
        self._strays = {key: ProcessInfo(int(key) + 5000, 1, int(key) + 5000, 1) for key in strays or {}}
        self._stray_takes = strays or {}
        self._stray_ends = dict.fromkeys(self._stray_takes, FOR_EVER)
        self.stray_signals: list[tuple[str, int]] = []
        self.immortal: set[str] = set()

    def now(self) -> float:
        return self.clock

    def sleep(self, seconds: float) -> None:
        self.clock += seconds

    def scan(self) -> None:
        self.scans += 1

    def members(self, key: str) -> list[ProcessInfo]:
        found = [ProcessInfo(pid(key), 1, pid(key), 1)] if self.is_alive(pid(key), 1) else []
        if key in self._strays and self.clock < self._stray_ends[key]:
            found.append(self._strays[key])
        return found

    def is_alive(self, number: int, started: int) -> bool:
        key = str(number - 1000)
        if key not in self._ends:
            return False
        if self.clock >= self._ends[key] and key not in self.ended:
            self.ended.append(key)
        return self.clock < self._ends[key]

    def signal_group(self, group: int, number: int) -> None:
        self._signal(str(group - 1000), number)

    def signal_process(self, one: ProcessInfo, number: int) -> None:
        if one.pid < 5000:
            self._signal(str(one.pid - 1000), number)
            return
        key = str(one.pid - 5000)
        self.stray_signals.append((key, number))
        takes = 0.0 if number == signal.SIGKILL else self._stray_takes[key]
        self._stray_ends[key] = min(self._stray_ends[key], self.clock + takes)

    def _signal(self, key: str, number: int) -> None:
        if number == signal.SIGKILL:
            self.killed.setdefault(key, self.clock)
            takes = FOR_EVER if key in self.immortal else 0.0
        else:
            self.asked.setdefault(key, self.clock)
            takes = self._takes[key]
        self._ends[key] = min(self._ends[key], self.clock + takes)


def pid(key: str) -> int:
    return int(key) + 1000


def state_of(orders: dict[str, Order], gone: tuple[str, ...] = ()) -> GuardState:
    state = GuardState()
    for key, order in orders.items():
        state.orders[key] = order
        if key not in gone:
            session = state.sessions[key] = Session(signal.SIGTERM, key.encode())
            session.pid, session.started = pid(key), 1
    return state


def needs(*keys: str, tier: int = 0, seconds: float = 10) -> Order:
    return Order(tier, seconds, frozenset(keys))


def stopped(host: FakeHost, state: GuardState) -> FakeHost:
    GuardStop(host, state).run()
    return host


def test_sessions_without_an_order_are_signalled_at_once() -> None:
    keys = [str(number) for number in range(50)]
    host = stopped(FakeHost(dict.fromkeys(keys, 3.0)), state_of({key: needs() for key in keys}))
    assert set(host.asked) == set(keys)
    assert set(host.asked.values()) == {0.0}
    assert not host.killed


@pytest.mark.parametrize("sessions", [1, 10, 1000])
def test_a_round_scans_once_whatever_the_number_of_sessions(sessions: int) -> None:
    keys = [str(number) for number in range(sessions)]
    host = stopped(FakeHost(dict.fromkeys(keys, 0.0)), state_of({key: needs() for key in keys}))
    assert len(host.ended) == sessions
    assert host.scans == 3  # to start with, and two that find nothing


def test_while_leaders_stop_nothing_is_scanned() -> None:
    host = stopped(FakeHost({"0": 20.0, "1": 25.0}), state_of({"0": needs(seconds=30), "1": needs(seconds=30)}))
    assert host.scans == 5


@pytest.mark.parametrize("seconds", [0.5, 1.0, 5.0, 30.0])
def test_each_has_the_time_of_its_own_driver(seconds: float) -> None:
    orders = {"0": needs(seconds=seconds), "1": needs(seconds=4), "2": needs(seconds=100)}
    host = stopped(FakeHost({"0": FOR_EVER, "1": FOR_EVER, "2": 0.0}), state_of(orders))
    for key, own in (("0", seconds), ("1", 4.0)):
        assert kill_delay(own) <= host.killed[key] <= kill_delay(own) + 0.2
        assert host.killed[key] < own
    assert "2" not in host.killed


def test_a_session_has_ended_before_one_that_it_needs_is_signalled() -> None:
    orders = {"0": needs(), "1": needs("0"), "2": needs("1"), "3": needs("0"), "4": needs()}
    host = stopped(FakeHost({"0": 0.0, "1": 1.0, "2": 2.0, "3": 9.0, "4": 5.0}), state_of(orders))
    assert host.asked["2"] == host.asked["3"] == host.asked["4"] == 0
    assert 2 <= host.asked["1"] < 3
    assert host.asked["0"] >= 8  # when 3 was killed, which had eight of its ten seconds
    assert host.ended == ["2", "1", "4", "3", "0"]


def test_a_slow_one_holds_up_only_what_it_needs() -> None:
    orders = {"0": needs(), "1": needs("0", seconds=1000), "2": needs(), "3": needs("2")}
    host = stopped(FakeHost({"0": 0.0, "1": 500.0, "2": 0.0, "3": 0.0}), state_of(orders))
    assert host.asked["2"] < 1
    assert host.asked["0"] >= 500


def test_later_tiers_have_ended_before_earlier_ones_are_signalled() -> None:
    orders = {"0": needs(tier=0), "1": needs(tier=2), "2": needs(tier=1), "3": needs(tier=2)}
    host = stopped(FakeHost({"0": 0.0, "1": 3.0, "2": 0.0, "3": 1.0}), state_of(orders))
    assert host.ended == ["3", "1", "2", "0"]
    assert host.asked["2"] >= 3


def test_what_is_gone_still_stands_between_two() -> None:
    orders = {"0": needs(), "1": needs("0"), "2": needs("1"), "3": needs("2")}
    host = stopped(FakeHost({"0": 0.0, "3": 2.0}), state_of(orders, gone=("1", "2")))
    assert host.ended == ["3", "0"]
    assert host.asked["0"] >= 2


def test_those_that_need_each_other_are_stopped_the_last_one_first() -> None:
    orders = {"0": needs("1"), "1": needs("0"), "2": needs("0")}
    host = stopped(FakeHost({"0": 1.0, "1": 1.0, "2": 1.0}), state_of(orders))
    assert host.ended == ["2", "1", "0"]


@given(
    st.integers(1, 12).flatmap(
        lambda number: st.tuples(
            st.lists(st.tuples(st.integers(0, number - 1), st.integers(0, number - 1)), max_size=30),
            st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0.0, 0.3, 3.0, FOR_EVER])), min_size=number),
            st.sets(st.integers(0, number - 1)),
        )
    )
)
def test_all_are_stopped_and_none_before_what_needs_it(
    graph: tuple[list[tuple[int, int]], list[tuple[int, float]], set[int]],
) -> None:
    edges, nodes, gone = graph
    edges = [(above, below) for above, below in edges if above > below]
    orders = {
        str(key): Order(tier, 4.0, frozenset(str(below) for above, below in edges if above == key))
        for key, (tier, _) in enumerate(nodes)
    }
    state = state_of(orders, tuple(map(str, gone)))
    host = FakeHost({key: nodes[int(key)][1] for key in state.sessions})
    stopped(host, state)
    assert sorted(host.ended) == sorted(state.sessions)
    for above, below in edges:
        first, then = str(above), str(below)
        if {first, then} <= state.sessions.keys() and orders[first].tier == orders[then].tier:
            assert host.ended.index(first) < host.ended.index(then)
    tiers = [orders[key].tier for key in host.ended]
    assert all(before >= after for before, after in pairwise(tiers))


def test_a_circle_does_not_keep_any_from_being_stopped() -> None:
    orders = {str(key): needs(str((key + 1) % 5)) for key in range(5)}
    host = stopped(FakeHost(dict.fromkeys(orders, 0.0)), state_of(orders))
    assert sorted(host.ended) == sorted(orders)


def test_what_left_the_session_is_signalled_once_and_then_killed() -> None:
    orders = {"0": needs(), "1": needs("0"), "2": needs()}
    host = FakeHost(dict.fromkeys(orders, 0.0), strays={"1": FOR_EVER, "2": 0.3})
    stopped(host, state_of(orders))
    assert [sent for key, sent in host.stray_signals if key == "1"] == [signal.SIGTERM, signal.SIGKILL]
    assert [sent for key, sent in host.stray_signals if key == "2"] == [signal.SIGTERM]
    assert host.asked["0"] >= STRAY_GRACE_S  # it may be needed until then


def test_what_is_left_of_a_leader_that_was_killed_is_killed_too() -> None:
    host = FakeHost({"0": FOR_EVER}, strays={"0": FOR_EVER})
    stopped(host, state_of({"0": needs(seconds=4)}))
    assert [sent for _, sent in host.stray_signals] == [signal.SIGKILL]


def test_what_no_signal_ends_holds_up_the_others_for_a_while_only() -> None:
    host = FakeHost({"0": 0.0, "1": FOR_EVER})
    host.immortal.add("1")
    stopped(host, state_of({"0": needs(), "1": needs("0", seconds=4)}))
    assert host.ended == ["0"]
    assert INSIST_S <= host.asked["0"] <= INSIST_S + 4


def test_a_sweep_asks_and_kills_whatever_there_is() -> None:
    host = FakeHost({"0": 0.1, "1": FOR_EVER, "2": 0.0})
    sweep(host, ["0", "1", "2"])
    assert sorted(host.ended) == ["0", "1", "2"]
    assert set(host.asked.values()) == {0.0}
    assert set(host.killed) == {"1"}
