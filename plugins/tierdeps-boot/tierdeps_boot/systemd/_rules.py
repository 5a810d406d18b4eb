"""The rules about units: what systemd passes over in silence."""

from __future__ import annotations

from functools import partial

from tierdeps import Rule, Severity
from tierdeps_boot._rules import reported

IGNORED = Rule(
    "BT201",
    "ignored-line",
    Severity.WARNING,
    "systemd ignores a line of a unit file, so what was meant by it does not happen: it has no '=', stands before the\n"
    "first section, is not UTF-8, or names what cannot be a unit or a path. The rest of the unit counts. A value that\n"
    "only the host knows (%H, %m) is passed over by this check too, and named here.",
    "nginx.service:  After=network.target, postgresql.service",
    "Fix the line; names of units are separated by spaces.",
    partial(reported, "BT201"),
)
NOWHERE = Rule(
    "BT202",
    "wanted-unit-missing",
    Severity.WARNING,
    "A link in a folder NAME.wants or NAME.upholds, as systemctl enable makes it, names a unit that is not there, or\n"
    "that is masked. systemd starts the rest silently. What Wants= names in a file may be absent.",
    "multi-user.target.wants/backup.service, and no folder has backup.service",
    "Install the unit, correct the name, or remove the link (systemctl disable).",
    partial(reported, "BT202"),
)
TRIGGERS = Rule(
    "BT203",
    "trigger-without-unit",
    Severity.WARNING,
    "A socket, timer, path or automount activates a unit that is not there, so systemd will not start it.",
    "backup.timer, and no folder has backup.service",
    "Add the unit, or name the one that is meant: Service= of a socket, Unit= of a timer or path.",
    partial(reported, "BT203"),
)
RULES = (IGNORED, NOWHERE, TRIGGERS)
