"""The schema of graph files.

Error messages use the descriptions, which say what is expected; ``does`` says what a key is for.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from tierdeps._util.seconds import MAX_DURATION_S, range_text
from tierdeps.model import OnCancel, OnFailed, OnFailure, OnLoss, OnRestart, OnSkipped


def does(text: str) -> Meta:
    """Return the note that says what a key is for: it is the key's description in the JSON Schema, for editors."""
    return Meta(extra_json_schema={"description": text})


Name = Annotated[str, Meta(min_length=1, description="a name")]
Names = Annotated[tuple[Name, ...], Meta(description="a list of names")]
Text = Annotated[str, Meta(description="text")]
Reference = Annotated[str, Meta(pattern=r"^[^\s:]+:[^\s:]+\Z")]
Seconds = Annotated[Annotated[float, Meta(gt=0, le=MAX_DURATION_S)] | None, Meta(description=range_text())]
Failing = Annotated[OnFailure | None, Meta(description='"abort", "isolate" or "ignore"')]
Cancelling = Annotated[OnCancel | None, Meta(description='"cancel" or "wait"')]
Restarting = Annotated[Literal["no", "on-failure", "always"] | None, Meta(description='"no", "on-failure" or "always"')]
Pause = Annotated[float, Meta(ge=0, le=MAX_DURATION_S)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]


class Terms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The optional keys of a dependency."""

    phase: Annotated[
        Name | None,
        Meta(description="the name of a phase"),
        does("The phase of this driver that waits; by default the first; for before, the last."),
    ] = None
    when: Annotated[
        Name | None,
        Meta(description="the name of a fact"),
        does("The fact on which the dependency is conditional; if it does not hold, there is no dependency."),
    ] = None
    reason: Annotated[Text, does("The reason for the dependency, shown with every finding.")] = ""
    optional: Annotated[
        bool,
        Meta(description="true or false"),
        does("Whether the target may be absent; if so, its absence is not reported."),
    ] = False
    skipped: Annotated[
        OnSkipped | None,
        Meta(description='"pass" or "block"'),
        does("In requires: block the driver if the target is skipped, or start it nevertheless (pass)."),
    ] = None
    failed: Annotated[
        OnFailed | None,
        Meta(description='"block" or "pass"'),
        does("In requires: block the driver if the target fails, or start it nevertheless (pass)."),
    ] = None
    on_restart: Annotated[
        OnRestart | None,
        Meta(description='"restart" or "keep"'),
        does("In requires and wants: restart this driver when the target is restarted, or keep it running."),
    ] = None
    on_loss: Annotated[
        OnLoss | None,
        Meta(description='"stop" or "keep"'),
        does("In requires and wants: stop this driver when the target is lost, or keep it running."),
    ] = None

    atleast: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)] | None,
        Meta(description="a whole number, 1 or more"),
        does("In requires: how many of the drivers that the target means must be ready, as in a quorum; else all."),
    ] = None


#: The terms of a dependency that has only a target.
NO_TERMS = Terms()


class DependencyTable(Terms, frozen=True, forbid_unknown_fields=True):
    """A dependency with more than a target."""

    on: Annotated[
        str,
        Meta(min_length=1, description="the name of a driver or capability"),
        does("The target: a driver or a capability, or either with a phase, secret:initialize."),
    ]


Entry = Annotated[Name | DependencyTable, Meta(description='a name, or a table such as { on = "secret" }')]
Entries = Annotated[tuple[Entry, ...], Meta(description="a list of names or tables")]


class AliveTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a process that is up is checked."""

    probe: Annotated[
        str,
        Meta(description="text that begins with tcp:, exec:, http:// or https://"),
        does("The probe: tcp:HOST:PORT, http://HOST/PATH or exec:COMMAND."),
    ]
    every: Annotated[Seconds, does("An attempt ends at most so many seconds after the one before; by default 10.")] = (
        None
    )
    failures: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)] | None,
        Meta(description="a whole number, 1 or more"),
        does("After so many failures in a row the process is restarted or lost; by default 3."),
    ] = None
    timeout: Annotated[
        Seconds, does("The time limit for one attempt, in seconds; by default 2, or half of every if that is less.")
    ] = None


class DriverTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A driver; its name is the key of the table."""

    override: Annotated[
        bool,
        Meta(description="true or false"),
        does("Whether this table changes a driver that an earlier GRAPH declares, and declares none itself."),
    ] = False
    reset: Annotated[
        Names, does("With override: keys that lose what was declared before, to be given again or to be omitted.")
    ] = ()

    tier: Annotated[
        Name | None,
        Meta(description="the name of a tier"),
        does("The tier of the driver; by default the latest tier among what it needs, else the first."),
    ] = None
    phases: Annotated[Names, does("The steps of its start, in order.")] = ("start",)
    provides: Annotated[
        Names, does("Capabilities: names that other drivers can depend on instead of this driver's name.")
    ] = ()
    requires: Annotated[
        Entries, does("Drivers or capabilities that must be ready first; if one fails, this driver is blocked.")
    ] = ()
    wants: Annotated[
        Entries,
        does("Drivers or capabilities that start first; if one fails or is absent, this driver starts nevertheless."),
    ] = ()
    after: Annotated[Entries, does("Drivers or capabilities that start first, if they are present; order only.")] = ()
    before: Annotated[Entries, does("Drivers or capabilities that start later, if they are present; order only.")] = ()
    conflicts: Annotated[Entries, does("Drivers or capabilities that must not be in the same graph.")] = ()
    pulls: Annotated[
        Entries, does("Drivers or capabilities that are added to the plan with this driver, without an order.")
    ] = ()
    required_by: Annotated[Entries, does("Drivers that require this one, as if they declared requires.")] = ()
    wanted_by: Annotated[Entries, does("Drivers that want this one, as if they declared wants.")] = ()
    when: Annotated[
        Name | None,
        Meta(description="the name of a fact"),
        does("The fact on which the driver is conditional; if it does not hold, the driver is absent."),
    ] = None
    lifecycle: Annotated[
        Reference | None,
        Meta(description='"package.module:Class"'),
        does("The class whose methods are called: package.module:Class."),
    ] = None
    description: Annotated[Text, does("A description of the driver, for readers.")] = ""
    instances: Annotated[
        Names | None,
        Meta(description="a list of names"),
        does("Declares a driver NAME@INSTANCE for each of these, with {instance} in the texts of this table."),
    ] = None
    host: Annotated[
        Name | None,
        Meta(description="the name of a host"),
        does("The host that the driver runs on, with {host} in the texts of this table."),
    ] = None
    hosts: Annotated[
        Names | Name,
        Meta(description="a list of hosts, or the name of a group of hosts"),
        does(
            "Declares a driver NAME@HOST for each of these hosts, or of the hosts of a group, with {host} in its texts."
        ),
    ] = ()
    command: Annotated[
        tuple[Text, ...] | None,
        Meta(description='a list of text, such as ["python3", "-m", "http.server"]'),
        does("The program to run and its arguments: the driver is a process."),
    ] = None
    ready: Annotated[
        str | None,
        Meta(description='"notify", "exit", or text that begins with fd:, tcp:, exec:, http://, https:// or log:'),
        does(
            "When the process is ready: notify, exit, fd:N, tcp:HOST:PORT, http://HOST/PATH, exec:COMMAND or log:REGEX."
        ),
    ] = None
    env: Annotated[
        dict[str, Text] | None,
        Meta(description='a table of text, such as { LANG = "C" }'),
        does("Environment variables of the process, in addition to those of tierdeps."),
    ] = None
    env_file: Annotated[
        Annotated[Names | Name | None, Meta(description="the name of a file, or a list of names")],
        does(
            "Files with environment variables of the process, NAME=value; one with a - before its name may be missing."
        ),
    ] = None
    cwd: Annotated[
        str | None, Meta(description="the name of a folder"), does("The folder in which the process runs.")
    ] = None
    user: Annotated[str | None, Meta(description="the name of a user"), does("The user that the process runs as.")] = (
        None
    )
    stop_signal: Annotated[
        str | None,
        Meta(description='the name of a signal, such as "SIGTERM"'),
        does("The signal that stops the process; by default SIGTERM."),
    ] = None
    stop_command: Annotated[
        tuple[Text, ...] | None,
        Meta(description='a list of text, such as ["nginx", "-s", "quit"]'),
        does("A program that stops the process; what then still runs gets stop_signal."),
    ] = None
    reload_command: Annotated[
        tuple[Text, ...] | None,
        Meta(description='a list of text, such as ["nginx", "-s", "reload"]'),
        does("A program that makes the process reload its configuration."),
    ] = None
    type: Annotated[
        Literal["simple", "forking"] | None,
        Meta(description='"simple" or "forking"'),
        does("Whether the command is the process itself, or starts a daemon and ends."),
    ] = None
    pid_file: Annotated[
        str | None,
        Meta(description="the name of a file"),
        does("The file in which a forking command leaves the process ID of its daemon."),
    ] = None
    restart: Annotated[Restarting, does("Whether to restart the process if it fails, or always.")] = None
    restart_limit: Annotated[
        Annotated[int, Meta(ge=1, le=1_000_000)] | None,
        Meta(description="a whole number, 1 or more"),
        does("The maximum number of restarts."),
    ] = None
    restart_backoff: Annotated[
        Pause | None,
        Meta(description=range_text(zero=True)),
        does("The pause before a restart, in seconds; it doubles each time."),
    ] = None
    alive: Annotated[
        AliveTable | str | None,
        Meta(description='text that begins with tcp:, exec:, http:// or https://, or a table with "probe"'),
        does("A probe that is tried while the process is up; if it fails, the process is restarted or lost."),
    ] = None
    settle: Annotated[
        Pause | None,
        Meta(description=range_text(zero=True)),
        does("How long the process must stay up before it counts as ready, in seconds."),
    ] = None
    on_failure: Annotated[
        Failing, does("What to do if the driver fails: abort (stop all), isolate (block what requires it) or ignore.")
    ] = None
    on_cancel: Annotated[
        Cancelling, does("What to do with a running phase when a stop begins: cancel it, or wait for it.")
    ] = None
    retries: Annotated[
        Count | None,
        Meta(description="a whole number, 0 or more"),
        does("The maximum number of retries of a phase that fails."),
    ] = None
    backoff: Annotated[
        Pause | None,
        Meta(description=range_text(zero=True)),
        does("The pause before a retry, in seconds; it doubles each time."),
    ] = None
    timeout: Annotated[Seconds, does("The time limit for each phase, in seconds; by default 90.")] = None
    stop_timeout: Annotated[Seconds, does("The time limit for the stop, in seconds; by default 30.")] = None
    timing: Annotated[
        dict[Name, Annotated[str, Meta(description='a distribution, such as "lognormal(0.05, 0.5)"')]],
        Meta(description='a table of phases, such as { start = "lognormal(0.05, 0.5)" }'),
        does("How long each phase takes in tierdeps simulate, as a distribution."),
    ] = {}


class DriverLine(DriverTable, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A driver in JSON lines, where the name is one of the keys."""

    name: Annotated[str, Meta(min_length=1, description="the name of the driver"), does("The name of the driver.")]


