"""The plugin's rules: what will fail at the next boot, and what is misleading; one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps_libvirt._objects.rules import (
    ignored_order,
    inaccessible,
    inactive_pool,
    metadata_without_effect,
    missing_device,
    missing_marks,
    missing_requirement,
    secret_values,
    served_pool,
    unreadable_definition,
    unsupported_volume,
)

if TYPE_CHECKING:
    from tierdeps import Rule

RULES: tuple[Rule, ...] = (
    *missing_marks.RULES,
    secret_values.RULE,
    served_pool.RULE,
    unreadable_definition.RULE,
    unsupported_volume.RULE,
    inactive_pool.RULE,
    missing_requirement.RULE,
    inaccessible.RULE,
    metadata_without_effect.RULE,
    missing_device.RULE,
    ignored_order.RULE,
)
