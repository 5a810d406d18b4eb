"""The plugin's rules: what will fail at the next boot, and what is misleading; one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps_libvirt._objects.rules import (
    absent,
    behind,
    lacking,
    marks,
    refused,
    standing,
    unheard,
    unordered,
    unreadable,
    unseen,
    values,
)

if TYPE_CHECKING:
    from tierdeps import Rule

RULES: tuple[Rule, ...] = (
    *marks.RULES,
    values.RULE,
    behind.RULE,
    unreadable.RULE,
    refused.RULE,
    standing.RULE,
    lacking.RULE,
    unseen.RULE,
    unheard.RULE,
    absent.RULE,
    unordered.RULE,
)
