"""Exporters: a plan as the files of another start-up system, one file each."""

from __future__ import annotations

from tierdeps_boot._exporters import compose, dinit, s6_rc, systemd

EXPORTERS = (systemd.EXPORTER, compose.EXPORTER, dinit.EXPORTER, s6_rc.EXPORTER)
