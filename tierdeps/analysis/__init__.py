"""What can be found out about a graph that is built: fixes, redundant edges, reasons, differences."""
