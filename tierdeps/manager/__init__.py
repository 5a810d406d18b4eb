"""Find plugins and call their hooks, one plugin at a time: a broken one does not affect the others."""

from tierdeps.manager._manager import Manager

__all__ = ["Manager"]
