"""A libvirt host of one's own: made in seconds, gone without a trace."""

from __future__ import annotations

from tests.live.host.host import Host
from tests.live.host.permission import refusal

__all__ = ["Host", "refusal"]
