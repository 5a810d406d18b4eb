"""The schema of lock files; error messages use the descriptions."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from tierdeps.model import Kind, OnFailed, OnLoss, OnRestart, OnSkipped

#: The version of the format, which is the first key of every lock file.
SCHEMA = "tierdeps/lock/1"

Text = Annotated[str, Meta(description="text")]
Texts = Annotated[tuple[Text, ...], Meta(description="a list of text")]
TextTable = Annotated[dict[str, Text], Meta(description="a table")]
Flag = Annotated[bool, Meta(description="true or false")]


class TierTable(Struct, forbid_unknown_fields=True):
    """A declared tier, with the tiers that it is declared to come after."""

    name: Text
    after: Texts = ()


class InactiveTable(Struct, forbid_unknown_fields=True):
    """A dependency whose fact does not hold; exactly one of the verbs has the target."""

    when: Text
    requires: Text | None = None
    wants: Text | None = None
    after: Text | None = None
    phase: Text = "start"


class WaitTable(Struct, forbid_unknown_fields=True):
    """What a step waits for; exactly one of the verbs has the driver, for ``before`` too."""

    requires: Text | None = None
    wants: Text | None = None
    after: Text | None = None
    before: Text | None = None
    phase: Text = "start"
    through: Text | None = None
    when: Text | None = None
    skipped: Annotated[OnSkipped, Meta(description='"pass" or "block"')] = OnSkipped.PASS
    failed: Annotated[OnFailed | None, Meta(description='"block" or "pass"')] = None
    on_restart: Annotated[OnRestart | None, Meta(description='"restart" or "keep"')] = None
    on_loss: Annotated[OnLoss | None, Meta(description='"stop" or "keep"')] = None
    atleast: Annotated[Annotated[int, Meta(ge=1)] | None, Meta(description="a whole number, 1 or more")] = None
    of: Text = ""


#: The verbs of the tables that have one.
VERBS: dict[object, tuple[Kind, ...]] = {
    InactiveTable: (Kind.REQUIRES, Kind.WANTS, Kind.AFTER),
    WaitTable: (Kind.REQUIRES, Kind.WANTS, Kind.AFTER, Kind.BEFORE),
}


class DriverTable(Struct, forbid_unknown_fields=True):
    """A driver at its position in the plan."""

    tier: Text
    stage: Annotated[int, Meta(ge=1, description="a whole number, 1 or more")]
    name: Text
    inferred: Flag = False
    phases: Texts = ()
    waits: Annotated[
        dict[str, Annotated[tuple[WaitTable, ...], Meta(description="a list")]], Meta(description="a table")
    ] = {}
    absent: Texts = ()
    inactive: Annotated[tuple[InactiveTable, ...], Meta(description="a list")] = ()
    disabled: Flag = False
    host: Text | None = None
    lifecycle: Text | None = None
    process: Annotated[dict[str, Any] | None, Meta(description="a table")] = None
    policy: Annotated[dict[str, Any], Meta(description="a table")] = {}
    timing: TextTable = {}
    distribution: Text = ""
    file: Text = ""


class Document(Struct, forbid_unknown_fields=True):
    """A whole lock file."""

    schema: Text
    digest: Text
    tiers: Annotated[tuple[TierTable, ...], Meta(description="a list")]
    drivers: Annotated[tuple[DriverTable, ...], Meta(description="a list")]
    distributions: TextTable = {}
    facts: Annotated[dict[str, Flag], Meta(description="a table")] = {}
    fact_sources: TextTable = {}
    targets: Texts = ()
