"""Dependency-ordered, tiered start-up of a program's drivers, verified before it runs.

The public interface: plugins import nothing else, but for ``tierdeps.testing`` in their tests. Each name is loaded on
first use, so that importing this package costs nothing. ``docs/reference/library.rst`` describes them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.lazy import lazily
from tierdeps._util.version import VERSION

if TYPE_CHECKING:
    from tierdeps._util.frozen import Value as Value, field as field, replace as replace
    from tierdeps._util.suggest import suggestion as suggestion
    from tierdeps.code_locations import CodeLocation as CodeLocation, CodeLocations as CodeLocations
    from tierdeps.engines import Engine as Engine, EngineOptions as EngineOptions, Handle as Handle, Worker as Worker
    from tierdeps.engines.local import local_engine as local_engine
    from tierdeps.engines.remote import (
        DriverSpec as DriverSpec,
        LifecycleHost as LifecycleHost,
        RemoteCall as RemoteCall,
        RemoteFailure as RemoteFailure,
        RemoteNotice as RemoteNotice,
        RemoteSession as RemoteSession,
        remote_engine as remote_engine,
    )
    from tierdeps.errors import (
        DeadlineExceeded as DeadlineExceeded,
        DeclarationError as DeclarationError,
        DisabledTargetError as DisabledTargetError,
        HealthUnknownError as HealthUnknownError,
        InputError as InputError,
        LifecycleError as LifecycleError,
        LoopBlocked as LoopBlocked,
        LostError as LostError,
        OtherHostError as OtherHostError,
        PluginError as PluginError,
        RemoteError as RemoteError,
        RunError as RunError,
        RunFailedError as RunFailedError,
        TierdepsError as TierdepsError,
        UndeclaredDependency as UndeclaredDependency,
        UnknownNameError as UnknownNameError,
        WrongResult as WrongResult,
    )
    from tierdeps.executor import (
        ActionPlan as ActionPlan,
        ActionResult as ActionResult,
        Executor as Executor,
        ReloadPlan as ReloadPlan,
        ReloadResult as ReloadResult,
        run as run,
    )
    from tierdeps.exporters import (
        Export as Export,
        ExportedFile as ExportedFile,
        Exporter as Exporter,
        Loss as Loss,
    )
    from tierdeps.formats import Format as Format, View as View
    from tierdeps.formats.check import Checks as Checks, GraphCheck as GraphCheck
    from tierdeps.graph import CycleError as CycleError, DependencyGraph as DependencyGraph, GraphError as GraphError
    from tierdeps.hookspecs import hookimpl as hookimpl
    from tierdeps.importers import Importer as Importer, Source as Source
    from tierdeps.lifecycle import Context as Context, Lifecycle as Lifecycle
    from tierdeps.manager import Manager as Manager
    from tierdeps.model import (
        Change as Change,
        CheckReport as CheckReport,
        Choose as Choose,
        Coupling as Coupling,
        Cycle as Cycle,
        Declarations as Declarations,
        Deduplicate as Deduplicate,
        Dependency as Dependency,
        Disable as Disable,
        Driver as Driver,
        Drop as Drop,
        Edge as Edge,
        Enable as Enable,
        Event as Event,
        Evidence as Evidence,
        Finding as Finding,
        Fix as Fix,
        Kind as Kind,
        Move as Move,
        OnCancel as OnCancel,
        OnFailed as OnFailed,
        OnFailure as OnFailure,
        OnLoss as OnLoss,
        OnRestart as OnRestart,
        OnSkipped as OnSkipped,
        Origin as Origin,
        Outcome as Outcome,
        Override as Override,
        Plan as Plan,
        PlannedDriver as PlannedDriver,
        PlannedTier as PlannedTier,
        Plugin as Plugin,
        Policy as Policy,
        Alive as Alive,
        Process as Process,
        Replace as Replace,
        Report as Report,
        Severity as Severity,
        State as State,
        Step as Step,
        StepEvent as StepEvent,
        Tier as Tier,
        Unorder as Unorder,
        Wait as Wait,
        after as after,
        before as before,
        conflicts as conflicts,
        instances as instances,
        pulls as pulls,
        required_by as required_by,
        requires as requires,
        wanted_by as wanted_by,
        wants as wants,
    )
    from tierdeps.published import Published as Published
    from tierdeps.reporters import Reporter as Reporter
    from tierdeps.rules import Rule as Rule, RuleContext as RuleContext
    from tierdeps.settings import Settings as Settings
else:
    __all__, __getattr__, __dir__ = lazily(
        __name__,
        {
            "_util.frozen": ("Value", "field", "replace"),
            "_util.suggest": ("suggestion",),
            "code_locations": ("CodeLocation", "CodeLocations"),
            "engines": ("Engine", "EngineOptions", "Handle", "Worker"),
            "engines.local": ("local_engine",),
            "engines.remote": (
                "DriverSpec",
                "LifecycleHost",
                "RemoteCall",
                "RemoteFailure",
                "RemoteNotice",
                "RemoteSession",
                "remote_engine",
            ),
            "errors": (
                "DeadlineExceeded",
                "DeclarationError",
                "DisabledTargetError",
                "HealthUnknownError",
                "InputError",
                "LifecycleError",
                "LoopBlocked",
                "LostError",
                "OtherHostError",
                "PluginError",
                "RemoteError",
                "RunError",
                "RunFailedError",
                "TierdepsError",
                "UndeclaredDependency",
                "UnknownNameError",
                "WrongResult",
            ),
            "executor": ("ActionPlan", "ActionResult", "Executor", "ReloadPlan", "ReloadResult", "run"),
            "exporters": ("Export", "ExportedFile", "Exporter", "Loss"),
            "formats": ("Format", "View"),
            "formats.check": ("Checks", "GraphCheck"),
            "graph": ("CycleError", "DependencyGraph", "GraphError"),
            "hookspecs": ("hookimpl",),
            "importers": ("Importer", "Source"),
            "lifecycle": ("Context", "Lifecycle"),
            "manager": ("Manager",),
            "model": (
                "Change",
                "CheckReport",
                "Choose",
                "Coupling",
                "Cycle",
                "Declarations",
                "Deduplicate",
                "Dependency",
                "Disable",
                "Driver",
                "Drop",
                "Edge",
                "Enable",
                "Event",
                "Evidence",
                "Finding",
                "Fix",
                "Kind",
                "Move",
                "OnCancel",
                "OnFailed",
                "OnFailure",
                "OnLoss",
                "OnRestart",
                "OnSkipped",
                "Origin",
                "Outcome",
                "Override",
                "Plan",
                "PlannedDriver",
                "PlannedTier",
                "Plugin",
                "Policy",
                "Alive",
                "Process",
                "Replace",
                "Report",
                "Severity",
                "State",
                "Step",
                "StepEvent",
                "Tier",
                "Unorder",
                "Wait",
                "after",
                "before",
                "conflicts",
                "instances",
                "pulls",
                "required_by",
                "requires",
                "wanted_by",
                "wants",
            ),
            "published": ("Published",),
            "reporters": ("Reporter",),
            "rules": ("Rule", "RuleContext"),
            "settings": ("Settings",),
        },
    )

__version__ = VERSION