class TierTable(Struct, frozen=True, forbid_unknown_fields=True):
    """A tier that names the tiers before and after it."""

    name: Annotated[str, Meta(min_length=1, description="the name of the tier"), does("The name of the tier.")]
    after: Annotated[Names, does("The tiers that come before it.")] = ()
    before: Annotated[Names, does("The tiers that come after it.")] = ()


class TiersTable(Struct, frozen=True, forbid_unknown_fields=True):
    """The tiers: ``order`` lists them, each after the one before it; ``declare`` is for partial orders."""

    order: Annotated[Names, does("The tiers, each after the one before it.")] = ()
    declare: Annotated[
        tuple[Annotated[TierTable, Meta(description='a table such as { name = "core" }')], ...],
        Meta(description='a list of tables, such as [{ name = "core" }]'),
        does("Tiers that do not form a single sequence, each with the tiers before and after it."),
    ] = ()


class Header(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything in a file but its drivers.

    ``expect`` is ignored: it is for tests that use the file; and so is ``$schema``, which is for editors.
    """

    schema_: Annotated[
        str,
        Meta(description="the address of the JSON Schema of this file, for editors"),
        does("The address of the JSON Schema of this file, for editors."),
    ] = field(default="", name="$schema")
    tiers: Annotated[
        TiersTable,
        Meta(description='a table such as { order = ["core", "hypervisor"] }'),
        does("The tiers and their order."),
    ] = TiersTable()
    facts: Annotated[
        dict[Name, Annotated[bool, Meta(description="true or false")]],
        Meta(description="a table of facts, each true or false"),
        does("Facts about the host: whether each holds."),
    ] = {}
    hosts: Annotated[
        dict[Name, Annotated[tuple[Name, ...], Meta(min_length=1, description="a list of hosts, one or more")]],
        Meta(description="a table of groups of hosts, each a list of hosts"),
        does("Groups of hosts: a driver with the name of a group in hosts is declared for each host of it."),
    ] = {}
    choose: Annotated[
        dict[Name, Annotated[str, Meta(min_length=1, description="the name of a driver")]],
        Meta(description="a table of capabilities, each with the name of a driver"),
        does("For a capability that several drivers provide, the driver to use."),
    ] = {}
    disable: Annotated[Names, does("Drivers that are not started; they keep their place in the order.")] = ()
    targets: Annotated[
        Names, does("What is to be active: the plan is what these need, want and pull. None: all drivers.")
    ] = ()
    expect: Annotated[Any, does("Ignored; for tests that use the file.")] = None


class Document(Header, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole file in TOML, JSON or YAML."""

    drivers: Annotated[
        dict[Name, Annotated[DriverTable, Meta(description="a table, such as { requires = [] }")]],
        Meta(description="a table of drivers"),
        does("The drivers, each a table under its name."),
    ] = {}
