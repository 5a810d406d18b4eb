"""Who states a fact, as a lock records it: whether another host can state otherwise depends on it."""

from __future__ import annotations

#: ``--assume`` on the command line.
ASSUMED = "assumed"
#: The settings, which lie in the repository.
SETTINGS = "settings"
#: Nobody: it is taken to be no.
NOBODY = "nobody"
#: A plugin's hook, which looks at the host; its name follows.
PLUGIN = "plugin"
#: A graph file, which lies in the repository; its name follows.
GRAPH = "graph"


def fact_source(kind: str, name: str) -> str:
    """Return a source that has a name."""
    return f"{kind} {name}"


def is_of_repository(source: str) -> bool:
    """Return whether a source says the same on every host, for it is read from files that are kept with the lock."""
    return source == SETTINGS or source.startswith(f"{GRAPH} ")
