"""Why a driver is where it is, and how one driver comes to depend on another: as values, in no words yet."""

from tierdeps.analysis.why.chain import Chain, find_chain, walk
from tierdeps.analysis.why.links import Links, follow
from tierdeps.analysis.why.place import Explanation, Place, explain_place, explain_plan, links_of
from tierdeps.analysis.why.route import Relation, Route, explain_route

__all__ = [
    "Chain",
    "Explanation",
    "Links",
    "Place",
    "Relation",
    "Route",
    "explain_place",
    "explain_plan",
    "explain_route",
    "find_chain",
    "follow",
    "links_of",
    "walk",
]
