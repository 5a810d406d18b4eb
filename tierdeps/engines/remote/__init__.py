"""The base of engines that run the calls of drivers elsewhere: in another process, or on another host.

The executor stays in this process: it decides what is called and when, and holds the states, deadlines and policies.
Nothing is shared with the other side. A lifecycle is named ("package.module:Class") and never passed; what a call
needs crosses as a ``RemoteCall``, what comes back as a plain result or a ``RemoteFailure``. All of them are frozen
values that ``msgspec.json`` encodes and decodes. ``remote_engine`` is this side; ``LifecycleHost`` is the other one.
"""

from tierdeps.engines.remote.host import LifecycleHost
from tierdeps.engines.remote.messages import DriverSpec, RemoteCall, RemoteFailure, RemoteNotice
from tierdeps.engines.remote.worker import RemoteSession, remote_engine

__all__ = [
    "DriverSpec",
    "LifecycleHost",
    "RemoteCall",
    "RemoteFailure",
    "RemoteNotice",
    "RemoteSession",
    "remote_engine",
]
