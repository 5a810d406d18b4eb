"""A first Ctrl-C asks to end soon, a second one ends at once."""

from __future__ import annotations

import signal

import pytest

from tierdeps._util.interrupts import Interruptible


def test_a_first_interrupt_is_a_request_and_a_second_one_an_exception() -> None:
    with Interruptible() as interruptible:
        before = interruptible.requested
        signal.raise_signal(signal.SIGINT)
        assert (before, interruptible.requested) == (False, True)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_the_handler_is_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interruptible():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda number, frame: None])
def test_what_handles_interrupts_otherwise_stays(handler: signal.Handlers) -> None:
    before = signal.signal(signal.SIGINT, handler)
    try:
        with Interruptible() as interruptible:
            signal.raise_signal(signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) is handler
        assert not interruptible.requested
    finally:
        signal.signal(signal.SIGINT, before)
