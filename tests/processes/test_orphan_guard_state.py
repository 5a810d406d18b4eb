"""The messages to the guard, line by line."""

from __future__ import annotations

import os

import pytest

from tierdeps.processes.orphan_guard_state import GuardState, Order, order_lines


def told(*packets: str) -> GuardState:
    state = GuardState()
    for packet in packets:
        state.apply(packet.encode(), [])
    return state


@pytest.mark.parametrize("needs", [0, 1, 999, 1000, 1001, 5000])
def test_an_order_arrives_as_it_was_sent(needs: int) -> None:
    order = Order(3, 2.5, frozenset(map(str, range(needs))))
    state = told(*order_lines("7", order))
    assert state.order("7") == order
    assert all(len(line) < 32768 for line in order_lines("7", order))


def test_a_session_has_its_signal_and_the_name_of_its_driver() -> None:
    name = "a b\n\u00e4\udcff"
    state = told(f"+ 0 15 {os.fsencode(name).hex()}\n~ 0 1 3\n= 0 {os.getpid()}")
    session = state.sessions["0"]
    assert (session.signal, os.fsdecode(session.driver), session.pid) == (15, name, os.getpid())
    assert session.started > 0
    assert session.outputs == ()


def test_what_is_forgotten_leaves_its_order() -> None:
    state = told("+ 0 15 61\n~ 0 1 3\n< 0 5", "- 0")
    assert state.sessions == {}
    assert state.order("0") == Order(1, 3.0, frozenset({"5"}))


def test_what_was_never_there_may_be_forgotten() -> None:
    state = told("- 7", "+ 0 15 61")
    assert list(state.sessions) == ["0"]


def test_a_new_order_replaces_the_one_before() -> None:
    assert told("~ 0 1 3\n< 0 5 6", "~ 0 2 4", "< 0 7").order("0") == Order(2, 4.0, frozenset({"7"}))


def test_outputs_are_closed_with_their_sessions() -> None:
    state = GuardState()
    first, second, third = os.pipe(), os.pipe(), os.pipe()
    state.apply(b"+ 0 15 61", [first[0], second[0]])
    state.apply(b"+ 0 15 61", [third[0]])
    for closed in (first[0], second[0]):
        with pytest.raises(OSError, match="descriptor"):
            os.fstat(closed)
    assert state.sessions["0"].outputs == (third[0],)
    state.apply(b"- 0", [])
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(third[0])
    for _, writer in (first, second, third):
        os.close(writer)


def test_all_of_the_run_is_stopped_unless_a_message_restricts_it() -> None:
    assert told("+ 0 15 61").stop_all
    assert not told("+ 0 15 61", ".").stop_all
