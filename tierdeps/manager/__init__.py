"""Find plugins and ask them, one at a time: a broken one never takes the rest along."""

from tierdeps.manager._manager import Manager

__all__ = ["Manager"]
