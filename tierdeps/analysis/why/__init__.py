"""Why a driver is in its tier and stage, and how one depends on another: as values, which formats put into words."""

from tierdeps.analysis.why.chain import Chain, find_chain, search_chain
from tierdeps.analysis.why.deciding_edges import DecidingEdges
from tierdeps.analysis.why.nearby_edges import NearbyEdges
from tierdeps.analysis.why.placement import (
    Placement,
    PlanExplanation,
    explain_placement,
    explain_plan,
)
from tierdeps.analysis.why.route import Relation, Route, explain_route

__all__ = [
    "Chain",
    "DecidingEdges",
    "NearbyEdges",
    "Placement",
    "PlanExplanation",
    "Relation",
    "Route",
    "explain_placement",
    "explain_plan",
    "explain_route",
    "find_chain",
    "search_chain",
]
