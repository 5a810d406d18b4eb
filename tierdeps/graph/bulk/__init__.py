"""The dependency graph of very many drivers that say little: how a million of them stay cheap.

Making a million ``Driver`` values with their dependencies would take more time and memory than all the rest of a check,
and hardly any of them is ever looked at. Drivers that have a name and requirements and nothing else
(``DependencyGraph.from_names``, large files of JSON lines) are therefore kept as sorted names and as indices in flat
arrays, from the importer to the plan:

- ``drivers``: ``BulkDrivers`` is a sequence of drivers that makes each when it is looked up. ``ExtendedBulkDrivers``
  has dependencies of any kind added to a few of them.
- ``tiered``, ``tiered_graph``: drivers that may also name tiers, want others and come after them, and their graph.
- ``interning``: names as they occur in a file become indices, and then bulk drivers.
- ``lookup``: what the graph offers by name or by step: mappings that make their values when they are looked up.
- ``graph``: ``BulkGraph`` and ``ExtendedBulkGraph`` answer as ``DependencyGraph`` does, whose interface is the protocol
  between all of them. Whatever looks at every driver does so in C: ``map``, array slices, or numpy.

Who adds a property to ``DependencyGraph`` that loops over all drivers has to override it here. The property tests
(tests/property/test_compact.py, test_extended.py) compare both graphs, and ``python -m benchmarks.resolve`` the time.
"""
