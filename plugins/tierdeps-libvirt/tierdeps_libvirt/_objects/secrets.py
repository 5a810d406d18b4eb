"""How definitions refer to secrets: by UUID, or by usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._objects.survey import by_usage

if TYPE_CHECKING:
    from tierdeps_libvirt._markup import Element

#: The usage types of secrets, by the names that other definitions use for them.
USED_BY = {"ceph": "ceph", "rbd": "ceph", "chap": "iscsi", "iscsi": "iscsi", "passphrase": "volume"}


def wanted_secret(secret: Element, use: str = "") -> str:
    """Return the target that a <secret> names; ``use`` is what it is for where it does not say."""
    if secret.get("uuid"):
        return Noun.SECRET.called(secret.get("uuid").lower())
    return by_usage(USED_BY.get(secret.get("type"), use or secret.get("type")), secret.get("usage"))
