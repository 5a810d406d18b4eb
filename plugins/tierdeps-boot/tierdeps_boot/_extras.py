"""Libraries that only some importers need."""

from __future__ import annotations

from tierdeps import InputError


def need_yaml(source: str) -> None:
    """Raise InputError if PyYAML is not installed."""
    try:
        import yaml  # noqa: F401  whatever reads the file imports it again
    except ImportError:
        message = "reading YAML needs PyYAML: pip install 'tierdeps-boot[yaml]'"
        raise InputError(source, message) from None
