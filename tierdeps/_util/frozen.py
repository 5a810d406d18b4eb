"""Frozen values, on top of msgspec's structs.

Such a class is created in a thirtieth of the time that a frozen dataclass takes, which counts because a cold start
creates dozens; an instance is created in a sixth of the time, and compared and hashed in a quarter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, dataclass_transform

from msgspec import Struct, StructMeta, field
from msgspec.structs import force_setattr, replace

if TYPE_CHECKING:
    from inspect import Signature

__all__ = ["Value", "field", "force_setattr", "replace"]


class _ValueMeta(StructMeta):
    """Gives the constructor's signature without evaluating annotations: what they name may not be imported yet."""

    @property
    def __signature__(self) -> Signature:
        from inspect import Parameter, Signature, get_annotations

        names, defaults = self.__struct_fields__, self.__struct_defaults__
        annotations = {name: text for base in reversed(self.__mro__) for name, text in get_annotations(base).items()}
        defaults_by_field = (*(Parameter.empty for _ in names[len(defaults) :]), *defaults)
        kind = Parameter.POSITIONAL_OR_KEYWORD
        pairs = zip(names, defaults_by_field, strict=True)
        return Signature([Parameter(name, kind, default=value, annotation=annotations[name]) for name, value in pairs])


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Value(Struct, frozen=True, metaclass=_ValueMeta):
    """An immutable value whose fields are the annotated names, in their order.

    ``replace`` returns a changed copy. Only ``__post_init__`` may set a field, with ``force_setattr``.
    """
