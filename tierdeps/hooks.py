"""The decorator that marks a plugin's hooks; apart from the contract, so that every layer can use it."""

import pluggy

hookimpl: pluggy.HookimplMarker = pluggy.HookimplMarker("tierdeps")
