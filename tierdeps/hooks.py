"""The marker with which a plugin names its hooks; apart from the contract, so that every floor can use it."""

import pluggy

hookimpl = pluggy.HookimplMarker("tierdeps")
