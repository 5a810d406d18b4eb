"""The engine ``dask``: the calls of drivers are made by workers, one on each host of a fleet.

Dask distributed provides the scheduler, at which workers register by the name of their host, and connections with TLS.
The scheduler is a directory: it schedules nothing here. Calls go over a connection from ``tierdeps start`` to each
worker, which is faster than ``Client.run`` or tasks and outlives the scheduler. They are neither tasks nor actors,
because what those run is pickled code; here only JSON of our own values crosses (``messages``).

On both sides a thread with an event loop of its own keeps the connections (``loop_thread``), so that no driver that
blocks a loop looks like a host that is gone. A connection may break and be made again within the lease: ``mailbox``
numbers messages and repeats those that did not arrive. ``client`` and ``session`` are the side of the executor,
``links``, ``holder`` and ``held_run`` the side of the worker. ``embedded`` starts a scheduler and workers on this
machine. Only ``dial``, ``server``, ``directory``, ``embedded`` and ``security`` import Dask: all that decides anything
runs without it too, on a simulated network.
"""
