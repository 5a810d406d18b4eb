"""What the executor's side and a worker send each other: JSON of frozen values."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tierdeps._util.frozen import Value, field
from tierdeps.engines.remote.messages import (  # noqa: TC001  msgspec reads the annotations of values that it decodes
    DriverSpec,
    RemoteCall,
    RemoteFailure,
    RemoteNotice,
)


class Hello(Value, tag=True):
    """The first message of each connection: which run it belongs to.

    ``session`` is the same when a connection is made again. ``instance`` is the same for all runs of one graph: what an
    earlier run of it left on the worker is taken over. ``drivers`` are those of the plan on this host. ``resumes`` says
    that the session was welcome before. ``facts`` are those of the plan that this host states of itself.
    ``packages`` are those of lifecycles that no distribution of the start's host provides.
    One that ``attaches`` starts nothing: it only stops what is held.
    """

    session: str
    instance: str
    drivers: tuple[str, ...]
    distributions: tuple[str, ...]
    stop_timeout: float
    keep: bool = False
    replace: bool = False
    resumes: bool = False
    facts: tuple[str, ...] = ()
    attaches: bool = False
    packages: tuple[str, ...] = ()


class Welcome(Value, tag=True):
    """The worker accepts: its lease in seconds, and its versions of the distributions, None where it has none.

    ``facts`` are those that were asked for, as its plugins state them now; ``held`` are the drivers that are up.
    """

    lease: float
    versions: Mapping[str, str | None]
    facts: Mapping[str, bool] = field(default_factory=dict)
    held: tuple[str, ...] = ()


class Refused(Value, tag=True):
    """The worker does not accept."""

    reason: str


class Load(Value, tag=True):
    """Load a driver's lifecycle."""

    number: int
    driver: DriverSpec


class Invoke(Value, tag=True):
    """Make a call."""

    number: int
    call: RemoteCall


class Undo(Value, tag=True):
    """Stop a driver that is held and clean up after it; the result is what went wrong, as text."""

    number: int
    driver: str
    seconds: float


class Cancel(Value, tag=True):
    """Cancel a request."""

    number: int


class Bye(Value, tag=True):
    """The run has ended. With ``keep``, its drivers go on running without it."""

    keep: bool = False


class Reply(Value, tag=True):
    """The end of a request: its result, or its failure."""

    number: int
    result: object = None
    failure: RemoteFailure | None = None


class Noticed(Value, tag=True):
    """A driver reports something."""

    notice: RemoteNotice


class Logged(Value, tag=True):
    """A line of a driver's log or output."""

    logger: str
    level: int
    text: str


class Settled(Value, tag=True):
    """The answer to ``Bye``: the worker has released what belonged to the run."""

    problems: tuple[str, ...] = field(default_factory=tuple)


ToWorker = Load | Invoke | Undo | Cancel | Bye
ToEngine = Reply | Noticed | Logged | Settled

hello_decoder: msgspec.json.Decoder[Hello] = msgspec.json.Decoder(Hello)
welcome_decoder: msgspec.json.Decoder[Welcome | Refused] = msgspec.json.Decoder(Welcome | Refused)
facts_decoder: msgspec.json.Decoder[Mapping[str, bool]] = msgspec.json.Decoder(Mapping[str, bool])
to_worker: msgspec.json.Decoder[ToWorker] = msgspec.json.Decoder(ToWorker)
to_engine: msgspec.json.Decoder[ToEngine] = msgspec.json.Decoder(ToEngine)


def encode(message: object) -> bytes:
    """Return a message as JSON."""
    return msgspec.json.encode(message)
