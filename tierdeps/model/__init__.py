"""The nouns, frozen: what is declared, what it resolves to, and what comes out.

Each is loaded on first use: a command pays for those that it needs.
"""

from typing import TYPE_CHECKING

from tierdeps._util.lazy import lazily

if TYPE_CHECKING:
    from tierdeps.model.change import Change, Choose, Deduplicate, Disable, Drop, Enable, Move, Replace, Unorder
    from tierdeps.model.declarations import (
        Addition,
        Declarations,
        Dependency,
        Driver,
        Kind,
        OnSkipped,
        Tier,
        after,
        before,
        conflicts,
        requires,
        wants,
    )
    from tierdeps.model.edges import Cycle, Edge, Step
    from tierdeps.model.finding import CheckReport, Evidence, Excuse, Finding, Fix, RuleInfo, Severity
    from tierdeps.model.origin import Origin
    from tierdeps.model.plan import Inactive, Plan, PlannedDriver, PlannedTier, Wait
    from tierdeps.model.plugin import Plugin, PluginStatus
    from tierdeps.model.policy import OnCancel, OnFailure, Policy
    from tierdeps.model.process import Process
    from tierdeps.model.report import Event, Outcome, Report, State, StepEvent
    from tierdeps.model.simulation import Schedule, Share, Simulation, TooEarly
    from tierdeps.model.statement import Statement, Topic

__all__ = [
    "Addition",
    "Change",
    "CheckReport",
    "Choose",
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
    "Excuse",
    "Finding",
    "Fix",
    "Inactive",
    "Kind",
    "Move",
    "OnCancel",
    "OnFailure",
    "OnSkipped",
    "Origin",
    "Outcome",
    "Plan",
    "PlannedDriver",
    "PlannedTier",
    "Plugin",
    "PluginStatus",
    "Policy",
    "Process",
    "Replace",
    "Report",
    "RuleInfo",
    "Schedule",
    "Severity",
    "Share",
    "Simulation",
    "State",
    "Statement",
    "Step",
    "StepEvent",
    "Tier",
    "TooEarly",
    "Topic",
    "Unorder",
    "Wait",
    "after",
    "before",
    "conflicts",
    "requires",
    "wants",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "change": ("Change", "Choose", "Deduplicate", "Disable", "Drop", "Enable", "Move", "Replace", "Unorder"),
        "declarations": (
            "Addition",
            "Declarations",
            "Dependency",
            "Driver",
            "Kind",
            "OnSkipped",
            "Tier",
            "after",
            "before",
            "conflicts",
            "requires",
            "wants",
        ),
        "edges": ("Cycle", "Edge", "Step"),
        "finding": ("Evidence", "Excuse", "Finding", "Fix", "RuleInfo", "Severity", "CheckReport"),
        "origin": ("Origin",),
        "plan": ("Inactive", "Plan", "PlannedDriver", "PlannedTier", "Wait"),
        "plugin": ("Plugin", "PluginStatus"),
        "policy": ("OnCancel", "OnFailure", "Policy"),
        "process": ("Process",),
        "report": ("Event", "StepEvent", "Outcome", "Report", "State"),
        "simulation": ("Schedule", "Share", "Simulation", "TooEarly"),
        "statement": ("Statement", "Topic"),
    },
)
