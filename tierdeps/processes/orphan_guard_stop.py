"""Stop the sessions that a run left: concurrently where their order allows it, each within its own timeout.

It works in rounds: each round scans all processes once, whatever the number of sessions, and sends the due signals.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Protocol

from tierdeps.processes.kill_delay import kill_delay

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tierdeps.processes.orphan_guard_state import GuardState, Session
    from tierdeps.processes.proc import ProcessInfo

#: The time before processes that left their session, or lost its leader, are killed, in seconds.
STRAY_GRACE_S = 1.0
#: How long killing is repeated before the sessions are stopped that this one needs, in seconds.
INSIST_S = 10.0
#: The first pause between rounds, and the longest one while nothing happens, in seconds.
FIRST_PAUSE_S, MAX_PAUSE_S = 0.002, 0.1


class Host(Protocol):
    """The host's processes, as the stop needs them; a fake one in tests."""

    def now(self) -> float:
        """Return the time of a monotonic clock, in seconds."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
        ...

    def scan(self) -> None:
        """Scan all processes."""
        ...

    def members(self, key: str, /) -> list[ProcessInfo]:
        """Return the processes of a session that the last scan found, and that still run."""
        ...

    def is_alive(self, pid: int, started: int, /) -> bool:
        """Return whether that process still runs."""
        ...

    def signal_group(self, group: int, number: int, /) -> None:
        """Send a signal to a process group, and SIGCONT."""
        ...

    def signal_process(self, info: ProcessInfo, number: int, /) -> None:
        """Send a signal to one process."""
        ...


class SessionStop:
    """The stop of one session: first its leader, then the rest; ``session`` None means processes without a leader."""

    def __init__(self, host: Host, key: str, session: Session | None, seconds: float) -> None:
        self._host = host
        self._key = key
        self._signalled: set[ProcessInfo] = set()
        self._empty = 0
        #: Whether the last step got on, so that the next round needs no pause.
        self.progressed: bool = False
        self._signal = signal.SIGTERM if session is None else session.signal
        self._leader = self._find_leader(session) if session is not None else None
        self._kill_at = host.now() + (kill_delay(seconds) if self._leader is not None else STRAY_GRACE_S)
        if self._leader is not None:
            # Only the leader's group: it is expected to stop its own children. Those that left the group are signalled
            # once it has ended, or its time is over.
            self._signal_leader(self._leader, self._signal)

    def _signal_leader(self, leader: ProcessInfo, number: int) -> None:
        """Signal the group of a leader; a daemon that leads none alone."""
        if leader.pid == leader.session:
            self._host.signal_group(leader.pid, number)
        else:
            self._host.signal_process(leader, number)

    def _find_leader(self, session: Session) -> ProcessInfo | None:
        """Find the leader of a session; if its id was not received, the oldest leader among its processes."""
        members = self._host.members(self._key)
        if not session.pid:
            leaders = [info for info in members if info.pid == info.session]
            return min(leaders, key=lambda info: info.started, default=None)
        # A daemon that left its starter may lead no session of its own.
        return next((info for info in members if (info.pid, info.started) == (session.pid, session.started)), None)

    @property
    def needs_scan(self) -> bool:
        """Whether the next step needs a scan: while the leader stops, none is needed."""
        return self._leader is None

    def step(self) -> bool:
        """Send what is due; return whether this stop is over: nothing is left, or it cannot be killed."""
        host = self._host
        self.progressed = False
        if self._leader is not None:
            if host.is_alive(self._leader.pid, self._leader.started):
                if host.now() < self._kill_at:
                    return False
                self._signal_leader(self._leader, signal.SIGKILL)
            else:
                self._kill_at = host.now() + STRAY_GRACE_S
                self._signal = signal.SIGTERM
                self.progressed = True
            self._leader = None
            return False
        return self._end_members()

    def _end_members(self) -> bool:
        members = self._host.members(self._key)
        # One empty scan is not enough: a process may start another one and exit while the scan goes on.
        self._empty = 0 if members else self._empty + 1
        self.progressed = self._empty == 1
        now = self._host.now()
        for info in members:
            if now >= self._kill_at:
                self._host.signal_process(info, signal.SIGKILL)
            elif info not in self._signalled:
                self._host.signal_process(info, self._signal)
        self._signalled.update(members)
        return self._empty > 1 or now > self._kill_at + INSIST_S


class GuardStop:
    """Stops all sessions: the last tier first, and within a tier none before those that need it."""

    def __init__(self, host: Host, state: GuardState) -> None:
        self._host = host
        self._state = state
        self._active: dict[str, SessionStop] = {}

    def run(self) -> None:
        """Stop them; return when nothing is left, or what is left cannot be killed."""
        self._host.scan()
        tiers: dict[int, list[str]] = {}
        for key in self._state.sessions:
            tiers.setdefault(self._state.order(key).tier, []).append(key)
        for tier in sorted(tiers, reverse=True):
            self._stop_tier(tiers[tier])

    def _stop_tier(self, keys: list[str]) -> None:
        among = frozenset(keys)
        needed = {key: self._state.needed(key, among) for key in keys}
        dependents = dict.fromkeys(keys, 0)
        for others in needed.values():
            for other in others:
                dependents[other] += 1
        self._start(key for key in reversed(keys) if not dependents[key])
        while self._active or dependents:
            for key in self._active:
                dependents.pop(key, None)
            if not self._active:  # a cycle: the session that started last is stopped first
                self._start([next(reversed(dependents))])
                continue
            for key in self._round():
                ready = [other for other in needed[key] if other in dependents]
                for other in ready:
                    dependents[other] -= 1
                self._start(other for other in ready if not dependents[other])

    def _start(self, keys: Iterable[str]) -> None:
        for key in keys:
            seconds = self._state.order(key).seconds
            self._active[key] = SessionStop(self._host, key, self._state.sessions[key], seconds)

    def _round(self) -> Collection[str]:
        """Run rounds until some sessions are stopped; return these."""
        pause = FIRST_PAUSE_S
        while True:
            if any(stop.needs_scan for stop in self._active.values()):
                self._host.scan()
            over = [key for key, stop in self._active.items() if stop.step()]
            if over:
                for key in over:
                    del self._active[key]
                return over
            if not any(stop.progressed for stop in self._active.values()):
                self._host.sleep(pause)
                quiet = not any(stop.needs_scan for stop in self._active.values())
                pause = min(pause * 1.2, MAX_PAUSE_S) if quiet else FIRST_PAUSE_S


def sweep(host: Host, keys: Collection[str]) -> None:
    """End processes that are left of sessions already stopped, or that belong to none."""
    stops = [SessionStop(host, key, None, 0) for key in keys]
    while stops:
        host.scan()
        stops = [stop for stop in stops if not stop.step()]
        host.sleep(FIRST_PAUSE_S)
