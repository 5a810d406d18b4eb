"""The page: one HTML file with a graph, its findings and what to do with them, which loads nothing from anywhere."""

from __future__ import annotations

from tierdeps.page.assemble import live_page, live_policy, page_lines
from tierdeps.page.change import difference_document
from tierdeps.page.finding import check_document, live_document
from tierdeps.page.graph import graph_document, order_document
from tierdeps.page.picture import picture_lines
from tierdeps.page.run import comparison_document, run_document

__all__ = [
    "check_document",
    "comparison_document",
    "difference_document",
    "graph_document",
    "live_document",
    "live_page",
    "live_policy",
    "order_document",
    "page_lines",
    "picture_lines",
    "run_document",
]
