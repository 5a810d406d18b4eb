"""The schema of graph files; error messages use the descriptions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from tierdeps._util.seconds import MAX_DURATION_S, range_text
from tierdeps.model import OnCancel, OnFailure, OnSkipped

Name = Annotated[str, Meta(min_length=1, description="a name")]
Names = Annotated[tuple[Name, ...], Meta(description="a list of names")]
Text = Annotated[str, Meta(description="text")]
Reference = Annotated[str, Meta(pattern=r"^[^\s:]+:[^\s:]+\Z")]
Seconds = Annotated[Annotated[float, Meta(gt=0, le=MAX_DURATION_S)] | None, Meta(description=range_text())]
Failing = Annotated[OnFailure | None, Meta(description='"abort", "isolate" or "ignore"')]
Cancelling = Annotated[OnCancel | None, Meta(description='"cancel" or "wait"')]
Restarting = Annotated[Literal["no", "on-failure"] | None, Meta(description='"no" or "on-failure"')]
Pause = Annotated[float, Meta(ge=0, le=MAX_DURATION_S)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]


class Terms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The optional keys of a dependency."""

    phase: Annotated[Name | None, Meta(description="the name of a phase")] = None
    when: Annotated[Name | None, Meta(description="the name of a fact")] = None
    reason: Text = ""
    optional: Annotated[bool, Meta(description="true or false")] = False
    skipped: Annotated[OnSkipped | None, Meta(description='"pass" or "block"')] = None


#: The terms of a dependency that has only a target.
NO_TERMS = Terms()


class DependencyTable(Terms, frozen=True, forbid_unknown_fields=True):
    """A dependency with more than a target."""

    on: Annotated[str, Meta(min_length=1, description="the name of a driver or capability")]


Entry = Annotated[Name | DependencyTable, Meta(description='a name, or a table such as { on = "secret" }')]
Entries = Annotated[tuple[Entry, ...], Meta(description="a list of names or tables")]


class DriverTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A driver; its name is the key of the table."""

    tier: Annotated[Name | None, Meta(description="the name of a tier")] = None
    phases: Names = ("start",)
    provides: Names = ()
    requires: Entries = ()
    wants: Entries = ()
    after: Entries = ()
    before: Entries = ()
    conflicts: Entries = ()
    lifecycle: Annotated[Reference | None, Meta(description='"package.module:Class"')] = None
    description: Text = ""
    command: Annotated[
        tuple[Text, ...] | None, Meta(description='a list of text, such as ["python3", "-m", "http.server"]')
    ] = None
    ready: Annotated[
        str | None,
        Meta(description='"notify", "exit", or text that begins with tcp:, exec:, http://, https:// or log:'),
    ] = None
    env: Annotated[dict[str, Text] | None, Meta(description='a table of text, such as { LANG = "C" }')] = None
    cwd: Annotated[str | None, Meta(description="the name of a folder")] = None
    user: Annotated[str | None, Meta(description="the name of a user")] = None
    stop_signal: Annotated[str | None, Meta(description='the name of a signal, such as "SIGTERM"')] = None
    restart: Restarting = None
    restart_limit: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)] | None, Meta(description="a whole number, 1 or more")
    ] = None
    restart_backoff: Annotated[Pause | None, Meta(description=range_text(zero=True))] = None
    settle: Annotated[Pause | None, Meta(description=range_text(zero=True))] = None
    on_failure: Failing = None
    on_cancel: Cancelling = None
    retries: Annotated[Count | None, Meta(description="a whole number, 0 or more")] = None
    backoff: Annotated[Pause | None, Meta(description=range_text(zero=True))] = None
    timeout: Seconds = None
    stop_timeout: Seconds = None
    timing: Annotated[
        dict[Name, Annotated[str, Meta(description='a distribution, such as "lognormal(0.05, 0.5)"')]],
        Meta(description='a table of phases, such as { start = "lognormal(0.05, 0.5)" }'),
    ] = {}


class DriverLine(DriverTable, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A driver in JSON lines, where the name is one of the keys."""

    name: Annotated[str, Meta(min_length=1, description="the name of the driver")]


class TierTable(Struct, frozen=True, forbid_unknown_fields=True):
    """A tier that names the tiers before and after it."""

    name: Annotated[str, Meta(min_length=1, description="the name of the tier")]
    after: Names = ()
    before: Names = ()


class TiersTable(Struct, frozen=True, forbid_unknown_fields=True):
    """The tiers: ``order`` lists them, each after the one before it; ``declare`` is for partial orders."""

    order: Names = ()
    declare: Annotated[
        tuple[Annotated[TierTable, Meta(description='a table such as { name = "core" }')], ...],
        Meta(description='a list of tables, such as [{ name = "core" }]'),
    ] = ()


class Header(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything in a file but its drivers.

    ``expect`` is ignored: it is for tests that use the file; and so is ``$schema``, which is for editors.
    """

    schema_: Annotated[str, Meta(description="the address of the JSON Schema of this file, for editors")] = field(
        default="", name="$schema"
    )
    tiers: Annotated[TiersTable, Meta(description='a table such as { order = ["core", "hypervisor"] }')] = TiersTable()
    facts: Annotated[
        dict[Name, Annotated[bool, Meta(description="true or false")]],
        Meta(description="a table of facts, each true or false"),
    ] = {}
    choose: Annotated[
        dict[Name, Annotated[str, Meta(min_length=1, description="the name of a driver")]],
        Meta(description="a table of capabilities, each with the name of a driver"),
    ] = {}
    disable: Names = ()
    expect: Any = None


class Document(Header, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole file in TOML, JSON or YAML."""

    drivers: Annotated[
        dict[Name, Annotated[DriverTable, Meta(description="a table, such as { requires = [] }")]],
        Meta(description="a table of drivers"),
    ] = {}
