"""The nouns, frozen: what is declared, what it resolves to, and what comes out.

Each is loaded on first use: a command pays for those that it needs.
"""

from typing import TYPE_CHECKING

from tierdeps._util.lazy import lazily

if TYPE_CHECKING:
    from tierdeps.model.change import (
        Add as Add,
        Change as Change,
        Choose as Choose,
        Deduplicate as Deduplicate,
        Disable as Disable,
        Drop as Drop,
        Enable as Enable,
        Move as Move,
        Replace as Replace,
        Unorder as Unorder,
    )
    from tierdeps.model.coupling import (
        Coupling as Coupling,
        OnFailed as OnFailed,
        OnLoss as OnLoss,
        OnRestart as OnRestart,
    )
    from tierdeps.model.declarations import (
        Addition as Addition,
        Declarations as Declarations,
        Dependency as Dependency,
        Driver as Driver,
        Tier as Tier,
    )
    from tierdeps.model.edges import Cycle as Cycle, Edge as Edge, Step as Step
    from tierdeps.model.finding import (
        CheckReport as CheckReport,
        Evidence as Evidence,
        Excuse as Excuse,
        Finding as Finding,
        Fix as Fix,
        RuleInfo as RuleInfo,
        Severity as Severity,
    )
    from tierdeps.model.kind import Kind as Kind, OnSkipped as OnSkipped
    from tierdeps.model.origin import Origin as Origin
    from tierdeps.model.override import Override as Override
    from tierdeps.model.plan import (
        Inactive as Inactive,
        Plan as Plan,
        PlannedDriver as PlannedDriver,
        PlannedDrivers as PlannedDrivers,
        PlannedTier as PlannedTier,
        Wait as Wait,
    )
    from tierdeps.model.plugin import Plugin as Plugin, PluginStatus as PluginStatus
    from tierdeps.model.policy import OnCancel as OnCancel, OnFailure as OnFailure, Policy as Policy
    from tierdeps.model.alive import Alive as Alive
    from tierdeps.model.process import Process as Process
    from tierdeps.model.report import (
        Event as Event,
        Outcome as Outcome,
        Report as Report,
        State as State,
        StepEvent as StepEvent,
    )
    from tierdeps.model.shaking import (
        Always as Always,
        Excluded as Excluded,
        Flaky as Flaky,
        Shaking as Shaking,
    )
    from tierdeps.model.simulation import (
        CriticalStep as CriticalStep,
        Makespan as Makespan,
        Schedule as Schedule,
        Share as Share,
        Simulation as Simulation,
        TooEarly as TooEarly,
    )
    from tierdeps.model.templates import instances as instances
    from tierdeps.model.statement import Statement as Statement, Topic as Topic
    from tierdeps.model.verbs import (
        after as after,
        before as before,
        conflicts as conflicts,
        pulls as pulls,
        required_by as required_by,
        requires as requires,
        wanted_by as wanted_by,
        wants as wants,
    )
else:
    __all__, __getattr__, __dir__ = lazily(
        __name__,
        {
            "change": (
                "Add",
                "Change",
                "Choose",
                "Deduplicate",
                "Disable",
                "Drop",
                "Enable",
                "Move",
                "Replace",
                "Unorder",
            ),
            "coupling": ("Coupling", "OnFailed", "OnLoss", "OnRestart"),
            "declarations": (
                "Addition",
                "Declarations",
                "Dependency",
                "Driver",
                "Tier",
            ),
            "edges": ("Cycle", "Edge", "Step"),
            "finding": ("Evidence", "Excuse", "Finding", "Fix", "RuleInfo", "Severity", "CheckReport"),
            "kind": ("Kind", "OnSkipped"),
            "origin": ("Origin",),
            "override": ("Override",),
            "plan": ("Inactive", "Plan", "PlannedDriver", "PlannedDrivers", "PlannedTier", "Wait"),
            "plugin": ("Plugin", "PluginStatus"),
            "policy": ("OnCancel", "OnFailure", "Policy"),
            "alive": ("Alive",),
            "process": ("Process",),
            "report": ("Event", "StepEvent", "Outcome", "Report", "State"),
            "shaking": ("Always", "Excluded", "Flaky", "Shaking"),
            "simulation": ("CriticalStep", "Makespan", "Schedule", "Share", "Simulation", "TooEarly"),
            "statement": ("Statement", "Topic"),
            "templates": ("instances",),
            "verbs": ("after", "before", "conflicts", "pulls", "required_by", "requires", "wanted_by", "wants"),
        },
    )
